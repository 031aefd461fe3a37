//! Sessions: what a guard object knows of the tokens that were issued after its verdicts.

mod book;
mod message;
mod rotation;
mod sid;
mod table;

pub(crate) use book::Currency;
pub use book::{MAX_ENDED, MAX_SESSIONS, NO_RECORD, SessionBook};
pub use message::{Answer, NewSession, Newest, Question, RecordChange, Refused, SessionEntry, TokenName};
pub use sid::Sid;
