use std::{io, process::ExitCode};

use crate::{
    exit_code, password::PasswordError, plan::UnusableMeasurements, store::StoreError, table::TableError,
    wrangler::WranglerError,
};

/// Why a command did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Wrangler(#[from] WranglerError),
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The names of users that an export leaves out.
    #[error(
        "the table is complete except for users whose record in KV is malformed: correct these records with wrangler, or delete \
         and add these users again: {}",
        .0.join(", ")
    )]
    LeftOut(Vec<String>),
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
    #[error("there is a user {0:?} already")]
    UserExists(String),
}

impl Error {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        |source| Self::Io { what, source }
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
            | Self::Table(TableError::Read { .. }) => exit_code::FAILED,
            Self::Table(_) | Self::Password(_) | Self::Username => exit_code::INVALID_INPUT,
            Self::Store(StoreError::NoUser(_)) | Self::UserExists(_) => exit_code::WRONG_USER,
            Self::Store(_) => exit_code::FAILED,
            Self::LeftOut(_) => exit_code::INCOMPLETE,
        }
        .into()
    }
}
