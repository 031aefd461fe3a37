//! A user as a login sees one.

use std::fmt;

use crate::{claims::Claims, subject::Subject};

/// What a login needs to know of a user. Whether the hash can be used is not known yet.
#[derive(Clone, PartialEq, Eq)]
pub struct User {
    /// The stored hash, in any format.
    pub password_hash: String,
    /// A disabled user can't log in.
    pub disabled: bool,
    /// The `sub` of the user's tokens, if it isn't the username.
    pub subject: Option<Subject>,
    /// What else the user's tokens carry.
    pub claims: Option<Claims>,
    /// The [`Version`](crate::Version) of the record, in milliseconds.
    pub version: i64,
    /// When the password, or whether the user is disabled, last changed; in Unix seconds. 0 means that nobody
    /// knows.
    pub changed_at: i64,
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("disabled", &self.disabled).finish_non_exhaustive()
    }
}
