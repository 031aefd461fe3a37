//! CSV (RFC 4180) with a header.

use std::io::Read;

use ::csv::{ByteRecord, Error, ErrorKind, ReaderBuilder};

use super::{
    bounded::{Bounded, RowLength},
    columns::Columns,
    error::TableError,
    line::Line,
    rejection::Rejection,
    row::UserRow,
};

pub(super) fn rows(input: impl Read) -> Result<impl Iterator<Item = Result<Line, TableError>>, TableError> {
    let (input, length) = Bounded::new(input);
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(input);
    let header = reader.byte_headers().map_err(|error| broke_off(error, &length, 1))?.clone();
    let columns = columns(&header)?;
    let mut last_line = 1;
    let mut ended = false;
    Ok(std::iter::from_fn(move || {
        if ended {
            return None;
        }
        length.reset();
        let mut record = ByteRecord::new();
        match reader.read_byte_record(&mut record) {
            Ok(false) => None,
            Ok(true) => {
                let number = record.position().map_or(last_line, ::csv::Position::line);
                last_line = reader.position().line();
                let row = row(&record, &columns, header.len()).map_err(|rejection| match last_line - number {
                    // The reader is now at the line after the row.
                    0 | 1 => rejection,
                    lines => Rejection::ManyLines(lines),
                });
                Some(Ok(Line { number, row }))
            }
            Err(error) => {
                ended = true;
                Some(Err(broke_off(error, &length, last_line)))
            }
        }
    }))
}

fn columns(header: &ByteRecord) -> Result<Columns<usize>, TableError> {
    let mut names = Vec::new();
    for name in header {
        let name = std::str::from_utf8(name).ok().filter(|name| !name.contains('\0')).ok_or(TableError::NotText(1))?;
        names.push(name.trim().to_ascii_lowercase());
    }
    let position = |wanted: &str| names.iter().position(|name| name == wanted);
    Columns::find(position).ok_or_else(|| {
        // This line might be a user's, with a hash. Names of columns are short words.
        let is_header = names.iter().all(|name| name.len() <= 40 && !name.contains(['$', ':']));
        let shown = if is_header { format!("`{}`", names.join(",")) } else { "no header".to_owned() };
        TableError::Columns(shown.chars().take(400).collect())
    })
}

fn row(record: &ByteRecord, columns: &Columns<usize>, expected: usize) -> Result<UserRow, Rejection> {
    if record.len() != expected {
        return Err(Rejection::FieldCount { found: record.len(), expected });
    }
    if record.iter().any(|field| std::str::from_utf8(field).is_err()) {
        return Err(Rejection::NotUtf8);
    }
    UserRow::parse(columns, |position| record.get(position).and_then(|field| std::str::from_utf8(field).ok()))
}

fn broke_off(error: Error, length: &RowLength, line: u64) -> TableError {
    if length.is_exceeded() {
        return TableError::RowTooLong { line };
    }
    match error.into_kind() {
        ErrorKind::Io(source) => TableError::BrokeOff { line, source },
        other => TableError::BrokeOff { line, source: std::io::Error::other(format!("{other:?}")) },
    }
}
