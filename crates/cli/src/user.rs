use std::fmt;

use accounts::Username;

/// A user as the stores hold it, and as import and export move it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) username: Username,
    /// Of a format that the Worker verifies, if this crate put it there.
    pub(crate) password_hash: String,
    pub(crate) disabled: bool,
    /// Unix seconds. Where there is none, the store takes the time at which it stores.
    pub(crate) created_at: Option<i64>,
    /// Unix seconds.
    pub(crate) changed_at: Option<i64>,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("username", &self.username).finish_non_exhaustive()
    }
}
