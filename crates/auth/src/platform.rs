//! What a platform has to bring: the user store, the guard, and a way to replace a hash.

use std::time::Duration;

use accounts::{User, Username};
use guard::{
    Attempt, HashRequest, MessageError, Shard, Verdict,
    rehash::{Outcome, Replacement},
};
use passwords::StoredHash;

/// How long a look-up or a change may take. A platform gives up after it with
/// [`StoreError::TimedOut`].
pub const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the guard may take for an attempt, including the time the attempt waits in its queue. A
/// platform gives up after it with [`GuardError::TimedOut`].
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
/// The same for a new hash. What runs after the response has 30 s, and look-ups come before and
/// after.
pub const HASH_TIMEOUT: Duration = Duration::from_secs(15);

/// Everything that a request needs from the platform.
pub trait Platform {
    /// The user store.
    fn users(&self) -> impl Users;

    /// The way to the guard objects.
    fn guard(&self) -> impl Guard;

    /// The way to replace a hash in the user store.
    fn rehash(&self) -> impl RehashStore;
}

/// Where users are kept.
#[allow(async_fn_in_trait)]
pub trait Users {
    /// The user with exactly this username, from the nearest copy of the store.
    async fn find(&self, username: &Username) -> Result<Option<User>, StoreError>;

    /// The same from the copy that is written to; `None` if the store has no fresher copy.
    async fn find_newest(&self, username: &Username) -> Option<Result<Option<User>, StoreError>>;
}

/// The guard, as a request sees it.
#[allow(async_fn_in_trait)]
pub trait Guard {
    /// Whether a client's network may try at all. This gate stands in front of everything else, is
    /// cheap, and need not be exact. Without a gate everyone is admitted.
    async fn admits(&self, network: &str) -> bool;

    /// Has the guard object of `shard` count and verify an attempt.
    async fn attempt(&self, shard: Shard, attempt: Attempt) -> Result<Verdict, GuardError>;

    /// Has the guard object of `shard` hash a password.
    async fn hash(&self, shard: Shard, request: HashRequest) -> Result<StoredHash, GuardError>;
}

/// Replaces hashes in the user store.
#[allow(async_fn_in_trait)]
pub trait RehashStore {
    /// How a replacement of this user's hash would end. This is asked before a new hash is computed;
    /// `None` means that nothing speaks against it.
    async fn refusal(&self, username: &Username) -> Result<Option<Outcome>, StoreError>;

    /// Stores the new hash in place of the old one, or queues it. If the old one is gone, nothing is
    /// changed.
    async fn replace(&self, replacement: &Replacement) -> Result<Outcome, StoreError>;
}

/// Why a store, or the queue in front of it, gave no answer. The message may name tables and
/// bindings, never a stored value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store failed, or it isn't bound to the Worker.
    #[error("the user store failed: {0}")]
    Unavailable(String),
    /// The store did not answer within [`LOOKUP_TIMEOUT`].
    #[error("the user store did not answer within {} s", LOOKUP_TIMEOUT.as_secs())]
    TimedOut,
    /// The store has a record with this username that does not have the documented fields.
    #[error("the user's record does not have the documented fields")]
    Malformed,
    /// The queue of replacements failed, or it isn't bound to the Worker.
    #[error("the rehash queue failed: {0}")]
    Queue(String),
}

/// Why the guard gave no answer. Without a verdict nobody logs in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GuardError {
    /// The guard could not be reached, or it failed.
    #[error("the guard failed: {0}")]
    Unavailable(String),
    /// The guard did not answer within [`ATTEMPT_TIMEOUT`] or [`HASH_TIMEOUT`].
    #[error("the guard did not answer within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// The Worker and the guard don't understand each other.
    #[error(transparent)]
    Message(#[from] MessageError),
}
