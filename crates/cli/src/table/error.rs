//! Why a whole table is refused.

use std::io;

use super::bounded::MAX_ROW;

/// Why a table can't be read, or not to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TableError {
    #[error("{path} can't be read: {source}")]
    Read { path: String, source: io::Error },
    #[error("{0} is empty")]
    Empty(String),
    #[error(
        "a column of usernames or of password hashes is missing: the first line must be a header such as \
         `username,password_hash`, but it is {0}"
    )]
    Columns(String),
    #[error("line {0} is neither CSV nor JSON Lines: it is not UTF-8, or it contains NULs")]
    NotText(u64),
    #[error(
        "the row at line {line} is longer than {} KiB: a quote is not closed, or the file is not a table",
        MAX_ROW / 1024
    )]
    RowTooLong { line: u64 },
    #[error("the table can't be read beyond line {line}: {source}")]
    BrokeOff { line: u64, source: io::Error },
}
