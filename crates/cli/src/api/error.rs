//! Why the service API did not do what it was asked.

use crate::io_error::IoError;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("there is no service key, and no terminal to ask for it: set EDGE_LOGIN_KEY, or use --key-file")]
    NoKey,
    #[error("the service key has characters that no key has")]
    Key,
    #[error(transparent)]
    Io(#[from] IoError),
    #[error("the service can't be reached: {0}")]
    Unreachable(#[from] ureq::Error),
    #[error("the service does not know this key (401): its secret SERVICE_KEYS must have it")]
    UnknownKey,
    #[error("this key may only read (403)")]
    ReadOnly,
    #[error("there is no such user")]
    NoUser,
    #[error("the user was changed meanwhile, or exists already (412)")]
    ConditionFailed,
    #[error("the service refuses this (422): {0}")]
    Refused(String),
    #[error("the service gets too many requests (429), and wants no other for {0} seconds")]
    TooMany(u64),
    #[error("the service could not finish this (503). A change may have been made in part: run the command again")]
    Unavailable,
    #[error("the service answered {0}, which edge-login does not: check the address")]
    Unexpected(u16),
    #[error("the service's answer can't be read: {0}")]
    Answer(#[from] serde_json::Error),
}
