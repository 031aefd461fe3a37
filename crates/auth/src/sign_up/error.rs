//! Why nobody signed up, and what the log may say about it.

use crate::{
    http::{BodyError, form::FormError},
    login::FieldError,
    platform::{GuardError, OutsideError},
    session::SessionError,
    users::UsersError,
};

/// Why nobody signed up.
#[derive(Debug)]
#[non_exhaustive]
pub enum SignUpError {
    /// Nobody may sign up.
    Off,
    /// The page that sent the form is of an origin that isn't configured.
    Origin(SessionError),
    /// The network has signed up too often, or asks too often.
    Throttled {
        /// How many seconds to wait.
        retry_after: u32,
    },
    /// The body can't be read.
    Body(BodyError),
    /// The body is not a form.
    Form(FormError),
    /// Fields are missing or wrong.
    Fields(Vec<FieldError>),
    /// The challenge was not solved.
    Challenge,
    /// Turnstile gave no answer.
    Turnstile(OutsideError),
    /// Somebody has the name.
    Taken,
    /// The guard made no hash.
    Guard(GuardError),
    /// The user could not be stored.
    Users(UsersError),
}

impl SignUpError {
    /// The outcome's name in the log.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Off | Self::Body(_) | Self::Form(_) | Self::Fields(_) => "invalid_request",
            Self::Origin(error) => error.outcome(),
            Self::Throttled { .. } => "throttled",
            Self::Challenge => "unsolved",
            Self::Turnstile(_) => "challenge_error",
            Self::Taken => "taken",
            Self::Guard(_) => "guard_error",
            Self::Users(error) => error.outcome(),
        }
    }

    /// What went wrong, if it is something for an operator to look into.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        match self {
            Self::Origin(error) => error.fault(),
            Self::Turnstile(error) => Some(format!("Turnstile: {error}")),
            Self::Guard(error) => Some(error.to_string()),
            Self::Users(error) => error.fault(),
            _ => None,
        }
    }
}
