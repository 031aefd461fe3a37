//! The steps of `edge-login user import --sync`: what has to change so that the users of a service are those of a table, and
//! changing it.

mod here;
mod line;
mod named;
mod plan;
mod send;
mod share;
mod spool;

pub(crate) use self::{
    named::Named,
    plan::{Disabling, Plan},
    send::{Sent, send},
    share::Share,
};
