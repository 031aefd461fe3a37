//! The interface to the SQLite of a Durable Object, which the platform implements.

use std::borrow::Cow;

/// A database that runs one statement at a time, to completion.
pub trait Sql {
    /// Runs a statement with `?1`, `?2`, … bound to `values`, and returns its rows.
    ///
    /// # Errors
    /// [`SqlError::Failed`] if the database failed. The statement then changed nothing.
    fn query(&self, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, SqlError>;
}

/// A value that is bound to a statement, or a column of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value<'a> {
    /// SQL's `NULL`.
    Null,
    /// An integer. Durable Objects pass integers as doubles, so it must be within ±2^53.
    Integer(i64),
    /// A string.
    Text(Cow<'a, str>),
}

impl From<i64> for Value<'_> {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

/// A row: its columns, in the order that the statement gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row(pub Vec<Value<'static>>);

impl Row {
    /// The integer in a column. Columns are counted from 0.
    ///
    /// # Errors
    /// [`SqlError::Type`] if the column is missing or holds something else.
    pub fn integer(&self, column: usize) -> Result<i64, SqlError> {
        match self.0.get(column) {
            Some(Value::Integer(integer)) => Ok(*integer),
            _ => Err(SqlError::Type { column, expected: "an integer" }),
        }
    }

    /// The same, where the column may be `NULL`.
    ///
    /// # Errors
    /// [`SqlError::Type`] if the column is missing or holds something else.
    pub fn optional_integer(&self, column: usize) -> Result<Option<i64>, SqlError> {
        if self.is_null(column) { Ok(None) } else { self.integer(column).map(Some) }
    }

    /// The string in a column. Columns are counted from 0.
    ///
    /// # Errors
    /// [`SqlError::Type`] if the column is missing or holds something else.
    pub fn text(&self, column: usize) -> Result<&str, SqlError> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(text),
            _ => Err(SqlError::Type { column, expected: "a string" }),
        }
    }

    /// The same, where the column may be `NULL`.
    ///
    /// # Errors
    /// [`SqlError::Type`] if the column is missing or holds something else.
    pub fn optional_text(&self, column: usize) -> Result<Option<&str>, SqlError> {
        if self.is_null(column) { Ok(None) } else { self.text(column).map(Some) }
    }

    fn is_null(&self, column: usize) -> bool {
        matches!(self.0.get(column), Some(Value::Null))
    }
}

/// Why a statement returned no usable rows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SqlError {
    /// The database failed. The string is the reason that it gave.
    #[error("the object's database failed: {0}")]
    Failed(String),
    /// A column does not have the type that its table's definition gives it.
    #[error("column {column} of the object's database is not {expected}")]
    Type {
        /// The column, counted from 0.
        column: usize,
        /// What it should hold, with its article, for the message.
        expected: &'static str,
    },
}
