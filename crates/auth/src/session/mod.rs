//! Sessions: who a token belongs to, logging out, staying in with a refresh token, and telling services whether a
//! token is still good.
//!
//! ```text
//! me, list, introspect ── live ──┬─ presented ── access_token
//! logout, refresh ───────────────┘      (signature)
//!                                 └─ Guard::session, Users::find_newest (at the same time)
//! ```

mod access_token;
mod account;
mod bearer;
mod begin;
mod client;
mod end;
mod endpoint;
mod error;
mod grant;
mod introspect;
mod list;
#[allow(dead_code)]
mod live;
mod logout;
mod me;
mod metadata;
mod presented;
mod refresh;
mod refresh_token;
mod regions;

pub use error::{Dead, SessionError};
pub use refresh_token::RefreshToken;

pub(crate) use begin::{Begun, granted};
pub(crate) use endpoint::{SessionEndpoint, answer};
pub(crate) use grant::{GrantError, grant};
pub(crate) use logout::LOGGED_OUT;
pub(crate) use refresh::{REFRESH_EVENT, refresh};
