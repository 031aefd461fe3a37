//! Replacing an old hash. A login that succeeded with it has the password at hand, so a new hash of
//! that password can take its place. It does so only while the old hash is still there: a password that
//! was changed in the meantime stays changed.
//!
//! Workers KV can't compare and write in one step, so replacements for its users wait in the
//! [`RehashQueue`].

mod queue;
mod replacement;

pub use queue::RehashQueue;
pub use replacement::{Outcome, Replacement};
