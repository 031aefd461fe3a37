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

pub use ledger::{Ledger, Sql, SqlError, SqlValue};
pub use message::{Attempt, Bucketed, Verdict};
pub use network::Network;
pub use policy::Policy;
pub use shard::{Region, Regions, Shard, Shards};

/// How long the guard may take, waiting in its queue included. Platforms give up after it with
/// [`GuardError::TimedOut`].
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// The guard, as seen from the request.
#[allow(async_fn_in_trait)]
pub trait Guard {
    /// Whether a client's network may try at all: a gate that is cheap and need not be exact, in
    /// front of everything else. Where there is none, everyone passes.
    async fn admits(&self, network: &str) -> bool;

    /// Has an attempt counted and judged by the guard object of `shard`.
    async fn attempt(&self, shard: Shard, attempt: Attempt) -> Result<Verdict, GuardError>;
}

/// Why there was no verdict. Then nobody logs in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GuardError {
    /// The guard could not be reached, or it failed.
    #[error("the guard failed: {0}")]
    Unavailable(String),
    /// It did not answer within [`ATTEMPT_TIMEOUT`].
    #[error("the guard did not answer within {} s", ATTEMPT_TIMEOUT.as_secs())]
    TimedOut,
    /// Worker and guard don't understand each other: during a roll-out they may differ in version.
    #[error("a message between the Worker and the guard was not understood")]
    Misunderstood,
}
