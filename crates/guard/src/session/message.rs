//! What the Worker asks a guard object about sessions, and the object's answers.

use serde::{Deserialize, Serialize};

use crate::message::MessageError;

/// What the Worker asks a guard object about an account's sessions. `account` is the account's name in
/// the guard's buckets. Times are in Unix milliseconds, lifetimes in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Question {
    /// Whether a token is still good. The answer is [`Answer::Alive`] or [`Answer::Dead`].
    IsAlive {
        /// The account.
        account: String,
        /// The token.
        token: TokenName,
    },
    /// Ends a token's session. The answer is [`Answer::Ended`], also if it was ended before.
    End {
        /// The account.
        account: String,
        /// The token.
        token: TokenName,
        /// When everything that this ends has expired.
        until: i64,
    },
    /// Ends everything that the account has, and tells of a change of its record. The same change may be told again: what
    /// began since goes on. The answer is [`Answer::Ended`].
    EndAll {
        /// The account.
        account: String,
        /// When everything that this ends has expired.
        until: i64,
        /// The change of the record, if it was changed. It is kept for an hour.
        change: Option<RecordChange>,
    },
    /// Names the version of a record once more, because a region may not know it: [`EndAll`](Self::EndAll) failed, or nobody
    /// knows whether it did. Ends what began before the change. The answer is [`Answer::Ended`].
    EndOlder {
        /// The account.
        account: String,
        /// When everything that this ends has expired.
        until: i64,
        /// The version of the record.
        version: i64,
        /// When the record was changed.
        changed: i64,
    },
    /// Asks for the next generation of a refresh token. The answer is [`Answer::Refreshed`] or
    /// [`Answer::Refused`].
    Refresh {
        /// The account.
        account: String,
        /// The session's number.
        number: i64,
        /// The token's generation.
        generation: u32,
        /// The keyed hash of the token's random bits.
        secret: String,
        /// The keyed hash of the client's network; empty if it is not known.
        network: String,
        /// The session's idle lifetime from now on.
        idle: i64,
        /// How long an access token lives.
        tokens: i64,
    },
    /// Forgets the account's failures to log in, because its owner has shown who they are. The networks that it trusts stay.
    /// The answer is [`Answer::Ended`].
    Forgive {
        /// The account.
        account: String,
    },
    /// Lists the account's sessions that have a refresh token. The answer is [`Answer::Sessions`].
    List {
        /// The account.
        account: String,
    },
}

/// A change of a user's record, as the guard is told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordChange {
    /// The version of the new record, or of the deletion.
    pub version: i64,
    /// What the record is now.
    pub newest: Newest,
}

/// Where the newest record of a user is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Newest {
    /// In the copy of the store that is written to, which can be asked.
    #[default]
    InStore,
    /// Here, as JSON: the store's copies lag, and there is no other to ask.
    Record(String),
    /// Nowhere: the user was deleted.
    Deleted,
}

/// By what an object knows a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TokenName {
    /// The number in the token's `sid`.
    Number(i64),
    /// For a token without `sid`.
    Digest {
        /// A digest of the signed bytes, in hexadecimal digits.
        digest: String,
        /// When the token was issued, by its `iat` or else by its `exp`.
        issued: i64,
    },
}

/// A session that a login begins, if refresh tokens are on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSession {
    /// The keyed hash of the refresh token's random bits.
    pub secret: String,
    /// The keyed hash of the client's network; empty if it is not known.
    pub network: String,
    /// The client's network and user agent, encrypted.
    pub client: String,
    /// After so many milliseconds without a refresh the session ends.
    pub idle: i64,
    /// After so many milliseconds the session ends.
    pub lifetime: i64,
    /// For so many milliseconds an access token lives.
    pub tokens: i64,
}

/// A guard object's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Answer {
    /// The token is good, as far as the object knows.
    Alive {
        /// The record, if it was changed within the last hour and the store's copies lag.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        change: Option<RecordChange>,
    },
    /// The token was ended.
    Dead {},
    /// What was to end has ended.
    Ended {},
    /// The session goes on.
    Refreshed {
        /// The generation that the client gets. It may be one that was given out before.
        generation: u32,
        /// When the session ends at the latest.
        ends: i64,
        /// When it ends if nobody refreshes it.
        idle_until: i64,
        /// The record, if it was changed within the last hour and the store's copies lag.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        change: Option<RecordChange>,
    },
    /// The session does not go on.
    Refused {
        /// Why.
        why: Refused,
    },
    /// The account's sessions, the latest first.
    Sessions {
        /// Each of them.
        sessions: Vec<SessionEntry>,
    },
}

/// Why a refresh was refused. The client is never told the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// There is no such session: it ended, or has expired.
    NoSession,
    /// An old token came again, so the session was ended.
    Reused,
    /// Tokens came twice too often, so the session was ended.
    Shared,
}

/// One session in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionEntry {
    /// The session's number.
    pub number: i64,
    /// The client's network and user agent at the login, encrypted.
    pub client: String,
    /// When a token was last refreshed, or else the login.
    pub refreshed: i64,
    /// When the session ends if nobody refreshes it.
    pub idle_until: i64,
}

impl Question {
    /// Writes the question as a message for the object.
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

impl Answer {
    /// Writes the answer as a message for the Worker.
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
