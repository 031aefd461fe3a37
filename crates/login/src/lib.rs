//! The login domain: a request and a clock reading go in, a response and a log line come out.
//!
//! ```text
//! serve ── routes ──┬─ health
//!                   └─ login ── body → form → grant ── Users::find ── Guard::attempt ── token
//! upgrade ── Users::refuses_upgrade ── Guard::hash ── Users::upgrade
//! ```
//!
//! Nothing here knows the Workers runtime: the clock, randomness, the environment, the user store
//! and the guard are arguments. What a platform has to bring is [`Body`], [`Users`] and [`Guard`].
//!
//! # Design
//! - **Parsed, not checked.** [`Config`], [`Username`], [`PasswordGrant`](grant::PasswordGrant),
//!   [`passwords::StoredHash`] can't hold what isn't allowed.
//! - **One mapping to the wire.** Errors are precise inside; [`LoginError`](error::LoginError)
//!   alone turns them into a status, a body and the name of an outcome.
//! - **Refusals look alike.** Unknown user, wrong password, disabled user, broken record: the same
//!   answer after the same work.

mod body;
pub mod config;
pub mod error;
pub mod form;
pub mod grant;
pub mod guard;
mod health;
mod keys;
mod log;
mod login;
mod request;
mod response;
mod routes;
mod serve;
pub mod sql;
mod token;
pub mod upgrade;
pub mod users;

pub use body::{BODY_TIMEOUT, Body, BodyError, MAX_BODY_BYTES};
pub use config::{Config, ConfigError, UserStore};
pub use guard::{Attempt, Guard, GuardError, Shard, Verdict};
pub use log::Level;
pub use request::{Client, Moment, Request};
pub use response::Response;
pub use serve::{Answer, Service, misconfigured, serve};
pub use upgrade::{Outcome, Replacement, Upgrade, upgrade};
pub use users::{StoreError, UserRecord, Username, Users};
