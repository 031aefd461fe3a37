//! What Worker and guard object say to each other, and the object's work.

use std::borrow::Cow;

use passwords::{Nfkc, Password, StoredHash};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{GuardError, Ledger, Policy};
use crate::sql::{Sql, SqlError};

/// What the guard is asked: is this the password of that hash, and may it be tried?
#[derive(Debug)]
pub struct Attempt {
    /// Which buckets it counts in.
    pub bucketed: Bucketed,
    /// The user's hash, or the dummy.
    pub hash: StoredHash,
    /// The password that was sent.
    pub password: Password,
}

/// The names of an attempt's buckets, and whether it was counted already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bucketed {
    /// The account's keyed hash.
    pub account: String,
    /// The client network's keyed hash.
    pub network: String,
    /// Whether there is a network. One that isn't known is shared by all such clients, and never
    /// trusted.
    pub network_is_known: bool,
    /// The same attempt again, with a hash from a fresher copy of the store: it was counted.
    pub again: bool,
}

/// The guard's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case", deny_unknown_fields)]
pub enum Verdict {
    /// The password is the hash's.
    Match {},
    /// It is not.
    Mismatch {},
    /// Nothing was verified: there were too many failures.
    Throttled {
        /// How many seconds to wait.
        retry_after: u32,
    },
}

#[derive(Serialize, Deserialize)]
struct Message<'a> {
    bucketed: Bucketed,
    hash: Cow<'a, str>,
    password: Cow<'a, str>,
}

impl Attempt {
    /// The attempt as the text that is sent to the guard object.
    ///
    /// # Errors
    /// [`GuardError::Misunderstood`] where it can't be written.
    pub fn to_message(&self) -> Result<Zeroizing<String>, GuardError> {
        let bucketed = self.bucketed.clone();
        let message = Message { bucketed, hash: self.hash.expose().into(), password: self.password.expose().into() };
        written(&message, message.hash.len() + message.password.len())
    }

    /// Reads the text of [`to_message`](Self::to_message), inside the guard object.
    ///
    /// # Errors
    /// [`GuardError::Misunderstood`] for any other text.
    pub fn from_message(text: &str) -> Result<Self, GuardError> {
        let message: Message = serde_json::from_str(text).map_err(|_| GuardError::Misunderstood)?;
        Ok(Self {
            bucketed: message.bucketed,
            hash: StoredHash::parse(&message.hash).map_err(|_| GuardError::Misunderstood)?,
            password: Password::new(message.password),
        })
    }

    /// The guard's work, in one step that nothing comes between: refuse, or count, verify, and
    /// take the count back if the password was right. `now` is in Unix milliseconds.
    ///
    /// # Errors
    /// The database failed, before or after the password was verified: there is no verdict.
    pub fn judge(&self, policy: &Policy, ledger: &Ledger<impl Sql>, nfkc: Nfkc, now: i64) -> Result<Verdict, SqlError> {
        let standing = match ledger.admit(&self.bucketed, policy, now)? {
            Ok(standing) => standing,
            Err(wait) => {
                let seconds = u32::try_from(wait.saturating_add(999) / 1000).unwrap_or(u32::MAX);
                return Ok(Verdict::Throttled { retry_after: seconds });
            }
        };
        if !self.hash.verify(&self.password, nfkc) {
            return Ok(Verdict::Mismatch {});
        }
        ledger.succeed(&self.bucketed, &standing, now)?;
        Ok(Verdict::Match {})
    }
}

/// What the guard is asked after a login with an old hash: today's hash of this password.
#[derive(Debug)]
pub struct Hashing {
    /// The password that was sent.
    pub password: Password,
    /// 128 fresh random bits.
    pub salt: [u8; 16],
}

#[derive(Serialize, Deserialize)]
struct HashingMessage<'a> {
    password: Cow<'a, str>,
    salt: [u8; 16],
}

impl Hashing {
    /// The question as the text that is sent to the guard object.
    ///
    /// # Errors
    /// [`GuardError::Misunderstood`] where it can't be written.
    pub fn to_message(&self) -> Result<Zeroizing<String>, GuardError> {
        let message = HashingMessage { password: self.password.expose().into(), salt: self.salt };
        written(&message, message.password.len())
    }

    /// Reads the text of [`to_message`](Self::to_message), inside the guard object.
    ///
    /// # Errors
    /// [`GuardError::Misunderstood`] for any other text.
    pub fn from_message(text: &str) -> Result<Self, GuardError> {
        let message: HashingMessage = serde_json::from_str(text).map_err(|_| GuardError::Misunderstood)?;
        Ok(Self { password: Password::new(message.password), salt: message.salt })
    }

    /// The guard's work: the hash, whose text is the object's answer. `None` if there is no memory for it.
    #[must_use]
    pub fn hash(&self) -> Option<StoredHash> {
        StoredHash::create(&self.password, self.salt)
    }

    /// Reads the object's answer.
    ///
    /// # Errors
    /// [`GuardError::Misunderstood`] for what is no hash at today's parameters.
    pub fn answered(text: &str) -> Result<StoredHash, GuardError> {
        StoredHash::parse(text).ok().filter(StoredHash::is_current).ok_or(GuardError::Misunderstood)
    }
}

/// A message as text. `longest` is how many bytes of texts are in it that can be long.
fn written(message: &impl Serialize, longest: usize) -> Result<Zeroizing<String>, GuardError> {
    // Room for every character as `\u00ff`: a text that moves leaves its password behind.
    let mut text = Zeroizing::new(Vec::with_capacity(6 * longest + 256));
    serde_json::to_writer(&mut *text, message).map_err(|_| GuardError::Misunderstood)?;
    String::from_utf8(std::mem::take(&mut text)).map(Zeroizing::new).map_err(|_| GuardError::Misunderstood)
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
