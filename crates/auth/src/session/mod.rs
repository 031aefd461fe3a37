//! Sessions: who a token belongs to, logging out, staying in with a refresh token, and telling services whether a
//! token is still good.
//!
//! ```text
//! me, list, introspect ── live ──┬─ presented ── Tokens::verify
//! logout, refresh ───────────────┘      (signature)
//!                                 └─ Guard::session, Users::find_newest (at the same time)
//! ```

mod account;
mod bearer;
mod begin;
mod client;
mod cookie;
mod end;
mod endpoint;
mod error;
mod form;
mod gate;
mod grant;
mod introspect;
mod list;
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

pub(crate) use account::Account;
pub(crate) use bearer::bearer;
pub(crate) use begin::{Begun, granted};
pub(crate) use cookie::{refuse_foreign_page, refuse_foreign_site};
pub(crate) use end::{end_everything, end_older, tell_guards};
pub(crate) use endpoint::{SessionEndpoint, answer};
pub(crate) use form::read_form;
pub(crate) use gate::count_guess;
pub(crate) use grant::{GrantError, grant};
pub(crate) use list::list_sessions;
pub(crate) use live::{Live, live};
pub(crate) use logout::LOGGED_OUT;
pub(crate) use refresh::{REFRESH_EVENT, refresh};
pub(crate) use regions::{all, ask_all};
