//! The Worker's request for the hash of somebody who signs up. It counts against the network's quota before it costs a hash.

use std::borrow::Cow;

use passwords::{NoMemory, Password, StoredHash};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    attempt::AttemptError,
    counter::{AttemptCounter, seconds},
    hash_request::HashRequest,
    message::{MessageError, write_secret},
    policy::Policy,
    sql::Sql,
};

/// Asks a guard object for a hash of a new user's password with the current parameters.
#[derive(Debug)]
pub struct SignUp {
    /// The name of the client's network among those that sign up: a keyed hash, in hexadecimal digits.
    pub network: String,
    /// How many sign-ups the network has in a day.
    pub quota: u32,
    /// The password and a salt.
    pub request: HashRequest,
}

/// What comes of a sign-up in the guard.
#[derive(Debug)]
pub enum SignUpAnswer {
    /// The hash.
    Hash(StoredHash),
    /// The network has used up its quota. It has to wait for so many seconds.
    Wait(u32),
}

#[derive(Serialize, Deserialize)]
struct Message<'a> {
    network: Cow<'a, str>,
    quota: u32,
    password: Cow<'a, str>,
    salt: [u8; 16],
}

impl SignUp {
    /// Writes the request as a message for the object.
    ///
    /// # Errors
    /// [`MessageError`] if it can't be written.
    pub fn to_message(&self) -> Result<Zeroizing<String>, MessageError> {
        let Self { network, quota, request: HashRequest { password, salt } } = self;
        let message =
            Message { network: network.into(), quota: *quota, password: password.expose().into(), salt: *salt };
        write_secret(&message, message.password.len() + message.network.len())
    }

    /// Reads what [`to_message`](Self::to_message) wrote, inside the object.
    ///
    /// # Errors
    /// [`MessageError`] for anything else.
    pub fn from_message(message: &str) -> Result<Self, MessageError> {
        let message: Message = serde_json::from_str(message).map_err(|_| MessageError)?;
        let request = HashRequest { password: Password::new(message.password), salt: message.salt };
        Ok(Self { network: message.network.into_owned(), quota: message.quota, request })
    }

    /// Does the object's work, in one step: counts the sign-up, and makes the hash. `now` is in Unix milliseconds.
    ///
    /// # Errors
    /// [`AttemptError`] if the database failed, or there is not enough memory for a hash.
    pub fn process(
        &self,
        policy: &Policy,
        counter: &AttemptCounter<impl Sql>,
        now: i64,
    ) -> Result<SignUpAnswer, AttemptError> {
        let wait = counter.count_sign_up(&self.network, self.quota, policy, now)?;
        if wait > 0 {
            return Ok(SignUpAnswer::Wait(seconds(wait)));
        }
        Ok(SignUpAnswer::Hash(self.request.process().ok_or(NoMemory)?))
    }
}

impl SignUpAnswer {
    /// Writes the answer as a message for the Worker.
    #[must_use]
    pub fn to_message(&self) -> String {
        match self {
            Self::Hash(hash) => hash.expose().to_owned(),
            Self::Wait(seconds) => seconds.to_string(),
        }
    }

    /// Reads what [`to_message`](Self::to_message) wrote.
    ///
    /// # Errors
    /// [`MessageError`] for anything else.
    pub fn from_message(message: &str) -> Result<Self, MessageError> {
        match message.parse() {
            Ok(seconds) => Ok(Self::Wait(seconds)),
            Err(_) => HashRequest::read_answer(message).map(Self::Hash),
        }
    }
}
