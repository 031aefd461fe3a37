//! The refresh token in a cookie that no script can read, if `REFRESH_IN_COOKIE` is on.

use zeroize::Zeroizing;

use super::error::SessionError;
use crate::{config::Config, http::Request};

/// The prefix makes browsers refuse the cookie unless this very host has set it, over TLS (RFC 6265bis §4.1.3.2).
const NAME: &str = "__Host-refresh";
/// What a browser may do with it. A page of another site never sends it.
const ATTRIBUTES: &str = "Path=/; Secure; HttpOnly; SameSite=Strict";

/// Demands that a request comes from a page which may use the cookie, because browsers send the cookie by themselves.
/// Browsers name the page's origin with every `POST`.
///
/// # Errors
/// [`SessionError::Origin`] for any other request.
pub(super) fn demand_origin(config: &Config, request: &Request<'_>) -> Result<(), SessionError> {
    if !config.refresh_in_cookie || is_ours(config, request, request.headers.get("origin").as_deref()) {
        return Ok(());
    }
    Err(SessionError::Origin)
}

/// Refuses a page that may not use the cookie: it could log its visitor in as somebody else. Clients that are no browser
/// name no origin, and keep no cookie.
///
/// # Errors
/// [`SessionError::Origin`] for such a page.
pub(crate) fn refuse_foreign_page(config: &Config, request: &Request<'_>) -> Result<(), SessionError> {
    if request.headers.get("origin").is_none() { Ok(()) } else { demand_origin(config, request) }
}

/// Refuses a page of another site that isn't configured, whether or not there is a cookie: it could use up its visitors'
/// sign-ups. Browsers say where a request comes from (Fetch Metadata, `Sec-Fetch-Site`).
///
/// # Errors
/// [`SessionError::Origin`] for such a page.
pub(crate) fn refuse_foreign_site(config: &Config, request: &Request<'_>) -> Result<(), SessionError> {
    let is_foreign = request.headers.get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    if is_foreign && !is_ours(config, request, request.headers.get("origin").as_deref()) {
        return Err(SessionError::Origin);
    }
    refuse_foreign_page(config, request)
}

fn is_ours(config: &Config, request: &Request<'_>, origin: Option<&str>) -> bool {
    origin.is_some_and(|origin| origin == request.origin || config.origins.has(origin))
}

/// The token that a browser has sent.
pub(super) fn read(request: &Request<'_>) -> Option<Zeroizing<String>> {
    let cookies = Zeroizing::new(request.headers.get("cookie")?);
    let token = cookies.split(';').find_map(|cookie| cookie.trim().strip_prefix(NAME)?.strip_prefix('='))?;
    Some(Zeroizing::new(token.to_owned()))
}

/// The header `Set-Cookie` for a token that is good for so many seconds.
pub(super) fn set(token: &str, seconds: i64) -> String {
    format!("{NAME}={token}; Max-Age={seconds}; {ATTRIBUTES}")
}

/// The header `Set-Cookie` that removes it.
pub(super) fn clear() -> String {
    set("", 0)
}
