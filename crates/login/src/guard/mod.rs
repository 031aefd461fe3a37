//! The guard: counts attempts, verifies passwords, and makes guessing slow. One object per shard of
//! users does so, where every location agrees on the count and away from a request's own CPU
//! limit. Both sides of the conversation with it are here; a platform carries the messages and
//! brings the object's SQLite.
//!
//! - [`policy`]: how many failures are free, and how long each further one takes.
//! - [`ledger`]: the buckets in which they are counted.
//! - [`message`]: what Worker and object say to each other, and the object's work.
//! - [`network`]: what counts as one client.

pub mod ledger;
pub mod message;
pub mod network;
pub mod policy;
mod shard;

use std::time::Duration;

use passwords::StoredHash;

pub use ledger::Ledger;
pub use message::{Attempt, Bucketed, Hashing, Verdict};
pub use network::Network;
pub use policy::Policy;
pub use shard::{Region, Regions, Shard, Shards};

/// How long the guard may take to judge, waiting in its queue included. Platforms give up after it
/// with [`GuardError::TimedOut`].
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// The same for hashing. What runs after an answer was sent has 30 s, the look-ups around included.
pub const HASH_TIMEOUT: Duration = Duration::from_secs(15);

/// The guard, as seen from the request.
#[allow(async_fn_in_trait)]
pub trait Guard {
    /// Whether a client's network may try at all: a gate that is cheap and need not be exact, in
    /// front of everything else. Where there is none, everyone passes.
    async fn admits(&self, network: &str) -> bool;

    /// Has an attempt counted and judged by the guard object of `shard`.
    async fn attempt(&self, shard: Shard, attempt: Attempt) -> Result<Verdict, GuardError>;

    /// Has a password hashed anew by the guard object of `shard`.
    async fn hash(&self, shard: Shard, hashing: Hashing) -> Result<StoredHash, GuardError>;
}

/// Why there was no answer. Without a verdict nobody logs in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GuardError {
    /// The guard could not be reached, or it failed.
    #[error("the guard failed: {0}")]
    Unavailable(String),
    /// It did not answer within [`ATTEMPT_TIMEOUT`] or [`HASH_TIMEOUT`].
    #[error("the guard did not answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// Worker and guard don't understand each other: during a roll-out they may differ in version.
    #[error("a message between the Worker and the guard was not understood")]
    Misunderstood,
}
