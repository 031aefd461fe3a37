//! Why a password was not reset, and what the log may say about it.

use accounts::new_password::RefusedPassword;

use crate::{session::SessionError, users::UsersError};

/// Why a password was not reset.
#[derive(Debug)]
#[non_exhaustive]
pub enum ResetError {
    /// The request, or a part of the service, is at fault.
    Session(SessionError),
    /// The token was not issued here, has expired, or was used, replaced or made void.
    Token,
    /// The new password is too short, too long, easily guessed, or known from a breach. The token stays good.
    New(RefusedPassword),
    /// The password could not be stored.
    Users(UsersError),
}

impl ResetError {
    /// The outcome's name in the log.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Session(error) => error.outcome(),
            Self::Token => "void",
            Self::New(_) => "refused_password",
            Self::Users(error) => error.outcome(),
        }
    }

    /// What went wrong, if it is something for an operator to look into.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        match self {
            Self::Session(error) => error.fault(),
            Self::Users(error) => error.fault(),
            Self::Token | Self::New(_) => None,
        }
    }
}

impl From<SessionError> for ResetError {
    fn from(error: SessionError) -> Self {
        Self::Session(error)
    }
}

impl From<RefusedPassword> for ResetError {
    fn from(error: RefusedPassword) -> Self {
        Self::New(error)
    }
}
