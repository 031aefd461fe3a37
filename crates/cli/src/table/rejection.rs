//! Why a row can't be used.

use passwords::HashError;

/// Why a row can't be used. It quotes no hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Rejection {
    #[error("the row is not a JSON object: the error is at column {column}")]
    NotJson { column: usize },
    #[error("the row has {found} {}, but the header has {expected}", if *.found == 1 { "field" } else { "fields" })]
    FieldCount { found: usize, expected: usize },
    #[error("the row is not UTF-8")]
    NotUtf8,
    #[error("the row spans {0} lines: a closing quote may be missing")]
    ManyLines(u64),
    #[error("there is no username")]
    NoUsername,
    #[error("the username must be 1 to 256 bytes without control characters")]
    Username,
    #[error("there is no password hash")]
    NoHash,
    #[error("the password hash contains control characters")]
    ControlInHash,
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error("the column {column} must be true or false, but it is {value:?}")]
    Flag { column: &'static str, value: String },
    #[error("the column {column} must be a Unix time in whole seconds, but it is {value:?}")]
    Time { column: &'static str, value: String },
    #[error("the username is already in line {0}")]
    Duplicate(u64),
}
