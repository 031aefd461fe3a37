//! What makes a table of any length go in, once, in order: see [`sort`] and [`journal`].

mod filling;
mod journal;
mod rejected;
mod row;
mod sort;

pub(crate) use self::{
    filling::Filling,
    journal::Journal,
    rejected::Rejected,
    row::SortedRow,
    sort::{Sorted, Sorter},
};
