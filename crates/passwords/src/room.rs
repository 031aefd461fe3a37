//! Room for hashes that take much memory.
//!
//! WebAssembly's memory never shrinks. If a request does not quite fit into the free space at its end,
//! the allocator adds the full amount. 64 MiB for Argon2 and then a little more than 64 MiB for scrypt
//! would come to 128 MiB, which is all that an isolate has. So the free space at the end is made large
//! enough for either, once.

use std::{hint::black_box, sync::Once};

use crate::{
    Cost,
    limits::{MEMORY_MIB, MIB},
};

/// What a hash may take, and some space for other allocations.
const ROOM: u64 = (MEMORY_MIB + 4) * MIB;

/// Makes room before a hash of this cost, if it needs any.
pub(crate) fn make(cost: Cost) {
    static MADE: Once = Once::new();
    if cost.memory_bytes() > Cost::CURRENT.memory_bytes() {
        MADE.call_once(|| {
            // The kept memory is allocated first, then the space that is freed again.
            argon2_kernel::keep();
            let mut room = Vec::<u8>::new();
            let _ = room.try_reserve_exact(usize::try_from(ROOM).unwrap_or_default());
            black_box(room);
        });
    }
}
