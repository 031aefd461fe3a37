//! The SQLite of a Durable Object, as the domain uses it.

/// A database that runs statements one by one, each at once.
pub trait Sql {
    /// Runs a statement with `?1`, `?2`, … bound; gives its rows, all of integers.
    ///
    /// # Errors
    /// The database failed: the statement did nothing.
    fn run(&self, statement: &str, values: &[SqlValue<'_>]) -> Result<Vec<Vec<i64>>, SqlError>;

    /// The same for rows that are all of texts.
    ///
    /// # Errors
    /// The database failed: the statement did nothing.
    fn texts(&self, statement: &str, values: &[SqlValue<'_>]) -> Result<Vec<Vec<String>>, SqlError>;
}

/// A value for a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SqlValue<'a> {
    /// A text.
    Text(&'a str),
    /// An integer; times are below 2^53.
    Integer(i64),
}

/// What the database said when it failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the object's database failed: {0}")]
pub struct SqlError(pub String);
