//! `/api/users`: services create, change and delete users, each with a key of its own.
//!
//! ```text
//! endpoint ── key ── one, page, many ── body → change ── Directory::change ── tell the guards
//!                └── sessions ── Guard::session
//! ```

mod body;
mod change;
mod compare_and_set;
mod condition;
mod endpoint;
mod entry;
mod error;
mod invalid;
mod many;
mod one;
mod page;
mod reset;
mod sessions;
mod username;

pub use compare_and_set::{Records, compare_and_set};
pub use error::UsersError;
pub use many::MAX_MANY_BYTES;

pub(crate) use change::{make, tell_again};
pub(crate) use condition::etag;
pub(crate) use endpoint::{UsersEndpoint, answer};
