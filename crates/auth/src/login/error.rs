//! Why nobody was logged in, and what of it the log may show.

use jwt_compact::CreationError;
use passwords::HashError;

use super::grant::FieldError;
use crate::{
    http::{BodyError, RandomError, form::FormError},
    platform::{GuardError, StoreError},
};

/// Why nobody was logged in.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoginError {
    /// The body can't be read.
    Body(BodyError),
    /// The body can't be read as a form.
    Form(FormError),
    /// The form is not a password grant.
    Fields(Vec<FieldError>),
    /// The credentials are refused.
    Refused(Refusal),
    /// There were too many failures before.
    Throttled {
        /// How many seconds to wait.
        retry_after: u32,
    },
    /// The user store gave no answer.
    Store(StoreError),
    /// The guard gave no answer.
    Guard(GuardError),
    /// There was no randomness for the token.
    Random(RandomError),
    /// The token could not be signed.
    Token(CreationError),
}

/// Why credentials are refused. The client is never told which reason it was.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The password is not the user's.
    BadPassword,
    /// The password is longer than any password may be.
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

impl LoginError {
    /// The outcome's name in the log.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Body(_) | Self::Form(_) | Self::Fields(_) => "invalid_request",
            Self::Refused(Refusal::BadPassword) => "bad_password",
            Self::Refused(Refusal::OverlongPassword) => "overlong_password",
            Self::Refused(Refusal::UnknownUser) => "unknown_user",
            Self::Refused(Refusal::Disabled) => "disabled",
            Self::Refused(Refusal::BrokenHash(_) | Refusal::BrokenRecord(_)) => "broken_hash",
            Self::Throttled { .. } => "throttled",
            Self::Store(_) => "store_error",
            Self::Guard(_) => "guard_error",
            Self::Random(_) | Self::Token(_) => "token_error",
        }
    }

    /// What went wrong, where an operator has something to look into. No message quotes what a
    /// client sent or a store holds.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        match self {
            Self::Refused(Refusal::BrokenHash(error)) => Some(error.to_string()),
            Self::Refused(Refusal::BrokenRecord(error)) | Self::Store(error) => Some(error.to_string()),
            Self::Guard(error) => Some(error.to_string()),
            Self::Random(error) => Some(error.to_string()),
            Self::Token(error) => Some(error.to_string()),
            Self::Body(_) | Self::Form(_) | Self::Fields(_) | Self::Refused(_) | Self::Throttled { .. } => None,
        }
    }
}
