//! Why a request about users failed, and what the log may say about it.

use super::invalid::Invalid;
use crate::{
    http::{BodyError, RandomError},
    platform::{GuardError, StoreError},
    session::SessionError,
};

/// Why a request about users failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum UsersError {
    /// No service may manage users.
    Off,
    /// The request has no key.
    Anonymous,
    /// Nobody has this key.
    Key,
    /// The network sent too many wrong keys.
    Throttled,
    /// The key is one that only reads.
    ReadOnly,
    /// The body can't be read.
    Body(BodyError),
    /// The body, the path or the query has something that can't be.
    Invalid(Vec<Invalid>),
    /// A header asks for a condition that there is not.
    Condition(&'static str),
    /// There is no such user.
    NotFound,
    /// A reset was asked for a moment ago.
    TooSoon,
    /// The condition does not hold. The version is that of the record, unless there is no such user.
    ConditionFailed(Option<i64>),
    /// The user store gave no answer.
    Store(StoreError),
    /// The guard gave no answer.
    Guard(GuardError),
    /// There was no randomness for a salt.
    Random(RandomError),
    /// The user's sessions could not be listed or ended.
    Session(SessionError),
}

impl UsersError {
    /// The outcome's name in the log.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Body(BodyError::Crowded) => "overloaded",
            Self::Off | Self::Anonymous | Self::Body(_) | Self::Invalid(_) | Self::Condition(_) => "invalid_request",
            Self::Key => "unknown_key",
            Self::Throttled | Self::TooSoon => "throttled",
            Self::ReadOnly => "read_only_key",
            Self::NotFound => "unknown_user",
            Self::ConditionFailed(_) => "condition_failed",
            Self::Store(_) => "store_error",
            Self::Guard(_) | Self::Random(_) => "guard_error",
            Self::Session(error) => error.outcome(),
        }
    }

    /// What went wrong, if it is something for an operator to look into. No message quotes what a service sent or what
    /// a store holds.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        match self {
            Self::Store(error) => Some(error.to_string()),
            Self::Guard(error) => Some(error.to_string()),
            Self::Random(error) => Some(error.to_string()),
            Self::Session(error) => error.fault(),
            _ => None,
        }
    }
}

impl From<SessionError> for UsersError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Guard(error) => Self::Guard(error),
            error => Self::Session(error),
        }
    }
}
