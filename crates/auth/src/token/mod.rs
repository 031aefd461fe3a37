//! Access tokens: JSON Web Tokens (RFC 7519), signed with HS256 or with a key whose public half everyone may have.

mod issue;
mod keys;
mod object;
mod verify;

use accounts::UsernameCase;
use chrono::TimeDelta;

pub(crate) use issue::Holder;
pub use issue::IssueError;
pub use keys::TokenKeys;
pub use verify::{AccessToken, TokenError};

use crate::keys::Mac;

/// Issues access tokens, and verifies them.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub(crate) keys: TokenKeys,
    /// How long a token lives. No token that lives longer is taken.
    pub(crate) lifetime: TimeDelta,
    pub(crate) issuer: Option<String>,
    pub(crate) audience: Option<String>,
    pub(crate) username_case: UsernameCase,
    /// Makes the digests by which the guard knows tokens without `sid`.
    pub(crate) digests: Mac,
}
