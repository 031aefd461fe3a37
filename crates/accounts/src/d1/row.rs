//! What D1 answers, in JSON.

use serde::Deserialize;

use crate::{account::Account, username::Username};

/// A whole row of the table.
#[derive(Deserialize)]
pub struct Row {
    username: String,
    password_hash: String,
    disabled: u8,
    created_at: i64,
    changed_at: i64,
}

/// The answer to [`COUNT`](super::COUNT).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Count {
    /// How many users there are.
    pub count: u64,
}

impl Row {
    /// The user in this row; `None` if nobody can log in with this name.
    #[must_use]
    pub fn into_account(self) -> Option<Account> {
        Some(Account {
            username: Username::parse(&self.username)?,
            password_hash: self.password_hash,
            disabled: self.disabled != 0,
            created_at: Some(self.created_at),
            changed_at: Some(self.changed_at),
        })
    }
}
