//! Opens a table and tells CSV from JSON Lines by the first character.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use super::{csv, error::TableError, jsonl, line::Line};

/// The rows of a table. There are none after an error.
pub(crate) type Lines<'a> = Box<dyn Iterator<Item = Result<Line, TableError>> + 'a>;

/// Opens a file, or standard input for `-`. Returns its size too, if it has one.
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

/// Reads a table row by row. Errors call it `name`.
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
