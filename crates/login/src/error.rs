//! How a login can fail, and the one place that says what of it the wire and the log may show.

use jwt_compact::CreationError;
use passwords::HashError;
use serde::Serialize;

use crate::{
    body::BodyError, form::FormError, grant::FieldError, guard::GuardError, response::Response, users::StoreError,
};

/// Why nobody was logged in.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoginError {
    /// The body can't be read.
    Body(BodyError),
    /// The body is no form.
    Form(FormError),
    /// The form is no password grant.
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
    /// The token could not be signed.
    Token(CreationError),
}

/// Why credentials are refused. The client is never told which.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// The password is not the user's.
    BadPassword,
    /// The password is longer than any can be.
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
    /// The answer: a status, headers and a body.
    #[must_use]
    pub fn response(&self) -> Response {
        match self {
            Self::Body(BodyError::TooLarge) => Response::detail(413, "Request body too large"),
            // RFC 9110 §15.5.9.
            Self::Body(BodyError::TimedOut) => Response::detail(408, "Request body took too long"),
            Self::Body(BodyError::Interrupted) => Response::detail(400, "There was an error parsing the body"),
            Self::Form(error) => Response::detail(400, error.to_string()),
            Self::Fields(errors) => Response::detail(422, errors),
            Self::Refused(_) => {
                #[derive(Serialize)]
                struct Refused {
                    detail: &'static str,
                    error: &'static str,
                }
                // RFC 6749 §5.2 and RFC 6750 §3.
                Response::json(401, &Refused { detail: "Incorrect username or password", error: "invalid_grant" })
                    .with("www-authenticate", "Bearer")
            }
            // RFC 6585 §4.
            Self::Throttled { retry_after } => {
                Response::detail(429, "Too many login attempts").with("retry-after", retry_after.to_string())
            }
            Self::Store(_) | Self::Guard(_) => {
                Response::detail(503, "Service temporarily unavailable").with("retry-after", "5")
            }
            Self::Token(_) => Response::detail(500, "Internal Server Error"),
        }
    }

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
            Self::Token(_) => "token_error",
        }
    }

    /// For what an operator has to look into: what went wrong. None of these texts quotes what a
    /// client sent or a store holds.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        match self {
            Self::Refused(Refusal::BrokenHash(error)) => Some(error.to_string()),
            Self::Refused(Refusal::BrokenRecord(error)) | Self::Store(error) => Some(error.to_string()),
            Self::Guard(error) => Some(error.to_string()),
            Self::Token(error) => Some(error.to_string()),
            Self::Body(_) | Self::Form(_) | Self::Fields(_) | Self::Refused(_) | Self::Throttled { .. } => None,
        }
    }
}
