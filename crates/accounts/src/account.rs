//! A user with everything that a store holds.

use std::fmt;

use crate::{claims::Claims, subject::Subject, username::Username};

/// A user as the stores keep one, and as an import or an export moves one.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// The name to log in with.
    pub username: Username,
    /// The stored hash, in any format.
    pub password_hash: String,
    /// A disabled user can't log in.
    pub disabled: bool,
    /// The `sub` of the user's tokens, if it isn't the username.
    pub subject: Option<Subject>,
    /// What else the user's tokens carry.
    pub claims: Option<Claims>,
    /// A digest of the hash in the table that the user was last imported from. As long as a later table
    /// has the same hash, the stored one is kept: the Worker may have upgraded it, or `passwd` replaced it.
    pub imported_hash: Option<String>,
    /// When the user was created, in Unix seconds. The store takes its own time where this is `None`.
    pub created_at: Option<i64>,
    /// When the password, or whether the user is disabled, last changed; in Unix seconds. `None` means that nobody
    /// knows.
    pub changed_at: Option<i64>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("username", &self.username).finish_non_exhaustive()
    }
}
