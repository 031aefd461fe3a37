//! The token in a request's header (RFC 6750 §2.1).

use zeroize::Zeroizing;

use super::error::SessionError;
use crate::http::Request;

/// The token of the header `Authorization`.
///
/// # Errors
/// [`SessionError::Anonymous`] if there is none.
pub(crate) fn bearer(request: &Request<'_>) -> Result<Zeroizing<String>, SessionError> {
    let header = Zeroizing::new(request.headers.get("authorization").ok_or(SessionError::Anonymous)?);
    let (scheme, token) = header.split_once(' ').ok_or(SessionError::Anonymous)?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(SessionError::Anonymous);
    }
    Ok(Zeroizing::new(token.trim_matches(' ').to_owned()))
}
