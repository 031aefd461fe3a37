//! The steps of an import: tables of any length, each user once, in order, and on from where an
//! interruption left off.

mod journal;
mod loader;
mod names;
mod row;
mod sort;
mod subjects;
mod update;
mod users;

pub(crate) use self::{
    journal::Journal,
    loader::{Loaded, Loader},
    row::{Row, username_of},
    update::wanted,
    users::Users,
};
