//! `/api/users/{username}`: one user.

use accounts::{
    Username,
    change::{Change, Edit, Outcome, Stored},
};

use super::{
    body::{GivenUser, Members},
    change::make,
    condition::{condition, etag},
    entry::Entry,
    error::UsersError,
    invalid::Invalid,
};
use crate::{
    config::Config,
    http::{self, Body, Request, RequestContext, Response},
    log::RequestFields,
    platform::{Directory, Platform},
    session::Account,
};

pub(super) async fn get(platform: &impl Platform, username: &Username) -> Result<Response, UsersError> {
    let stored = platform.directory().read(username).await.map_err(UsersError::Store)?;
    entry(200, username, &stored)
}

pub(super) async fn put(
    config: &Config,
    platform: &impl Platform,
    username: &Username,
    request: &Request<'_>,
    body: impl Body,
    context: &RequestContext<'_>,
    fields: &mut RequestFields<'_>,
) -> Result<Response, UsersError> {
    let condition = condition(request)?;
    let mut given = user(username, body).await?;
    let missing = || UsersError::Invalid(vec![Invalid::missing("body", "password_hash")]);
    let hash = given.hash.take().ok_or_else(missing)?;
    let shard = Account::of(config, username.as_str()).nearest(config, request.client.continent.as_deref());
    let hash = hash.hash(config, platform, shard, context, fields).await?;
    let edit = Edit::Put(given.into_new_user(hash));
    let change = Change { username: username.clone(), condition, edit };
    let status = match make(config, platform, &change, context.now).await? {
        Outcome::Created { .. } => 201,
        outcome => changed(outcome)?,
    };
    written(platform, status, username).await
}

pub(super) async fn patch(
    config: &Config,
    platform: &impl Platform,
    username: &Username,
    request: &Request<'_>,
    body: impl Body,
    context: &RequestContext<'_>,
    fields: &mut RequestFields<'_>,
) -> Result<Response, UsersError> {
    let condition = condition(request)?;
    let mut given = user(username, body).await?;
    let hash = match given.hash.take() {
        Some(hash) => {
            let shard = Account::of(config, username.as_str()).nearest(config, request.client.continent.as_deref());
            Some(hash.hash(config, platform, shard, context, fields).await?)
        }
        None => None,
    };
    let change = Change { username: username.clone(), condition, edit: Edit::Patch(given.into_patch(hash)) };
    let status = changed(make(config, platform, &change, context.now).await?)?;
    written(platform, status, username).await
}

pub(super) async fn delete(
    config: &Config,
    platform: &impl Platform,
    username: &Username,
    request: &Request<'_>,
    context: &RequestContext<'_>,
) -> Result<Response, UsersError> {
    let change = Change { username: username.clone(), condition: condition(request)?, edit: Edit::Delete };
    match make(config, platform, &change, context.now).await? {
        // The first answer may have been lost.
        Outcome::Deleted { .. } | Outcome::Missing { deleted: Some(_) } => Ok(Response::empty(204)),
        outcome => changed(outcome).map(Response::empty),
    }
}

async fn user(username: &Username, body: impl Body) -> Result<GivenUser, UsersError> {
    let body = http::read(body).await.map_err(UsersError::Body)?;
    Members::read(&body)?.into_user(username)
}

/// The status of an answer to a change of a user who was there.
fn changed(outcome: Outcome) -> Result<u16, UsersError> {
    match outcome {
        Outcome::Created { .. }
        | Outcome::Changed { .. }
        | Outcome::VersionKept { .. }
        | Outcome::Unchanged { .. }
        | Outcome::Deleted { .. } => Ok(200),
        Outcome::Missing { .. } => Err(UsersError::NotFound),
        Outcome::ConditionFailed { version } => Err(UsersError::ConditionFailed(version)),
    }
}

/// The user after a change. Somebody else may have made another meanwhile.
async fn written(platform: &impl Platform, status: u16, username: &Username) -> Result<Response, UsersError> {
    let stored = platform.directory().read(username).await.map_err(UsersError::Store)?;
    entry(status, username, &stored)
}

fn entry(status: u16, username: &Username, stored: &Stored) -> Result<Response, UsersError> {
    let record = stored.record.as_ref().ok_or(UsersError::NotFound)?;
    let response = Response::json(status, &Entry::of(username, record, stored));
    Ok(response.with("etag", etag(stored.version.millis())))
}
