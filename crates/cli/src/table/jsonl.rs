//! JSON Lines: one object per line.

use std::io::{BufRead, BufReader, Read};

use serde_json::{Map, Value};

use super::{
    bounded::{Bounded, RowLength},
    columns::{Columns, Headings},
    error::TableError,
    line::{Line, RejectedRow, UserRow},
    rejection::Rejection,
    row::{Field, Fields},
};

/// The rows, each with its own columns.
pub(crate) struct JsonRows<R> {
    input: BufReader<Bounded<R>>,
    length: RowLength,
    pub(super) headings: Headings,
    number: u64,
    ended: bool,
    now: i64,
}

/// The value of a field.
enum Cell {
    Text(String),
    Null,
    /// An array or object, as JSON.
    Nested(String),
}

impl<R: Read> JsonRows<R> {
    pub(super) fn new(input: R, now: i64) -> Self {
        let (input, length) = Bounded::new(input);
        Self { input: BufReader::new(input), length, headings: Headings::default(), number: 0, ended: false, now }
    }

    /// The next line that is not blank.
    fn line(&mut self) -> Result<Option<Vec<u8>>, TableError> {
        loop {
            self.number += 1;
            self.length.reset();
            let (mut line, number) = (Vec::new(), self.number);
            match self.input.read_until(b'\n', &mut line) {
                Ok(0) => return Ok(None),
                Ok(_) if line.trim_ascii().is_empty() => {}
                Ok(_) => return Ok(Some(line)),
                Err(_) if self.length.is_exceeded() => return Err(TableError::RowTooLong { line: number }),
                Err(source) => return Err(TableError::BrokeOff { line: number, source }),
            }
        }
    }

    fn row(&mut self, line: &[u8]) -> Result<UserRow, RejectedRow> {
        let line = std::str::from_utf8(line).map_err(|_| Rejection::NotUtf8)?;
        let object: Map<String, Value> =
            serde_json::from_str(line).map_err(|error| Rejection::NotJson { column: error.column() })?;
        let (names, cells): (Vec<String>, Vec<Cell>) =
            object.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), Cell::from(value))).unzip();
        let columns = Columns::find(&names);
        self.headings.add(&names, &columns);
        let field = |position: usize| match cells.get(position) {
            Some(Cell::Text(text)) => Field::Text(text),
            Some(Cell::Nested(json)) => Field::Nested(json),
            Some(Cell::Null) | None => Field::Empty,
        };
        Fields { names: &names, columns: &columns, field }.user(self.now)
    }
}

impl<R: Read> Iterator for JsonRows<R> {
    type Item = Result<Line, TableError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.line() {
            Ok(None) => None,
            Ok(Some(line)) => Some(Ok(Line { number: self.number, row: self.row(&line) })),
            Err(error) => {
                self.ended = true;
                Some(Err(error))
            }
        }
    }
}

impl From<Value> for Cell {
    fn from(value: Value) -> Self {
        match value {
            Value::String(text) => Self::Text(text),
            Value::Bool(flag) => Self::Text(flag.to_string()),
            Value::Number(number) => Self::Text(number.to_string()),
            Value::Null => Self::Null,
            Value::Array(_) | Value::Object(_) => Self::Nested(value.to_string()),
        }
    }
}
