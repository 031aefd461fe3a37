//! Why a command did not do what it was asked, gathered from all parts, and with which exit code.

use std::process::ExitCode;

use accounts::Username;

use crate::{
    api::ApiError,
    exit_code,
    figures::counted,
    io_error::IoError,
    password::PasswordError,
    plan::UnusableMeasurements,
    random::RandomError,
    signing_keys::SigningKeysError,
    store::StoreError,
    table::{Headings, TableError},
    wrangler::WranglerError,
};

#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error(transparent)]
    Wrangler(#[from] WranglerError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Api(#[from] ApiError),
    #[error(transparent)]
    Io(#[from] IoError),
    #[error(transparent)]
    Random(#[from] RandomError),
    #[error(transparent)]
    SigningKeys(#[from] SigningKeysError),
    #[error(transparent)]
    Table(#[from] TableError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error("a thread ended unexpectedly: this is a bug")]
    Panicked,
    #[error("{0}: this is a bug")]
    Measurements(#[from] UnusableMeasurements),
    #[error("a username must be 1 to 256 bytes without control characters")]
    Username,
    #[error(
        "no column says who is disabled, so all users would be enabled. Export such a column too ({}), or pass --all-enabled",
        Headings::accepted_for_disabled()
    )]
    NobodySaysWhoIsDisabled,
    #[error("there is already a user {0:?}")]
    UserExists(String),
    /// Users whom an export left out: how many, and the first of them.
    #[error(
        "{} not exported, because the record is malformed: {}{}. `edge-login user list` shows them all. Correct such a record \
         with wrangler, or delete the user and add them again",
        counted(*.count, "user is", "users are"),
        .first.iter().map(|username| format!("{:?}", username.as_str())).collect::<Vec<_>>().join(", "),
        if .first.len() as u64 == *.count { "" } else { ", …" }
    )]
    LeftOut { count: u64, first: Vec<Username> },
}

impl Error {
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Store(StoreError::NoUser(_)) | Self::UserExists(_) | Self::Api(ApiError::NoUser) => {
                exit_code::WRONG_USER
            }
            Self::Api(ApiError::Refused(_)) => exit_code::INVALID_INPUT,
            Self::Wrangler(_)
            | Self::Api(_)
            | Self::Store(_)
            | Self::Io(_)
            | Self::Random(_)
            | Self::SigningKeys(SigningKeysError::Io(_) | SigningKeysError::Random(_))
            | Self::Panicked
            | Self::Measurements(_)
            | Self::Table(TableError::Read { .. })
            | Self::Password(PasswordError::Read(_) | PasswordError::Random(_) | PasswordError::Memory) => {
                exit_code::FAILED
            }
            Self::SigningKeys(_)
            | Self::Table(_)
            | Self::Password(_)
            | Self::Username
            | Self::NobodySaysWhoIsDisabled => exit_code::INVALID_INPUT,
            Self::LeftOut { .. } => exit_code::INCOMPLETE,
        }
        .into()
    }
}
