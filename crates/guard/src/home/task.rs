//! What is left to do for a user: to tell the guards, and to write to Workers KV.

use accounts::{Email, Username};

use crate::session::RecordChange;

/// What is left to do for one user.
#[derive(Clone, PartialEq, Eq)]
pub struct Task {
    /// The user.
    pub username: Username,
    /// The number of the state that this brings about. It rises with each change.
    pub(super) revision: i64,
    /// The version of that state, in milliseconds.
    pub version: i64,
    /// What the guards may not know yet, or may be about to forget.
    pub tell: Option<RecordChange>,
    /// What KV does not have yet.
    pub write: Option<Write>,
}

/// What Workers KV does not have yet of a user.
#[derive(Clone, PartialEq, Eq)]
pub struct Write {
    /// What to do with the record, if anything.
    pub record: Option<RecordWrite>,
    /// The address, or `None` inside if there is none. Outside, `None` means that KV has it.
    pub email: Option<Option<Email>>,
}

/// What to do with a record in Workers KV.
#[derive(Clone, PartialEq, Eq)]
pub enum RecordWrite {
    /// Put it.
    Put {
        /// The record as JSON.
        record: String,
        /// Whether the user was created since, so that the key's metadata and expiration are of another user.
        is_new: bool,
    },
    /// Delete it.
    Delete,
}
