//! The HTTP side of edge-login: a request goes in, a response and log lines come out.
//!
//! ```text
//! serve ── routes ──┬─ health
//!                   ├─ docs
//!                   ├─ login ── body → form → grant ── Users::find ── Guard::attempt ── token
//!                   ├─ session ── token ── Guard::session, Users::find_newest
//!                   ├─ sign_up ── form ── Guard::sign_up ── Directory::change
//!                   ├─ reset ── token ── Directory::change ── Guard::session
//!                   ├─ users ── service key ── Directory::change ── Guard::session
//!                   └─ password ── session ── the login's attempt ── Directory::change ── Guard::session
//! after_response ── rehash ── RehashStore::refusal ── Guard::hash ── RehashStore::replace
//! home ── guard::home::Home, tell_guards, HomePlatform::write
//! ```
//!
//! Nothing here knows the Workers runtime. The clock, randomness, the environment, the user store
//! and the guard are arguments. A platform has to implement [`Platform`], [`Body`](http::Body) and
//! [`Headers`](http::Headers).
//!
//! # Design
//! - **Parse, don't validate.** [`Config`], [`accounts::Username`],
//!   [`PasswordGrant`](login::PasswordGrant) and [`passwords::StoredHash`] can't hold an invalid
//!   value.
//! - **One mapping to responses.** Each feature has a precise error type, and [`Error`] alone turns
//!   them into a status, headers and a body.
//! - **Refusals look alike.** An unknown user, a wrong password, a disabled user and a broken record
//!   get the same answer, after one verification each.

mod after;
mod config;
mod docs;
mod error;
mod health;
pub mod home;
pub mod http;
mod introspection_clients;
mod jwks;
mod keys;
mod log;
pub mod login;
mod new_password;
pub mod password;
pub mod platform;
mod rehash;
pub mod reset;
mod sealed;
mod serve;
mod service_keys;
pub mod session;
pub mod sign_up;
mod sign_up_policy;
mod signing_key;
mod timing_key;
mod timings;
pub mod token;
pub mod users;

pub use after::{After, after_response};
pub use config::{ASSETS, Config, ConfigError, Variable, WeakSecret};
pub use error::Error;
pub use keys::EncryptionKey;
pub use log::{Level, LogLine};
pub use platform::Platform;
pub use rehash::{Rehash, dequeued};
pub use serve::{Handled, misconfigured, serve};
pub use signing_key::{KeyState, SignatureAlgorithm, SigningKey, SigningKeys, SigningKeysError};
pub use timings::{Part, Timings};
