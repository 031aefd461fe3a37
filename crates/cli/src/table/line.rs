//! A row and where it stands.

use super::{rejection::Rejection, row::UserRow};

/// A row of the table.
pub(crate) struct Line {
    /// The line at which the row starts, counted from 1.
    pub(crate) number: u64,
    pub(crate) row: Result<UserRow, Rejection>,
}
