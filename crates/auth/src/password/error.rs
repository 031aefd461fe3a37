//! Why a password was not changed, and what the log may say about it.

use accounts::new_password::RefusedPassword;

use crate::{login::LoginError, session::SessionError};

/// Why a password was not changed.
#[derive(Debug)]
#[non_exhaustive]
pub enum PasswordError {
    /// The request, its token, or a part of the service is at fault.
    Session(SessionError),
    /// The new password is too short, too long, or easily guessed.
    New(RefusedPassword),
    /// The old password was refused, or could not be verified.
    Attempt(LoginError),
    /// The record was changed at the same time.
    ChangedMeanwhile,
}

impl PasswordError {
    /// The outcome's name in the log.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Session(error) => error.outcome(),
            Self::New(_) => "refused_password",
            Self::Attempt(error) => error.outcome(),
            Self::ChangedMeanwhile => "changed_meanwhile",
        }
    }

    /// What went wrong, if it is something for an operator to look into.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        match self {
            Self::Session(error) => error.fault(),
            Self::Attempt(error) => error.fault(),
            Self::New(_) | Self::ChangedMeanwhile => None,
        }
    }
}

impl From<SessionError> for PasswordError {
    fn from(error: SessionError) -> Self {
        Self::Session(error)
    }
}

impl From<LoginError> for PasswordError {
    fn from(error: LoginError) -> Self {
        Self::Attempt(error)
    }
}

impl From<RefusedPassword> for PasswordError {
    fn from(error: RefusedPassword) -> Self {
        Self::New(error)
    }
}
