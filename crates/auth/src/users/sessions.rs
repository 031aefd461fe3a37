//! `/api/users/{username}/sessions`: where a user is logged in, and logging the user out.

use accounts::Username;
use chrono::{DateTime, Utc};

use super::error::UsersError;
use crate::{
    config::Config,
    http::Response,
    platform::{Directory, Platform},
    session::{Account, end_everything, list_sessions},
};

pub(super) async fn list(
    config: &Config,
    platform: &impl Platform,
    username: &Username,
) -> Result<Response, UsersError> {
    platform.directory().read(username).await.map_err(UsersError::Store)?.record.ok_or(UsersError::NotFound)?;
    Ok(list_sessions(config, platform, &Account::of(config, username.as_str()), None).await?)
}

/// Ends everything that began before. A user who is not there may have been, so nothing is looked up.
pub(super) async fn end(
    config: &Config,
    platform: &impl Platform,
    username: &Username,
    now: DateTime<Utc>,
) -> Result<Response, UsersError> {
    end_everything(config, &platform.guard(), &Account::of(config, username.as_str()), None, now).await?;
    Ok(Response::empty(204))
}
