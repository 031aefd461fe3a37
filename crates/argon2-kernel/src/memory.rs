//! Allocates the blocks and keeps as many as a hash with default parameters needs, so that such a
//! hash neither allocates nor clears memory.
//!
//! A hash that needs more blocks allocates its own and frees them afterwards. WebAssembly memory never
//! shrinks, but later allocations can reuse what was freed. The kept blocks never move, so they don't
//! fragment the rest of the memory.

use std::cell::RefCell;

use argon2::Params;

use crate::block::Block;

/// The number of blocks that are kept, 1 KiB each.
const KEPT_BLOCKS: usize = Params::DEFAULT_M_COST as usize;

thread_local! {
    static KEPT: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// Calls `work` with `count` blocks, whose content is arbitrary. Returns `None` if there is not enough
/// memory for them.
pub(crate) fn with_blocks<T>(count: usize, work: impl FnOnce(&mut [Block]) -> T) -> Option<T> {
    if count > KEPT_BLOCKS {
        return allocate(count).map(|mut blocks| work(&mut blocks));
    }
    keep();
    KEPT.with_borrow_mut(|kept| kept.get_mut(..count).map(work))
}

/// Allocates the 19 MiB that are kept, unless they are allocated already.
pub fn keep() {
    KEPT.with_borrow_mut(|kept| {
        if kept.is_empty() {
            *kept = allocate(KEPT_BLOCKS).unwrap_or_default();
        }
    });
}

fn allocate(count: usize) -> Option<Vec<Block>> {
    let mut blocks = Vec::new();
    blocks.try_reserve_exact(count).ok()?;
    blocks.resize(count, Block::ZERO);
    Some(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_blocks_as_a_default_hash_needs_are_kept() {
        let first = |blocks: &mut [Block]| (blocks.as_ptr(), blocks.len());
        let (kept, count) = with_blocks(8, first).unwrap_or((std::ptr::null(), 0));
        assert_eq!(count, 8);
        assert_eq!(with_blocks(KEPT_BLOCKS, first), Some((kept, KEPT_BLOCKS)));
        assert_ne!(with_blocks(KEPT_BLOCKS + 1, first), Some((kept, KEPT_BLOCKS + 1)));
        assert_eq!(with_blocks(8, first), Some((kept, 8)));
        assert_eq!(KEPT.with_borrow(Vec::len), KEPT_BLOCKS);
        assert!(with_blocks(usize::MAX, first).is_none());
    }
}
