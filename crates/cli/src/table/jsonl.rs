//! JSON Lines: one object per line.

use std::io::{BufRead, BufReader, Read};

use serde_json::{Map, Value};

use super::{
    bounded::{Bounded, RowLength},
    columns::Columns,
    error::TableError,
    line::Line,
    rejection::Rejection,
    row::UserRow,
};

pub(super) fn rows(input: impl Read) -> impl Iterator<Item = Result<Line, TableError>> {
    let (input, length) = Bounded::new(input);
    let mut input = BufReader::new(input);
    let mut number = 0;
    let mut ended = false;
    std::iter::from_fn(move || {
        while !ended {
            number += 1;
            match line(&mut input, &length, number) {
                Ok(None) => return None,
                Ok(Some(line)) if line.trim_ascii().is_empty() => {}
                Ok(Some(line)) => return Some(Ok(Line { number, row: row(&line) })),
                Err(error) => {
                    ended = true;
                    return Some(Err(error));
                }
            }
        }
        None
    })
}

fn line(input: &mut impl BufRead, length: &RowLength, number: u64) -> Result<Option<Vec<u8>>, TableError> {
    length.reset();
    let mut line = Vec::new();
    match input.read_until(b'\n', &mut line) {
        Ok(0) => Ok(None),
        Ok(_) => Ok(Some(line)),
        Err(_) if length.is_exceeded() => Err(TableError::RowTooLong { line: number }),
        Err(source) => Err(TableError::BrokeOff { line: number, source }),
    }
}

fn row(line: &[u8]) -> Result<UserRow, Rejection> {
    let line = std::str::from_utf8(line).map_err(|_| Rejection::NotUtf8)?;
    let object: Map<String, Value> =
        serde_json::from_str(line).map_err(|error| Rejection::NotJson { column: error.column() })?;
    let mut fields = Vec::with_capacity(object.len());
    for (name, value) in object {
        let text = match value {
            Value::String(text) => text,
            Value::Bool(flag) => flag.to_string(),
            Value::Number(number) => number.to_string(),
            // A null counts as missing, and other columns may hold anything.
            Value::Null | Value::Array(_) | Value::Object(_) => continue,
        };
        fields.push((name.to_ascii_lowercase(), text));
    }
    let position = |wanted: &str| fields.iter().position(|(name, _)| name == wanted);
    let missing =
        if position("username").or(position("email")).is_none() { Rejection::NoUsername } else { Rejection::NoHash };
    let columns = Columns::find(position).ok_or(missing)?;
    UserRow::parse(&columns, |position| fields.get(position).map(|(_, text)| text.as_str()))
}
