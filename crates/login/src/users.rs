//! Users as the domain sees them: a username that can be a key, and the record a store has for it.

use std::{fmt, time::Duration};

use crate::upgrade::{Outcome, Replacement};

/// How long a look-up or a change may take. Platforms give up after it with [`StoreError::TimedOut`].
pub const LOOKUP_TIMEOUT: Duration = Duration::from_secs(5);

/// Where users are kept.
#[allow(async_fn_in_trait)]
pub trait Users {
    /// The record of exactly this username, from the nearest copy of the store.
    async fn find(&self, username: &Username) -> Result<Option<UserRecord>, StoreError>;

    /// The same from the copy that is written to; `None` where the store has no fresher copy.
    async fn find_newest(&self, username: &Username) -> Option<Result<Option<UserRecord>, StoreError>>;

    /// How an upgrade of this user's hash would end without having to be made: asked before a new
    /// hash is computed. `None` where nothing speaks against it.
    async fn refuses_upgrade(&self, username: &Username) -> Result<Option<Outcome>, StoreError>;

    /// Stores the new hash in place of the old one, or sees to it that it will be. Where the old one
    /// is no longer there, nothing is changed.
    async fn upgrade(&self, replacement: &Replacement) -> Result<Outcome, StoreError>;
}

/// A user as stored. Whether the hash can be used is not known yet.
#[derive(Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// The stored hash, in any form.
    pub password_hash: String,
    /// A disabled user can't log in.
    pub disabled: bool,
}

impl fmt::Debug for UserRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserRecord").field("disabled", &self.disabled).finish_non_exhaustive()
    }
}

/// Why a store, or what belongs to it, gave no answer. Its text may name tables and bindings, never a stored value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It failed, or it isn't bound to the Worker.
    #[error("the user store failed: {0}")]
    Unavailable(String),
    /// It did not answer within [`LOOKUP_TIMEOUT`].
    #[error("the user store did not answer within {} s", LOOKUP_TIMEOUT.as_secs())]
    TimedOut,
    /// It has a record of this name that is not of the documented shape.
    #[error("the user's record is not of the documented shape")]
    Malformed,
    /// The queue in which upgrades wait failed, or it isn't bound to the Worker.
    #[error("the queue of upgrades failed: {0}")]
    Queue(String),
}

/// A username that can be a key: 1 to 256 bytes without control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Username(String);

impl Username {
    const MAX_BYTES: usize = 256;

    /// Takes a username that can be a key.
    #[must_use]
    pub fn parse(username: &str) -> Option<Self> {
        let fits = (1..=Self::MAX_BYTES).contains(&username.len());
        (fits && !username.contains(char::is_control)).then(|| Self(username.to_owned()))
    }

    /// A key that no user can have, to look up where the same work has to be done without one.
    pub(crate) fn nobody() -> Self {
        Self("\u{7f}".to_owned())
    }

    /// The key's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
