//! The blocks, kept from one hash to the next.
//!
//! So neither allocating nor clearing them is part of a hash at default parameters. What a larger hash
//! takes is let go of after it: WebAssembly's memory never shrinks, but others can work in it.

use std::cell::RefCell;

use argon2::Params;

use crate::block::Block;

/// Most blocks that are kept, of 1 KiB.
const MOST_KEPT: usize = Params::DEFAULT_M_COST as usize;

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
        let done = kept.get_mut(..count).map(work);
        if kept.len() > MOST_KEPT {
            *kept = Vec::new();
        }
        done
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_kept_than_a_default_hash_needs() {
        let kept = || KEPT.with_borrow(Vec::len);
        assert_eq!(with_blocks(8, |blocks| blocks.len()), Some(8));
        assert_eq!(kept(), 8);
        assert_eq!(with_blocks(MOST_KEPT, |blocks| blocks.len()), Some(MOST_KEPT));
        assert_eq!(kept(), MOST_KEPT);
        assert_eq!(with_blocks(MOST_KEPT + 1, |blocks| blocks.len()), Some(MOST_KEPT + 1));
        assert_eq!(kept(), 0);
    }
}
