use std::{io, process::ExitCode};

use accounts::Username;

use crate::{password::PasswordError, plan::UnusableMeasurements, table::TableError, wrangler::WranglerError};

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Wrangler(#[from] WranglerError),
    #[error("{what}: {source}")]
    Io { what: String, source: io::Error },
    #[error("a thread ended unexpectedly: this is a bug")]
    Panicked,
    #[error("{0}: this is a bug")]
    Measurements(#[from] UnusableMeasurements),
    #[error("there is no memory for a hash")]
    Memory,
    #[error("no randomness is to be had: {0}")]
    Random(getrandom::Error),
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error("a username is 1 to 256 bytes without control characters")]
    Username,
    #[error("there is no user {0:?}")]
    NoUser(String),
    #[error("there is a user {0:?} already")]
    UserExists(String),
}

impl Error {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        |source| Self::Io { what, source }
    }

    pub(crate) fn no_user(username: &Username) -> Self {
        Self::NoUser(username.as_str().to_owned())
    }

    /// As listed in `edge-login --help`.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Wrangler(_)
            | Self::Io { .. }
            | Self::Panicked
            | Self::Measurements(_)
            | Self::Memory
            | Self::Random(_)
            | Self::Table(TableError::Read { .. }) => 1,
            Self::Table(_) | Self::Password(_) | Self::Username => 3,
            Self::NoUser(_) | Self::UserExists(_) => 4,
        }
        .into()
    }
}
