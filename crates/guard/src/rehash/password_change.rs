//! The change of a password by its user.

use accounts::Username;
use passwords::StoredHash;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::message::{MessageError, write_secret};

/// The change of a user's password.
#[derive(Debug)]
pub struct PasswordChange {
    /// The user.
    pub username: Username,
    /// The hash of the old password. It has to be stored still.
    pub old: StoredHash,
    /// The version of the record with the old hash.
    pub old_version: i64,
    /// The hash of the new password.
    pub new: StoredHash,
}

/// How a change of a password ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// The new hash is stored.
    Done {
        /// The new version of the record, in milliseconds.
        version: i64,
        /// The new record as JSON, if the store's copies lag and can't be asked for the newest.
        record: Option<String>,
    },
    /// The record was no longer the one that was read. What is stored now stays.
    ChangedMeanwhile,
}

#[derive(Serialize, Deserialize)]
struct Message {
    username: String,
    old: String,
    old_version: i64,
    new: String,
}

impl PasswordChange {
    /// Writes the change as a message for the object that writes to Workers KV.
    ///
    /// # Errors
    /// [`MessageError`] if it can't be written.
    pub fn to_message(&self) -> Result<Zeroizing<String>, MessageError> {
        let message = Message {
            username: self.username.as_str().to_owned(),
            old: self.old.expose().to_owned(),
            old_version: self.old_version,
            new: self.new.expose().to_owned(),
        };
        write_secret(&message, message.username.len() + message.old.len() + message.new.len())
    }

    /// Reads what [`to_message`](Self::to_message) wrote, inside the object.
    ///
    /// # Errors
    /// [`MessageError`] for anything else.
    pub fn from_message(message: &str) -> Result<Self, MessageError> {
        let message: Message = serde_json::from_str(message).map_err(|_| MessageError)?;
        Ok(Self {
            username: Username::parse(&message.username).ok_or(MessageError)?,
            old: StoredHash::parse(&message.old).map_err(|_| MessageError)?,
            old_version: message.old_version,
            new: StoredHash::parse(&message.new).ok().filter(StoredHash::is_current).ok_or(MessageError)?,
        })
    }
}

impl Change {
    /// Writes the answer of the object.
    ///
    /// # Errors
    /// [`MessageError`] if it can't be written.
    pub fn to_answer(&self) -> Result<String, MessageError> {
        serde_json::to_string(self).map_err(|_| MessageError)
    }

    /// Reads what [`to_answer`](Self::to_answer) wrote.
    ///
    /// # Errors
    /// [`MessageError`] for anything else.
    pub fn read_answer(answer: &str) -> Result<Self, MessageError> {
        serde_json::from_str(answer).map_err(|_| MessageError)
    }
}
