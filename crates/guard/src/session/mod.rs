//! Sessions: what a guard object knows of the tokens that were issued after its verdicts.

mod message;
mod sid;

pub use message::{Answer, NewSession, Question, Refused, SessionEntry, TokenName};
pub use sid::Sid;
