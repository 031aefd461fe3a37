//! The function scrypt (RFC 7914).
//!
//! The crate `scrypt` computes Salsa20/8 a word at a time. Here it is four words at a time, which takes
//! about two thirds of the time in WebAssembly. Tests compare the two.

#[cfg(target_arch = "wasm32")]
#[path = "simd128.rs"]
mod lanes;
#[cfg(not(target_arch = "wasm32"))]
#[path = "words.rs"]
mod lanes;

use std::{hint::black_box, mem::swap};

use lanes::{Lanes, add, new, rotate, turn_1, turn_2, turn_3, words, xor};
use pbkdf2::pbkdf2_hmac;
use sha2::Sha256;
use zeroize::Zeroizing;

/// The number of bytes in a block.
const BYTES: usize = 64;

/// A block of 16 words, which Salsa20 sees as a 4 × 4 matrix. Each vector is one of the matrix's four
/// diagonals, so that a step of Salsa20 computes four words at once.
type Block = [Lanes; 4];

/// Where each word of the diagonals, one after another, is in the block.
const DIAGONALS: [usize; 16] = [0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11];

/// scrypt's parameters (§2). They have to be within the limits of `StoredHash`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parameters {
    /// N is two to the power of this.
    pub(super) log_n: u8,
    pub(super) r: u32,
    pub(super) p: u32,
}

impl Parameters {
    /// Whether RFC 7914 §2 and §6 allow them.
    pub(super) fn are_valid(self) -> bool {
        let Self { log_n, r, p } = self;
        r > 0 && p > 0 && log_n > 0 && u32::from(log_n) < 16 * r
    }
}

/// Derives a key (§6). Returns `None` if there is not enough memory.
///
/// All blocks are wiped, the table of 128·r·N bytes and the lanes: the first ones and the last ones would
/// let someone test guesses without filling a table.
pub(super) fn derive(password: &[u8], salt: &[u8], parameters: Parameters, key: &mut [u8]) -> Option<()> {
    let Parameters { log_n, r, p } = parameters;
    let (n, r, p) = (1_usize.checked_shl(log_n.into())?, r as usize, p as usize);
    let mut bytes = Zeroizing::new(room_for(p * 2 * r * BYTES)?);
    let mut table = room_for(n.checked_mul(2 * r)?)?;
    let (mut blocks, mut mixed) = (room_for(2 * r)?, room_for(2 * r)?);
    bytes.resize(p * 2 * r * BYTES, 0);
    pbkdf2_hmac::<Sha256>(password, salt, 1, &mut bytes);
    for lane in bytes.chunks_exact_mut(2 * r * BYTES) {
        let chunks = lane.as_chunks_mut().0;
        blocks.clear();
        blocks.extend(chunks.iter().map(read));
        ro_mix(&mut blocks, &mut mixed, n, &mut table);
        chunks.iter_mut().zip(&blocks).for_each(|(bytes, block)| *bytes = write(*block));
    }
    for used in [&mut table, &mut blocks, &mut mixed] {
        wipe(used);
    }
    pbkdf2_hmac::<Sha256>(password, &bytes, 1, key);
    Some(())
}

fn room_for<T>(items: usize) -> Option<Vec<T>> {
    let mut empty = Vec::new();
    empty.try_reserve_exact(items).ok()?;
    Some(empty)
}

fn wipe(table: &mut [Block]) {
    table.fill([new([0; 4]); 4]);
    black_box(table);
}

/// scryptROMix (§5) of `x`, in place. The table is V. What is in `mixed` before does not matter.
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn ro_mix(x: &mut Vec<Block>, mixed: &mut Vec<Block>, n: usize, table: &mut Vec<Block>) {
    mixed.clone_from(x);
    table.clear();
    for _ in 0..n {
        table.extend_from_slice(x);
        block_mix(x, None, mixed);
        swap(x, mixed);
    }
    for _ in 0..n {
        let at = x.last().map_or(0, |last| words(last[0])[0] as usize % n);
        block_mix(x, table.get(at * x.len()..(at + 1) * x.len()), mixed);
        swap(x, mixed);
    }
}

/// scryptBlockMix (§4) of `x`, or of `x` XOR `other` if there is one.
///
/// A function of its own, so that V8 optimizes it before the first hash is over: see
/// `argon2_kernel`'s `compress`.
#[inline(never)]
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn block_mix(x: &[Block], other: Option<&[Block]>, mixed: &mut [Block]) {
    let input = |at: usize| other.map_or(x[at], |other| xor_blocks(x[at], other[at]));
    let mut block = input(x.len() - 1);
    for at in 0..x.len() {
        block = salsa20_8(xor_blocks(block, input(at)));
        // The even blocks, and then the odd ones.
        mixed[at / 2 + at % 2 * (x.len() / 2)] = block;
    }
}

/// Salsa20/8 (§3).
#[inline]
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn salsa20_8(input: Block) -> Block {
    let [mut a, mut b, mut c, mut d] = input;
    for _ in 0..4 {
        [a, b, c, d] = quarter_rounds([a, b, c, d]);
        // The diagonals of the columns become those of the rows, and back.
        [b, c, d] = [turn_3(b), turn_2(c), turn_1(d)];
        [a, d, c, b] = quarter_rounds([a, d, c, b]);
        [b, c, d] = [turn_1(b), turn_2(c), turn_3(d)];
    }
    [add(a, input[0]), add(b, input[1]), add(c, input[2]), add(d, input[3])]
}

/// The quarter-rounds of all four columns or rows.
#[inline]
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn quarter_rounds([a, b, c, d]: Block) -> Block {
    let b = xor(b, rotate(add(a, d), 7));
    let c = xor(c, rotate(add(b, a), 9));
    let d = xor(d, rotate(add(c, b), 13));
    let a = xor(a, rotate(add(d, c), 18));
    [a, b, c, d]
}

#[inline]
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128"))]
fn xor_blocks(x: Block, y: Block) -> Block {
    [xor(x[0], y[0]), xor(x[1], y[1]), xor(x[2], y[2]), xor(x[3], y[3])]
}

fn read(bytes: &[u8; BYTES]) -> Block {
    let from = bytes.as_chunks().0;
    let diagonals = DIAGONALS.map(|at| u32::from_le_bytes(from[at]));
    let diagonals = diagonals.as_chunks().0;
    [new(diagonals[0]), new(diagonals[1]), new(diagonals[2]), new(diagonals[3])]
}

fn write([a, b, c, d]: Block) -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    let to = bytes.as_chunks_mut().0;
    for (at, word) in DIAGONALS.into_iter().zip([words(a), words(b), words(c), words(d)].as_flattened()) {
        to[at] = word.to_le_bytes();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn derives_the_same_key_as_the_crate(
            (log_n, r, p) in (1u8..7, 1u32..6, 1u32..4),
            password in prop::collection::vec(any::<u8>(), 0..100),
            salt in prop::collection::vec(any::<u8>(), 0..100),
            bytes in 10usize..64,
        ) {
            let (mut ours, mut theirs) = (vec![0; bytes], vec![0; bytes]);
            let parameters = Parameters { log_n, r, p };
            prop_assert!(derive(&password, &salt, parameters, &mut ours).is_some());
            let params = scrypt::Params::new(log_n, r, p, bytes).map_err(|error| TestCaseError::fail(error.to_string()))?;
            prop_assert!(scrypt::scrypt(&password, &salt, &params, &mut theirs).is_ok());
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn nothing_is_left_of_a_table(password: [u8; 64]) {
            let mut table = Vec::new();
            ro_mix(&mut vec![read(&password); 2], &mut Vec::new(), 4, &mut table);
            prop_assert_eq!(table.len(), 8);
            wipe(&mut table);
            prop_assert!(table.into_iter().all(|block| write(block) == [0; BYTES]));
        }

        #[test]
        fn the_same_parameters_are_valid_as_in_the_crate((log_n, r, p) in (1u8..40, 0u32..6, 0u32..4)) {
            let parameters = Parameters { log_n, r, p };
            prop_assert_eq!(parameters.are_valid(), scrypt::Params::new(log_n, r, p, 32).is_ok());
        }
    }
}
