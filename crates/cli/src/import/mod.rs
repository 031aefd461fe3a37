//! The steps of an import: tables of any length, each user once, in order, and on from where an
//! interruption left off.

mod journal;
mod loader;
mod rejected;
mod row;
mod sort;

pub(crate) use self::{
    journal::Journal,
    loader::Loader,
    rejected::Rejected,
    row::SortedRow,
    sort::{Sorted, Sorter},
};
