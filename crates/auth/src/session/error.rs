//! Why a request about a session failed, and what the log may say about it.

use guard::{MessageError, session::Refused};

use crate::{
    http::{BodyError, RandomError, form::FormError},
    platform::{CryptoError, GuardError, StoreError},
    token::IssueError,
};

/// Why a request about a session failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum SessionError {
    /// The endpoint is switched off.
    Off,
    /// There is no such session.
    NoSession,
    /// The body can't be read.
    Body(BodyError),
    /// The body can't be read as a form.
    Form(FormError),
    /// The form lacks something; the text says what.
    Invalid(&'static str),
    /// The form asks for another kind of grant.
    GrantType,
    /// The request has no token.
    Anonymous,
    /// The request's token is not good, or no longer.
    Token(Dead),
    /// The refresh token is not good, or no longer.
    Grant(Dead),
    /// The token to be revoked isn't one, so there is nothing to revoke.
    NothingToRevoke,
    /// The token that a service asks about is not good, or no longer.
    Inactive(Dead),
    /// The service that asks is unknown, or has another secret.
    Client,
    /// The page that sent the request may not use the cookie.
    Origin,
    /// The network sent too many tokens or secrets that were wrong.
    Throttled,
    /// The user store gave no answer.
    Store(StoreError),
    /// The guard gave no answer.
    Guard(GuardError),
    /// There was no randomness for the token.
    Random(RandomError),
    /// The token could not be signed.
    Creation(IssueError),
    /// What the guard keeps for the Worker could not be encrypted.
    Crypto(CryptoError),
}

/// Why a token is not good. The client is never told the reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Dead {
    /// It wasn't signed with the configured keys, or isn't a token at all.
    Forged,
    /// It has expired.
    Expired,
    /// It names an object that doesn't serve its account, because the regions or the shards were changed.
    Moved,
    /// It was ended.
    Ended,
    /// The user is gone.
    Gone,
    /// The user is disabled.
    Disabled,
    /// The password, or whether the user is disabled, was changed after the token was issued.
    Changed,
    /// The record is that of another user: its subject is not the token's.
    Other,
    /// It is not the last refresh token of its session.
    Refused(Refused),
}

impl Dead {
    /// The outcome's name in the log.
    #[must_use]
    pub fn outcome(self) -> &'static str {
        match self {
            Self::Forged => "forged",
            Self::Expired => "expired",
            Self::Moved => "moved",
            Self::Ended | Self::Refused(Refused::NoSession) => "ended",
            Self::Gone => "unknown_user",
            Self::Disabled => "disabled",
            Self::Changed => "changed",
            Self::Other => "other_user",
            Self::Refused(Refused::Reused) => "reused",
            Self::Refused(Refused::Shared) => "shared",
        }
    }
}

impl SessionError {
    /// The outcome's name in the log.
    #[must_use]
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Body(BodyError::Crowded) => "overloaded",
            Self::Off
            | Self::NoSession
            | Self::Body(_)
            | Self::Form(_)
            | Self::Invalid(_)
            | Self::GrantType
            | Self::Anonymous => "invalid_request",
            Self::Token(dead) | Self::Grant(dead) | Self::Inactive(dead) => dead.outcome(),
            Self::NothingToRevoke => Dead::Forged.outcome(),
            Self::Client => "unknown_client",
            Self::Origin => "foreign_origin",
            Self::Throttled => "throttled",
            Self::Store(_) => "store_error",
            Self::Guard(_) => "guard_error",
            Self::Random(_) | Self::Creation(_) | Self::Crypto(_) => "token_error",
        }
    }

    /// What went wrong, if it is something for an operator to look into. No message quotes what a client sent or
    /// what a store holds.
    #[must_use]
    pub fn fault(&self) -> Option<String> {
        match self {
            Self::Store(error) => Some(error.to_string()),
            Self::Guard(error) => Some(error.to_string()),
            Self::Random(error) => Some(error.to_string()),
            Self::Creation(error) => Some(error.to_string()),
            Self::Crypto(error) => Some(error.to_string()),
            _ => None,
        }
    }

    /// Whether a secret or a signature was wrong. This alone counts at the gate.
    pub(crate) fn is_guess(&self) -> bool {
        matches!(
            self,
            Self::Client
                | Self::NothingToRevoke
                | Self::Token(Dead::Forged)
                | Self::Grant(Dead::Forged)
                | Self::Inactive(Dead::Forged)
        )
    }

    /// The guard answered something that doesn't fit the question.
    pub(super) fn misunderstood() -> Self {
        Self::Guard(GuardError::Message(MessageError))
    }
}
