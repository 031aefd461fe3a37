//! CSV (RFC 4180) with a header, whose fields may be separated by semicolons, tabs or pipes too.

use std::io::Read;

use ::csv::{ByteRecord, Error, ErrorKind, Reader, ReaderBuilder};

use super::{
    bounded::{Bounded, RowLength},
    columns::{Columns, Headings},
    error::TableError,
    line::{Line, RejectedRow, UserRow},
    rejected,
    rejection::Rejection,
    row::{Field, Fields},
};

const DELIMITERS: [u8; 4] = *b",;\t|";

/// The delimiter with which a header has most columns that are used.
pub(super) fn delimiter(header: &[u8]) -> u8 {
    let used = |delimiter: &u8| {
        let mut reader = ReaderBuilder::new().delimiter(*delimiter).from_reader(header);
        reader
            .byte_headers()
            .ok()
            .and_then(|header| names(header).ok())
            .map_or(0, |names| Columns::find(&names).count())
    };
    // The first one of the best.
    DELIMITERS.into_iter().rev().max_by_key(used).unwrap_or(b',')
}

/// The rows after the header.
pub(crate) struct CsvRows<R> {
    reader: Reader<Bounded<R>>,
    length: RowLength,
    names: Vec<String>,
    columns: Columns,
    pub(super) headings: Headings,
    last_line: u64,
    ended: bool,
    now: i64,
}

impl<R: Read> CsvRows<R> {
    pub(super) fn new(input: R, delimiter: u8, name: &str, now: i64) -> Result<Self, TableError> {
        let (input, length) = Bounded::new(input);
        let mut reader = ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(input);
        let header = reader.byte_headers().map_err(|error| broke_off(error, &length, 1))?;
        let names = names(header)?;
        if names.iter().map(String::as_str).eq(rejected::HEADER) {
            return Err(TableError::Rejected(name.to_owned()));
        }
        let columns = Columns::find(&names);
        if let Some(missing) = columns.missing() {
            return Err(TableError::Columns { missing, header: shown(&names, delimiter) });
        }
        let mut headings = Headings::default();
        headings.add(&names, &columns);
        let last_line = reader.position().line();
        Ok(Self { reader, length, names, columns, headings, last_line, ended: false, now })
    }

    fn row(&self, record: &ByteRecord) -> Result<UserRow, RejectedRow> {
        let (found, expected) = (record.len(), self.names.len());
        if found != expected {
            return Err(Rejection::FieldCount { found, expected }.into());
        }
        if record.iter().any(|field| std::str::from_utf8(field).is_err()) {
            return Err(Rejection::NotUtf8.into());
        }
        let field = |position| {
            let text = record.get(position).and_then(|field| std::str::from_utf8(field).ok());
            text.map_or(Field::Empty, Field::Text)
        };
        Fields { names: &self.names, columns: &self.columns, field }.user(self.now)
    }
}

impl<R: Read> Iterator for CsvRows<R> {
    type Item = Result<Line, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        self.length.reset();
        let mut record = ByteRecord::new();
        match self.reader.read_byte_record(&mut record) {
            Ok(false) => None,
            Ok(true) => {
                // The reader is now behind the row's last line, if that line has an end. The position of a record
                // would count from the blank lines before it.
                self.last_line = self.reader.position().line();
                let inner_ends = record.as_slice().split(|byte| *byte == b'\n').skip(1).count();
                let lines = inner_ends as u64 + u64::from(!self.length.is_cut_off());
                let number = self.last_line.saturating_sub(lines);
                let row = self.row(&record).map_err(|rejected| match lines {
                    0 | 1 => rejected,
                    _ => RejectedRow {
                        // A name with a line break is one that swallowed what follows, maybe a hash.
                        username: rejected.username.filter(|name| !name.contains('\n')),
                        column: None,
                        rejection: Rejection::ManyLines(lines),
                        ..rejected
                    },
                });
                Some(Ok(Line { number, row }))
            }
            Err(error) => {
                self.ended = true;
                Some(Err(broke_off(error, &self.length, self.last_line)))
            }
        }
    }
}

/// The names of the columns, in lower case.
fn names(header: &ByteRecord) -> Result<Vec<String>, TableError> {
    let name = |name: &[u8]| {
        let name = std::str::from_utf8(name).ok().filter(|name| !name.contains('\0')).ok_or(TableError::NotText(1))?;
        Ok(name.trim().to_ascii_lowercase())
    };
    header.iter().map(name).collect()
}

/// The header, for a message. The line might be a user's, with a hash: names of columns are short words.
fn shown(names: &[String], delimiter: u8) -> String {
    let is_header = names.iter().all(|name| name.len() <= 40 && !name.contains(['$', ':']));
    let shown = if is_header {
        format!("`{}`", names.join(&char::from(delimiter).to_string()))
    } else {
        "no header".to_owned()
    };
    shown.chars().take(400).collect()
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
