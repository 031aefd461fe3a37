//! Why a whole table is refused.

use std::io;

use super::{
    bounded::MAX_ROW,
    columns::{Headings, Role},
};

/// Why a table can't be read, or not to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TableError {
    #[error("{path} can't be read: {source}")]
    Read { path: String, source: io::Error },
    #[error("{0} is empty")]
    Empty(String),
    #[error("{0} is an Excel workbook or another archive: open it, and save the sheet with the users as CSV (UTF-8)")]
    Workbook(String),
    #[error(
        "{0} is a JSON array, but a table has one object per line (JSON Lines): convert it with \
         `jq -c '.[]' users.json > users.jsonl`"
    )]
    JsonArray(String),
    #[error(
        "{0} lists the rows that an import rejected. Correct these rows in the table that they come from, and import \
         that again"
    )]
    Rejected(String),
    #[error(
        "there is no column of {}: the first line must be a header such as `username,password_hash,disabled`, but it is \
         {header}. Accepted for usernames: {}. For hashes: {}. For who is disabled: {}",
        if *.missing == Role::Username { "usernames" } else { "password hashes" },
        Role::Username.accepted(),
        Role::PasswordHash.accepted(),
        Headings::accepted_for_disabled()
    )]
    Columns { missing: Role, header: String },
    #[error(
        "line {0} is neither CSV nor JSON Lines: it is not UTF-8, or it contains NULs. Save UTF-16 with a byte order mark"
    )]
    NotText(u64),
    #[error(
        "the row at line {line} is longer than {} KiB: a quote is not closed, or the file is not a table",
        MAX_ROW / 1024
    )]
    RowTooLong { line: u64 },
    #[error("the table can't be read beyond line {line}: {source}")]
    BrokeOff { line: u64, source: io::Error },
}
