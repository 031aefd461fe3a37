//! One attempt to log in: the Worker's message to a guard object, the object's work, and its verdict.

use std::borrow::Cow;

use passwords::{NoMemory, Password, StoredHash};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{
    bucket_names::BucketNames,
    counter::{Admission, seconds},
    ledger::Ledger,
    message::{MessageError, write_secret},
    policy::Policy,
    refusals::Elsewhere,
    session::{Currency, NewSession, Newest},
    sql::{Sql, SqlError},
};

/// Asks a guard object whether the password may be tried, and whether it matches the hash.
#[derive(Debug)]
pub struct Attempt {
    /// The buckets in which the attempt is counted.
    pub buckets: BucketNames,
    /// The user's hash, or the dummy if there is none.
    pub hash: StoredHash,
    /// The password that was sent.
    pub password: Password,
    /// The version of the user's record, or [`NO_RECORD`](crate::session::NO_RECORD) if there is none. `None` in a message from an earlier version of the Worker,
    /// which doesn't understand what a verdict says of sessions: while a new version is rolled out, both run.
    pub version: Option<i64>,
    /// The session that begins if the password matches.
    pub session: Option<NewSession>,
}

/// Why an attempt has no verdict.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttemptError {
    /// The database failed, before or after the password was verified.
    #[error(transparent)]
    Sql(#[from] SqlError),
    /// The password could not be verified. Nothing was counted.
    #[error(transparent)]
    NoMemory(#[from] NoMemory),
}

/// The guard's answer to an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "snake_case", deny_unknown_fields)]
pub enum Verdict {
    /// The password matches the hash.
    Match {
        /// The object's number for the login, which is a part of its `sid`. An object of an earlier version has none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        number: Option<i64>,
    },
    /// The password does not match the hash.
    Mismatch {},
    /// Nothing was verified or counted, because the record was changed since: the attempt has to be made again with the
    /// changed one.
    Outdated {
        /// What the record is now.
        newest: Newest,
    },
    /// Nothing was verified, because there were too many failures before.
    Throttled {
        /// How many seconds to wait before the next attempt.
        retry_after: u32,
        /// What holds for the account's other networks, if these have to wait too.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        elsewhere: Option<Elsewhere>,
    },
}

#[derive(Serialize, Deserialize)]
struct Message<'a> {
    /// Keeps the name that earlier versions know: while a new version is rolled out, both run.
    #[serde(rename = "bucketed")]
    buckets: BucketNames,
    hash: Cow<'a, str>,
    password: Cow<'a, str>,
    version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<NewSession>,
}

impl Attempt {
    /// Writes the attempt as a message for the guard object.
    ///
    /// # Errors
    /// [`MessageError`] if it can't be written.
    pub fn to_message(&self) -> Result<Zeroizing<String>, MessageError> {
        let buckets = self.buckets.clone();
        let (hash, password) = (self.hash.expose().into(), self.password.expose().into());
        let message = Message { buckets, hash, password, version: self.version, session: self.session.clone() };
        write_secret(&message, message.hash.len() + message.password.len())
    }

    /// Reads what [`to_message`](Self::to_message) wrote, inside the guard object.
    ///
    /// # Errors
    /// [`MessageError`] for anything else.
    pub fn from_message(message: &str) -> Result<Self, MessageError> {
        let message: Message = serde_json::from_str(message).map_err(|_| MessageError)?;
        Ok(Self {
            buckets: message.buckets,
            hash: StoredHash::parse(&message.hash).map_err(|_| MessageError)?,
            password: Password::new(message.password),
            version: message.version,
            session: message.session,
        })
    }

    /// Does the object's work, in one step that nothing interrupts. The attempt is refused, or its
    /// password is verified and what follows from that is written. `verify` is
    /// [`StoredHash::verify`], with the runtime's NFKC. `now` is in Unix milliseconds.
    ///
    /// The object's answer has to wait until what was written is on disk. If this ends early, for example
    /// in a panic, there is no answer, so nobody has learnt anything that was not counted.
    ///
    /// # Errors
    /// [`AttemptError`] if there is no verdict.
    pub fn process(
        &self,
        policy: &Policy,
        ledger: &Ledger<impl Sql>,
        verify: impl FnOnce(&StoredHash, &Password) -> Result<bool, NoMemory>,
        now: i64,
    ) -> Result<Verdict, AttemptError> {
        let Ledger { counter, sessions } = ledger;
        let counts = match counter.admit(&self.buckets, policy, now)? {
            Admission::Admitted(counts) => counts,
            Admission::Wait { millis, elsewhere } => {
                let elsewhere = elsewhere.filter(|_| self.version.is_some());
                return Ok(Verdict::Throttled { retry_after: seconds(millis), elsewhere });
            }
        };
        let account = &self.buckets.account;
        let floor = match self.version.map(|version| sessions.currency(account, version, now)).transpose()? {
            Some(Currency::Outdated(newest)) => return Ok(Verdict::Outdated { newest }),
            Some(Currency::Current(floor)) => Some(floor),
            None => None,
        };
        if verify(&self.hash, &self.password)? {
            counter.succeed(&self.buckets, &counts, policy, now)?;
            let begin = |floor| sessions.begin(account, floor, self.session.as_ref(), now);
            Ok(Verdict::Match { number: floor.map(begin).transpose()? })
        } else {
            counter.fail(&self.buckets, &counts, policy, now)?;
            Ok(Verdict::Mismatch {})
        }
    }
}

impl Verdict {
    /// Writes the verdict as a message for the Worker.
    ///
    /// # Errors
    /// [`MessageError`] if it can't be written.
    pub fn to_message(&self) -> Result<String, MessageError> {
        serde_json::to_string(self).map_err(|_| MessageError)
    }

    /// Reads what [`to_message`](Self::to_message) wrote.
    ///
    /// # Errors
    /// [`MessageError`] for anything else.
    pub fn from_message(message: &str) -> Result<Self, MessageError> {
        serde_json::from_str(message).map_err(|_| MessageError)
    }
}
