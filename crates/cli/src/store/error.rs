//! Why a store did not do what it was asked.

use std::io;

use accounts::Username;

use crate::wrangler::WranglerError;

#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error(transparent)]
    Wrangler(#[from] WranglerError),
    #[error("a temporary file can't be used: {0}")]
    Temporary(#[from] io::Error),
    #[error(transparent)]
    Malformed(#[from] MalformedUser),
    #[error("USER_STORE is {0:?}, but it must be d1 or kv: correct it, or name the store with --store")]
    UnknownStore(String),
    #[error("USERNAME_CASE is {0:?}, but it must be exact or lower")]
    UnknownCase(String),
    #[error("USER_STORE is only read from wrangler.toml: say which store with --store")]
    NotConfigured,
    #[error("USERNAME_CASE is only read from wrangler.toml: say which case in the environment, as USERNAME_CASE=exact")]
    CaseNotConfigured,
    #[error("wrangler.toml can't be read: {0}")]
    Config(String),
    #[error("{0} changed by others each time the import stored a change: run it again, and it continues there")]
    KeepsChanging(String),
    #[error("there is no user {0:?}")]
    NoUser(String),
}

/// A user whose record can't be read. The Worker refuses it too.
#[derive(Debug, thiserror::Error)]
#[error(
    "the record of {:?} is malformed, so the user can't log in: correct the record with wrangler, or delete the user \
     and add them again", .0.as_str()
)]
pub(crate) struct MalformedUser(pub(crate) Username);

impl StoreError {
    pub(crate) fn no_user(username: &Username) -> Self {
        Self::NoUser(username.as_str().to_owned())
    }
}
