//! The guard: one object per shard of users that verifies passwords, away from the request's own
//! CPU limit, and where attempts will be counted. This is both sides of the conversation with it;
//! a platform only carries the messages.

use std::{borrow::Cow, time::Duration};

use passwords::{Password, StoredHash};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::shard::Shard;

/// How long the guard may take, waiting in its queue included. Platforms give up after it with
/// [`GuardError::TimedOut`].
pub const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);

/// The guard, as seen from the request.
#[allow(async_fn_in_trait)]
pub trait Guard {
    /// Has an attempt judged by the guard object of `shard`.
    async fn attempt(&self, shard: Shard, attempt: Attempt) -> Result<Verdict, GuardError>;
}

/// What the guard is asked: is this the password of that hash?
#[derive(Debug)]
pub struct Attempt {
    /// The user's hash, or the dummy.
    pub hash: StoredHash,
    /// The password that was sent.
    pub password: Password,
}

/// The guard's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether the password is the hash's.
    pub matches: bool,
}

/// Why there was no verdict. Then nobody logs in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GuardError {
    /// The guard could not be reached, or it failed.
    #[error("the guard failed: {0}")]
    Unavailable(String),
    /// It did not answer within [`ATTEMPT_TIMEOUT`].
    #[error("the guard did not answer within {} s", ATTEMPT_TIMEOUT.as_secs())]
    TimedOut,
    /// Worker and guard don't understand each other: during a roll-out they may differ in version.
    #[error("a message between the Worker and the guard was not understood")]
    Misunderstood,
}

#[derive(Serialize, Deserialize)]
struct Message<'a> {
    hash: Cow<'a, str>,
    password: Cow<'a, str>,
}

impl Attempt {
    /// The attempt as the text that is sent to the guard object.
    ///
    /// # Errors
    /// [`GuardError::Misunderstood`] where it can't be written.
    pub fn to_message(&self) -> Result<Zeroizing<String>, GuardError> {
        let message = Message { hash: self.hash.expose().into(), password: self.password.expose().into() };
        // Room for every character as `\u00ff`: a text that moves leaves its password behind.
        let room = message.hash.len() + 6 * message.password.len() + 32;
        let mut text = Zeroizing::new(Vec::with_capacity(room));
        serde_json::to_writer(&mut *text, &message).map_err(|_| GuardError::Misunderstood)?;
        String::from_utf8(std::mem::take(&mut text)).map(Zeroizing::new).map_err(|_| GuardError::Misunderstood)
    }

    /// Reads the text of [`to_message`](Self::to_message), inside the guard object.
    ///
    /// # Errors
    /// [`GuardError::Misunderstood`] for any other text.
    pub fn from_message(text: &str) -> Result<Self, GuardError> {
        let message: Message = serde_json::from_str(text).map_err(|_| GuardError::Misunderstood)?;
        Ok(Self {
            hash: StoredHash::parse(&message.hash).map_err(|_| GuardError::Misunderstood)?,
            password: Password::new(message.password),
        })
    }

    /// The guard's work.
    #[must_use]
    pub fn judge(&self) -> Verdict {
        Verdict { matches: self.hash.verify(&self.password) }
    }
}

impl Verdict {
    /// The verdict as the text that the guard object answers with.
    ///
    /// # Errors
    /// [`GuardError::Misunderstood`] where it can't be written.
    pub fn to_message(self) -> Result<String, GuardError> {
        serde_json::to_string(&self).map_err(|_| GuardError::Misunderstood)
    }

    /// Reads the text of [`to_message`](Self::to_message).
    ///
    /// # Errors
    /// [`GuardError::Misunderstood`] for any other text.
    pub fn from_message(text: &str) -> Result<Self, GuardError> {
        serde_json::from_str(text).map_err(|_| GuardError::Misunderstood)
    }
}
