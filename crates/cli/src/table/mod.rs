//! Tables of users as other systems export them: CSV or JSON Lines, read row by row. A row becomes a
//! [`UserRow`] that can be stored, or it is rejected with a reason.

mod bounded;
mod columns;
mod csv;
mod error;
mod jsonl;
mod line;
mod read;
mod rejection;
mod row;
#[cfg(test)]
mod tests;

pub(crate) use self::{
    error::TableError,
    line::Line,
    read::{Lines, open, read},
    rejection::Rejection,
    row::UserRow,
};
