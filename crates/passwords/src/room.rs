//! Room for hashes that take much memory.
//!
//! WebAssembly's memory never shrinks, and where a request does not quite fit into its free end, the
//! allocator adds all that was asked for. 64 MiB for Argon2 and then 64 MiB and a little for scrypt
//! would come to 128 MiB, which is all that an isolate has. So a free end large enough for either is made once.

use std::{hint::black_box, sync::Once};

use crate::{
    Cost,
    limits::{MEMORY_MIB, MIB},
};

/// What a hash may take, and something for what else comes to lie there.
const ROOM: u64 = (MEMORY_MIB + 4) * MIB;

/// Makes room before a hash of this cost, if it needs any.
pub(crate) fn make(cost: Cost) {
    static MADE: Once = Once::new();
    if cost.memory_bytes() > Cost::CURRENT.memory_bytes() {
        MADE.call_once(|| {
            // First what stays, then what is free again.
            argon2_kernel::keep();
            let mut room = Vec::<u8>::new();
            let _ = room.try_reserve_exact(usize::try_from(ROOM).unwrap_or_default());
            black_box(room);
        });
    }
}
