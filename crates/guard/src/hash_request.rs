//! The Worker's request for a new hash, after a login with an old one.

use std::borrow::Cow;

use passwords::{Password, StoredHash};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::message::{MessageError, write_secret};

/// Asks a guard object for a hash of this password with the current parameters.
#[derive(Debug)]
pub struct HashRequest {
    /// The password that was sent.
    pub password: Password,
    /// 128 fresh random bits.
    pub salt: [u8; 16],
}

#[derive(Serialize, Deserialize)]
struct Message<'a> {
    password: Cow<'a, str>,
    salt: [u8; 16],
}

impl HashRequest {
    /// Writes the request as a message for the object.
    ///
    /// # Errors
    /// [`MessageError`] if it can't be written.
    pub fn to_message(&self) -> Result<Zeroizing<String>, MessageError> {
        let message = Message { password: self.password.expose().into(), salt: self.salt };
        write_secret(&message, message.password.len())
    }

    /// Reads what [`to_message`](Self::to_message) wrote, inside the object.
    ///
    /// # Errors
    /// [`MessageError`] for anything else.
    pub fn from_message(message: &str) -> Result<Self, MessageError> {
        let message: Message = serde_json::from_str(message).map_err(|_| MessageError)?;
        Ok(Self { password: Password::new(message.password), salt: message.salt })
    }

    /// Does the object's work: makes the hash, whose string is the answer. Returns `None` if there is
    /// not enough memory for it.
    #[must_use]
    pub fn process(&self) -> Option<StoredHash> {
        StoredHash::create(&self.password, self.salt)
    }

    /// Reads the object's answer.
    ///
    /// # Errors
    /// [`MessageError`] if it is not a hash with the current parameters.
    pub fn read_answer(answer: &str) -> Result<StoredHash, MessageError> {
        StoredHash::parse(answer).ok().filter(StoredHash::is_current).ok_or(MessageError)
    }
}
