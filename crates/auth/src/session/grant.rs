//! The answer that carries tokens: of a login, a refresh, and a change of the password.

use chrono::{DateTime, Utc};
use guard::session::Sid;
use serde::Serialize;

use super::{cookie, error::SessionError, refresh_token::RefreshToken};
use crate::{
    config::Config,
    http::{RandomError, RequestContext, Response},
    platform::{Crypto, CryptoError},
    token::{Holder, IssueError},
};

/// A session that a client holds.
pub(crate) struct Granted {
    /// The session, unless the guard is of an older version.
    pub(crate) sid: Option<Sid>,
    /// Its refresh token, if it has one.
    pub(crate) refresh: Option<RefreshGrant>,
}

/// A refresh token for a client.
pub(crate) struct RefreshGrant {
    pub(crate) token: RefreshToken,
    /// When the session ends if nobody refreshes it.
    pub(crate) idle_until: DateTime<Utc>,
    /// When it ends in any case.
    pub(crate) ends: DateTime<Utc>,
}

/// Why there are no tokens.
#[derive(Debug)]
pub(crate) enum GrantError {
    Random(RandomError),
    Creation(IssueError),
    Crypto(CryptoError),
}

impl From<GrantError> for SessionError {
    fn from(error: GrantError) -> Self {
        match error {
            GrantError::Random(error) => Self::Random(error),
            GrantError::Creation(error) => Self::Creation(error),
            GrantError::Crypto(error) => Self::Crypto(error),
        }
    }
}

/// The answer of RFC 6749 §5.1. No access token outlives its session.
pub(crate) async fn grant(
    config: &Config,
    crypto: &impl Crypto,
    holder: &Holder,
    Granted { sid, refresh }: &Granted,
    context: &RequestContext<'_>,
) -> Result<Response, GrantError> {
    #[derive(Serialize)]
    struct Tokens<'a> {
        access_token: String,
        token_type: &'static str,
        username: &'a str,
        /// The access token's lifetime in seconds.
        expires_in: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        refresh_token: Option<String>,
        /// After how many seconds the refresh token is no longer good.
        #[serde(skip_serializing_if = "Option::is_none")]
        refresh_expires_in: Option<i64>,
    }
    let now = context.now;
    let ends = refresh.as_ref().map(|refresh| refresh.ends);
    let lifetime = ends.map_or(config.tokens.lifetime, |ends| config.tokens.lifetime.min(ends - now));
    let jti = context.random().map_err(GrantError::Random)?;
    let access_token = config.tokens.issue(crypto, holder, *sid, (now, lifetime), jti).await;
    let access_token = access_token.map_err(GrantError::Creation)?;
    let refresh_expires_in = refresh.as_ref().map(|refresh| (refresh.idle_until.min(refresh.ends) - now).num_seconds());
    let refresh_token = refresh.as_ref().map(|refresh| refresh.token.sign(&config.refresh_key));
    let (refresh_token, cookie) = if config.refresh_in_cookie { (None, refresh_token) } else { (refresh_token, None) };
    let response = Response::json(
        200,
        &Tokens {
            access_token,
            token_type: "bearer",
            username: holder.username.as_str(),
            expires_in: lifetime.num_seconds(),
            refresh_token,
            refresh_expires_in,
        },
    );
    Ok(match cookie.zip(refresh_expires_in) {
        Some((token, seconds)) => response.with("set-cookie", cookie::set(&token, seconds)),
        None => response,
    })
}
