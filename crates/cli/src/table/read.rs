//! Opens a table, and tells by its beginning what kind it is.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read},
    path::Path,
};

use encoding_rs_io::DecodeReaderBytesBuilder;

use super::{
    bounded::MAX_ROW,
    columns::Headings,
    csv::{self, CsvRows},
    error::TableError,
    jsonl::JsonRows,
    line::Line,
    newlines::Newlines,
};

type Input<'a> = Box<dyn Read + 'a>;

/// The rows of a table. There are none after an error.
pub(crate) enum Table<'a> {
    Csv(Box<CsvRows<Input<'a>>>),
    Json(JsonRows<Input<'a>>),
}

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

/// Reads a table row by row, at `now` in Unix seconds. Errors call it `name`.
pub(crate) fn read<'a>(input: impl Read + 'a, name: &str, now: i64) -> Result<Table<'a>, TableError> {
    let failed = |source| TableError::Read { path: name.to_owned(), source };
    let mut input = BufReader::with_capacity(64 * 1024, input);
    let start = input.fill_buf().map_err(failed)?;
    if is_workbook(start) {
        return Err(TableError::Workbook(name.to_owned()));
    }
    let mut input = BufReader::new(Newlines::new(decoded(input)));
    // The first line that is not blank; a blank one counts as a line, too.
    let mut first_line = Vec::new();
    while first_line.trim_ascii().is_empty() {
        let left = u64::try_from((MAX_ROW + 1).saturating_sub(first_line.len())).unwrap_or(u64::MAX);
        if input.by_ref().take(left).read_until(b'\n', &mut first_line).map_err(failed)? == 0 {
            return Err(TableError::Empty(name.to_owned()));
        }
    }
    let whole: Input<'a> = Box::new(Cursor::new(first_line.clone()).chain(input));
    match first_line.trim_ascii_start().first() {
        Some(b'[') => Err(TableError::JsonArray(name.to_owned())),
        Some(b'{') => Ok(Table::Json(JsonRows::new(whole, now))),
        _ => Ok(Table::Csv(Box::new(CsvRows::new(whole, csv::delimiter(&first_line), name, now)?))),
    }
}

impl Table<'_> {
    /// The columns, as far as the table has been read.
    pub(crate) fn headings(&self) -> &Headings {
        match self {
            Self::Csv(rows) => &rows.headings,
            Self::Json(rows) => &rows.headings,
        }
    }
}

impl Iterator for Table<'_> {
    type Item = Result<Line, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Csv(rows) => rows.next(),
            Self::Json(rows) => rows.next(),
        }
    }
}

/// Whether these are the first bytes of an Excel workbook: a ZIP file, or before 2007 an OLE file.
fn is_workbook(start: &[u8]) -> bool {
    start.starts_with(b"PK\x03\x04") || start.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
}

/// The text in UTF-8, without a byte order mark. Only a mark says that a text is UTF-16, as Excel and
/// PowerShell write it. Bytes that are not UTF-8 stay as they are, so that a single row is rejected.
fn decoded<'a>(input: impl Read + 'a) -> impl Read + 'a {
    DecodeReaderBytesBuilder::new().utf8_passthru(true).strip_bom(true).bom_override(true).build(input)
}
