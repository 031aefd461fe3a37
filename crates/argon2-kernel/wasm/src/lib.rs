//! One WebAssembly module with the kernel and the crates it is compared with, for tests and benchmarks.
//!
//! JavaScript writes 64 bytes of password and 64 bytes of salt to [`buffer`], calls one of the other
//! functions, and reads the tag from the buffer.

use std::cell::RefCell;

use argon2::{Algorithm, AssociatedData, Block, Params, ParamsBuilder, Version};

/// The number of bytes in the password and in the salt.
const FIELD: usize = 64;
/// The most bytes a tag can have.
const TAG: usize = 256;

thread_local! {
    static BUFFER: RefCell<[u8; TAG]> = const { RefCell::new([0; TAG]) };
    static MEMORY: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// The address of the buffer for input and output.
#[unsafe(no_mangle)]
pub extern "C" fn buffer() -> *const u8 {
    BUFFER.with_borrow(|buffer| buffer.as_ptr())
}

/// Hashes with the kernel. Returns whether there is a tag.
#[unsafe(no_mangle)]
pub extern "C" fn kernel(algorithm: u32, version: u32, memory: u32, passes: u32, lanes: u32, tag: usize) -> bool {
    write_tag(algorithm, version, memory, passes, lanes, tag, |algorithm, version, params, password, salt, tag| {
        argon2_kernel::Argon2::new(algorithm, version, params).hash_password_into(password, salt, tag)
    })
}

/// Hashes with the `argon2` crate, which allocates its memory for each hash.
#[unsafe(no_mangle)]
pub extern "C" fn plain(algorithm: u32, version: u32, memory: u32, passes: u32, lanes: u32, tag: usize) -> bool {
    write_tag(algorithm, version, memory, passes, lanes, tag, |algorithm, version, params, password, salt, tag| {
        argon2::Argon2::new(algorithm, version, params).hash_password_into(password, salt, tag)
    })
}

/// Hashes with the `argon2` crate, in memory that is kept from one hash to the next.
#[unsafe(no_mangle)]
pub extern "C" fn reused(algorithm: u32, version: u32, memory: u32, passes: u32, lanes: u32, tag: usize) -> bool {
    write_tag(algorithm, version, memory, passes, lanes, tag, |algorithm, version, params, password, salt, tag| {
        MEMORY.with_borrow_mut(|blocks| {
            blocks.resize(params.block_count().max(blocks.len()), Block::default());
            argon2::Argon2::new(algorithm, version, params).hash_password_into_with_memory(password, salt, tag, blocks)
        })
    })
}

/// Hashes the inputs of the test vectors in RFC 9106 §5 with the kernel.
#[unsafe(no_mangle)]
pub extern "C" fn vector(algorithm: u32) -> bool {
    let data = AssociatedData::new(&[4; 12]);
    let Ok(params) = data.and_then(|data| ParamsBuilder::new().m_cost(32).t_cost(3).p_cost(4).data(data).build())
    else {
        return false;
    };
    let kernel = argon2_kernel::Argon2::new_with_secret(&[3; 8], algorithm_of(algorithm), Version::V0x13, params);
    BUFFER.with_borrow_mut(|buffer| kernel.hash_password_into(&[1; 32], &[2; 16], &mut buffer[..32]).is_ok())
}

/// Hashes with the `bcrypt` crate.
#[unsafe(no_mangle)]
pub extern "C" fn bcrypt(cost: u32) {
    BUFFER.with_borrow_mut(|buffer| {
        let (mut key, mut salt) = ([0; 12], [0; 16]);
        key.copy_from_slice(&buffer[..12]);
        salt.copy_from_slice(&buffer[FIELD..FIELD + 16]);
        buffer[..24].copy_from_slice(&bcrypt::bcrypt(cost, salt, &key));
    });
}

/// Reads the password and the salt from the buffer and has `hash` write the tag to it.
fn write_tag(
    algorithm: u32,
    version: u32,
    memory: u32,
    passes: u32,
    lanes: u32,
    bytes: usize,
    hash: impl FnOnce(Algorithm, Version, Params, &[u8], &[u8], &mut [u8]) -> argon2::Result<()>,
) -> bool {
    let Ok(version) = Version::try_from(version) else { return false };
    let Ok(params) = Params::new(memory, passes, lanes, Some(bytes)) else { return false };
    let algorithm = algorithm_of(algorithm);
    BUFFER.with_borrow_mut(|buffer| {
        let input = *buffer;
        let (password, salt) = (&input[..FIELD], &input[FIELD..2 * FIELD]);
        hash(algorithm, version, params, password, salt, &mut buffer[..bytes]).is_ok()
    })
}

/// The algorithm with this number in RFC 9106.
fn algorithm_of(algorithm: u32) -> Algorithm {
    match algorithm {
        0 => Algorithm::Argon2d,
        1 => Algorithm::Argon2i,
        _ => Algorithm::Argon2id,
    }
}
