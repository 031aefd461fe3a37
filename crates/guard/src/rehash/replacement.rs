//! The replacement of one hash by another, and how it ended.

use accounts::{
    Username,
    change::{Change, Condition, Edit},
};
use passwords::StoredHash;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::message::{MessageError, write_secret};

/// The replacement of a user's hash by another.
#[derive(Debug)]
pub struct Replacement {
    /// The user.
    pub username: Username,
    /// The hash that is replaced. It has to be stored still.
    pub old: StoredHash,
    /// The hash of the same password with the current parameters.
    pub new: StoredHash,
}

/// How a replacement ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The new hash is stored.
    Ok,
    /// The new hash waits in the [`RehashQueue`](super::RehashQueue).
    Queued,
    /// The old hash was no longer stored. What is stored now stays.
    ChangedMeanwhile,
    /// The day's quota of replacements is used up. The user's next login tries again.
    OverQuota,
}

impl Replacement {
    /// Writes the replacement as a message for the queue's object.
    ///
    /// # Errors
    /// [`MessageError`] if it can't be written.
    pub fn to_message(&self) -> Result<Zeroizing<String>, MessageError> {
        let strings = [self.username.as_str(), self.old.expose(), self.new.expose()];
        write_secret(&strings, strings.map(str::len).iter().sum())
    }

    /// Reads what [`to_message`](Self::to_message) wrote, inside the object.
    ///
    /// # Errors
    /// [`MessageError`] for anything else.
    pub fn from_message(message: &str) -> Result<Self, MessageError> {
        let [username, old, new]: [String; 3] = serde_json::from_str(message).map_err(|_| MessageError)?;
        Self::parse(&username, &old, &new).ok_or(MessageError)
    }

    /// The change of the user that this is.
    #[must_use]
    pub fn to_change(&self) -> Change {
        let Self { username, old, new } = self;
        Change {
            username: username.clone(),
            condition: Condition::Hash(old.expose().to_owned()),
            edit: Edit::Upgrade(new.expose().to_owned()),
        }
    }

    pub(super) fn parse(username: &str, old: &str, new: &str) -> Option<Self> {
        Some(Self {
            username: Username::parse(username)?,
            old: StoredHash::parse(old).ok()?,
            new: StoredHash::parse(new).ok().filter(StoredHash::is_current)?,
        })
    }
}

impl Outcome {
    /// Writes the answer of the queue's object. `None` means that a replacement can be queued.
    ///
    /// # Errors
    /// [`MessageError`] if it can't be written.
    pub fn to_answer(outcome: Option<Self>) -> Result<String, MessageError> {
        serde_json::to_string(&outcome).map_err(|_| MessageError)
    }

    /// Reads what [`to_answer`](Self::to_answer) wrote.
    ///
    /// # Errors
    /// [`MessageError`] for anything else.
    pub fn read_answer(answer: &str) -> Result<Option<Self>, MessageError> {
        serde_json::from_str(answer).map_err(|_| MessageError)
    }
}
