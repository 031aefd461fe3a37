//! Tables of users as other systems export them: CSV or JSON Lines, read row by row. A row becomes a
//! [`UserRow`] that can be stored, or it is rejected with a reason.

mod bounded;
mod columns;
mod csv;
mod error;
mod jsonl;
mod line;
mod newlines;
mod read;
mod rejected;
mod rejection;
mod row;
#[cfg(test)]
mod tests;
mod time;

pub(crate) use self::{
    columns::{Given, Headings, Role},
    error::TableError,
    line::{Line, RejectedRow, UserRow},
    read::{Table, open, read},
    rejected::Rejected,
    rejection::Rejection,
};
