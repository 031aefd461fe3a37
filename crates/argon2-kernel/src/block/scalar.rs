//! A block as plain words, on every target that has no code of its own.

use super::WORDS;

/// Words 2n and 2n+1 of a block.
pub(super) type Pair = [u64; 2];

