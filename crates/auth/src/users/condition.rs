//! The condition of a change, in a request's headers (RFC 9110 §13.1).

use accounts::change::Condition;

use super::error::UsersError;
use crate::http::Request;

/// The condition of `If-Match` or `If-None-Match`.
///
/// # Errors
/// [`UsersError::Condition`] if there are both, or `If-None-Match` is not `*`.
pub(super) fn condition(request: &Request<'_>) -> Result<Condition, UsersError> {
    match (request.headers.get("if-match"), request.headers.get("if-none-match")) {
        (None, None) => Ok(Condition::Always),
        (Some(tags), None) if tags.trim() == "*" => Ok(Condition::Present),
        // A tag that is no version, or a weak one, matches nothing (§13.1.1).
        (Some(tags), None) => Ok(Condition::Version(tags.split(',').filter_map(version).collect())),
        (None, Some(tags)) if tags.trim() == "*" => Ok(Condition::Absent),
        (None, Some(_)) => Err(UsersError::Condition("If-None-Match must be *")),
        (Some(_), Some(_)) => Err(UsersError::Condition("If-Match and If-None-Match exclude each other")),
    }
}

/// The entity tag of a version.
pub(crate) fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

fn version(tag: &str) -> Option<i64> {
    let digits = tag.trim().strip_prefix('"')?.strip_suffix('"')?;
    digits.parse().ok().filter(|version| etag(*version) == tag.trim())
}
