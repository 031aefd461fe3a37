//! User tables as they come: CSV or JSON Lines, told apart by their first character, read a row at
//! a time. A row becomes a [`UserRow`] that can be stored, or is rejected with a reason.

mod bounded;
mod columns;
mod csv;
mod jsonl;
mod row;

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

pub(crate) use self::row::{Rejection, UserRow};

/// A row of the table, and where it stood.
pub(crate) struct Line {
    /// The line it starts at, from 1.
    pub(crate) number: u64,
    pub(crate) row: Result<UserRow, Rejection>,
}

/// Why a table can't be read, or not to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TableError {
    #[error("{path} can't be read: {source}")]
    Read { path: String, source: io::Error },
    #[error("{0} is empty")]
    Empty(String),
    #[error(
        "no column of usernames or none of password hashes: the first line should be a header such as \
         `username,password_hash`, but it is {0}"
    )]
    Columns(String),
    #[error("line {0} is neither CSV nor JSON Lines: it is no UTF-8, or has NULs in it")]
    NotText(u64),
    #[error("the row at line {line} is longer than {} KiB: a quote is left open, or the file is of another kind", bounded::MAX_ROW / 1024)]
    RowTooLong { line: u64 },
    #[error("the table breaks off at line {line}: {source}")]
    BrokeOff { line: u64, source: io::Error },
}

/// The rows of a table. After an error there are no more.
pub(crate) type Lines<'a> = Box<dyn Iterator<Item = Result<Line, TableError>> + 'a>;

/// Opens a file, or standard input for `-`. Gives its size too, if it has one.
pub(crate) fn open(path: &Path) -> Result<(Box<dyn Read>, Option<u64>), TableError> {
    if path.as_os_str() == "-" {
        return Ok((Box::new(io::stdin().lock()), None));
    }
    let failed = |source| TableError::Read { path: path.display().to_string(), source };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(failed(io::ErrorKind::IsADirectory.into()));
    }
    Ok((Box::new(file), metadata.is_file().then_some(metadata.len())))
}

/// Reads a table row by row. `name` is what to call it in errors.
pub(crate) fn read<'a>(input: impl Read + 'a, name: &str) -> Result<Lines<'a>, TableError> {
    let mut input = BufReader::with_capacity(64 * 1024, input);
    let start = input.fill_buf().map_err(|source| TableError::Read { path: name.to_owned(), source })?;
    // Spreadsheets write a byte order mark.
    let mark = if start.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let first = start.get(mark..).and_then(|start| start.iter().find(|byte| !byte.is_ascii_whitespace())).copied();
    input.consume(mark);
    match first {
        None => Err(TableError::Empty(name.to_owned())),
        Some(b'{') => Ok(Box::new(jsonl::rows(input))),
        Some(_) => Ok(Box::new(csv::rows(input)?)),
    }
}

#[cfg(test)]
mod tests;
