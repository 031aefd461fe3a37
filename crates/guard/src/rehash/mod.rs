//! Replacing an old hash. A login that succeeded with one has the password at hand, so a new hash of
//! the password takes its place, but only while the old hash is still there: a password that was
//! changed meanwhile stays changed.
//!
//! Replacements for users in Workers KV, which can't compare and write in one step, wait in the
//! [`RehashQueue`].

mod queue;
mod replacement;

pub use queue::RehashQueue;
pub use replacement::{Outcome, Replacement};
