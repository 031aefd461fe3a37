//! Why a login failed, and what the log may say about it.

use passwords::HashError;

use super::grant::FieldError;
use crate::{
    http::{BodyError, RandomError, form::FormError},
    platform::{CryptoError, GuardError, StoreError},
    session::{GrantError, SessionError},
    token::IssueError,
};

/// Why a login failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoginError {
    /// The body can't be read.
    Body(BodyError),
    /// The body can't be read as a form.
    Form(FormError),
    /// The form is not a password grant.
    Fields(Vec<FieldError>),
    /// The form was a refresh, which was refused.
    Refresh(SessionError),
    /// The credentials were refused.
    Refused(Refusal),
    /// There were too many failures before, or too many attempts.
    Throttled {
        /// How many seconds to wait before the next attempt.
        retry_after: u32,
    },
    /// The user store gave no answer.
    Store(StoreError),
    /// The guard gave no answer.
    Guard(GuardError),
    /// The user's record was changed a moment ago, and no copy of it is new enough.
    Outdated,
    /// There was no randomness for the token.
    Random(RandomError),
    /// The token could not be signed.
    Token(IssueError),
    /// What the guard keeps of the client could not be encrypted.
    Crypto(CryptoError),
}

/// Why credentials were refused. The client is never told the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The password is not the user's.
    BadPassword,
    /// The password has more than 4,096 bytes.
    OverlongPassword,
    /// No user has this name.
    UnknownUser,
    /// The user is disabled.
    Disabled,
    /// The user's hash can't be used.
    BrokenHash(HashError),
    /// The user's record can't be read.
    BrokenRecord(StoreError),
}

impl From<GrantError> for LoginError {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::Random(error) => Self::Random(error),
            GrantError::Creation(error) => Self::Token(error),
            GrantError::Crypto(error) => Self::Crypto(error),
        }
    }
}

impl LoginError {
    /// The outcome's name in the log.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Body(BodyError::Crowded) => "overloaded",
            Self::Body(_) | Self::Form(_) | Self::Fields(_) => "invalid_request",
            Self::Refresh(error) => error.outcome(),
            Self::Refused(Refusal::BadPassword) => "bad_password",
            Self::Refused(Refusal::OverlongPassword) => "overlong_password",
            Self::Refused(Refusal::UnknownUser) => "unknown_user",
            Self::Refused(Refusal::Disabled) => "disabled",
            Self::Refused(Refusal::BrokenHash(_) | Refusal::BrokenRecord(_)) => "broken_hash",
            Self::Throttled { .. } => "throttled",
            Self::Store(_) | Self::Outdated => "store_error",
            Self::Guard(_) => "guard_error",
            Self::Random(_) | Self::Token(_) | Self::Crypto(_) => "token_error",
        }
    }

    /// What went wrong, if it is something for an operator to look into. No message quotes what a
    /// client sent or what a store holds.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        match self {
            Self::Refused(Refusal::BrokenHash(error)) => Some(error.to_string()),
            Self::Refused(Refusal::BrokenRecord(error)) | Self::Store(error) => Some(error.to_string()),
            Self::Guard(error) => Some(error.to_string()),
            Self::Refresh(error) => error.fault(),
            Self::Outdated => Some("the store has no copy of the user's record that is new enough".to_owned()),
            Self::Random(error) => Some(error.to_string()),
            Self::Token(error) => Some(error.to_string()),
            Self::Crypto(error) => Some(error.to_string()),
            Self::Body(_) | Self::Form(_) | Self::Fields(_) | Self::Refused(_) | Self::Throttled { .. } => None,
        }
    }
}
