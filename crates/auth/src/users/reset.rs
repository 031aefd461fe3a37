//! `POST /api/users/{username}/reset`: a service asks for a token with which its user may set a new password.

use accounts::{
    Username,
    change::{Change, Condition, Edit, Outcome},
};
use serde::Serialize;
use zeroize::Zeroizing;

use super::error::UsersError;
use crate::{
    config::Config,
    http::{RequestContext, Response},
    platform::{Directory, Platform},
    reset::{ResetToken, reset_secret},
};

/// How long a token can't be replaced by another, in milliseconds. Otherwise somebody could keep making links void.
const LEAST_MS: i64 = 60 * 1000;

#[derive(Serialize)]
struct Issued<'a> {
    token: &'a str,
    expires_in: i64,
}

/// Issues a token. One that was issued before is void from then on.
pub(super) async fn issue(
    config: &Config,
    platform: &impl Platform,
    username: &Username,
    context: &RequestContext<'_>,
) -> Result<Response, UsersError> {
    let secret = Zeroizing::new(context.random().map_err(UsersError::Random)?);
    let token = ResetToken { username: username.clone(), secret };
    let now = context.now.timestamp_millis();
    let edit = Edit::Reset {
        secret: reset_secret(config, &token.secret),
        expires_at: now + config.reset_lifetime.num_milliseconds(),
    };
    let condition = Condition::NoResetSince(now - LEAST_MS);
    let change = Change { username: username.clone(), condition, edit };
    match platform.directory().change(&change).await.map_err(UsersError::Store)? {
        Outcome::VersionKept { .. } => {
            let token = token.sign(&config.reset_key);
            Ok(Response::json(200, &Issued { token: &token, expires_in: config.reset_lifetime.num_seconds() }))
        }
        Outcome::ConditionFailed { .. } => Err(UsersError::TooSoon),
        _ => Err(UsersError::NotFound),
    }
}
