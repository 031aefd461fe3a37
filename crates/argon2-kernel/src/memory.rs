//! The blocks, kept from one hash to the next.
//!
//! WebAssembly's memory never shrinks, so one region, grown to the largest request, is the smallest
//! that can be; and neither allocating nor clearing it is part of a hash.

use std::cell::RefCell;

use crate::block::Block;

thread_local! {
    static KEPT: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// Gives `work` so many blocks, of any content. `None` if there is no memory for them.
pub(crate) fn with_blocks<T>(count: usize, work: impl FnOnce(&mut [Block]) -> T) -> Option<T> {
    KEPT.with_borrow_mut(|kept| {
        if kept.len() < count {
            // What was kept goes first: the two of them need not fit.
            *kept = Vec::new();
            kept.try_reserve_exact(count).ok()?;
            kept.resize(count, Block::ZERO);
        }
        kept.get_mut(..count).map(work)
    })
}
