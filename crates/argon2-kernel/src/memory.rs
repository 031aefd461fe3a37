//! The blocks. They are kept from one hash to the next if a hash at default parameters needs as many, so
//! that such a hash neither allocates nor clears memory.
//!
//! A larger hash allocates its own memory and frees it. WebAssembly's memory never shrinks, but what was
//! freed can be used again. The kept blocks stay where they are, so that the rest is not fragmented.

use std::cell::RefCell;

use argon2::Params;

use crate::block::Block;

/// How many blocks of 1 KiB are kept.
const KEPT_BLOCKS: usize = Params::DEFAULT_M_COST as usize;

thread_local! {
    static KEPT: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

/// Calls `work` with so many blocks of any content. Returns `None` if there is no memory for them.
pub(crate) fn with_blocks<T>(count: usize, work: impl FnOnce(&mut [Block]) -> T) -> Option<T> {
    if count > KEPT_BLOCKS {
        return allocated(count).map(|mut blocks| work(&mut blocks));
    }
    keep();
    KEPT.with_borrow_mut(|kept| kept.get_mut(..count).map(work))
}

/// Allocates the 19 MiB that are kept, unless they are there already.
pub fn keep() {
    KEPT.with_borrow_mut(|kept| {
        if kept.is_empty() {
            *kept = allocated(KEPT_BLOCKS).unwrap_or_default();
        }
    });
}

fn allocated(count: usize) -> Option<Vec<Block>> {
    let mut blocks = Vec::new();
    blocks.try_reserve_exact(count).ok()?;
    blocks.resize(count, Block::ZERO);
    Some(blocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_kept_up_to_what_a_default_hash_needs() {
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
