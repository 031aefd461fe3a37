//! Makes room once for hashes that need a lot of memory.
//!
//! WebAssembly memory never shrinks. If an allocation doesn't quite fit into the free space at the end
//! of the memory, the allocator grows the memory by the whole size of the allocation. A hash that needs
//! 64 MiB for Argon2, followed by one that needs slightly more than 64 MiB for scrypt, would therefore
//! use 128 MiB, which is all that an isolate has. To avoid this, the first large hash makes free space
//! at the end of the memory that is big enough for any other.

use std::{hint::black_box, sync::Once};

use crate::{
    Cost,
    limits::{MEMORY_MIB, MIB},
};

/// The memory that the largest hash may use, and a reserve for other data that ends up there.
const ROOM: u64 = (MEMORY_MIB + 4) * MIB;

/// Whether so many bytes can be allocated.
fn available(bytes: u64) -> bool {
    let mut room = Vec::<u8>::new();
    let reserved = usize::try_from(bytes).is_ok_and(|bytes| room.try_reserve_exact(bytes).is_ok());
    black_box(room);
    reserved
}

/// Makes room before a hash of this cost is computed, if the hash needs it.
pub(crate) fn make(cost: Cost) {
    static MADE: Once = Once::new();
    if cost.memory_bytes() > Cost::CURRENT.memory_bytes() {
        MADE.call_once(|| {
            // The memory that is kept has to come first. The room behind it is freed at once.
            argon2_kernel::keep();
            available(ROOM);
        });
    }
}
