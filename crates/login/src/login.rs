//! `POST /api/user/login`.

use passwords::StoredHash;
use serde::Serialize;

use crate::{
    body::{self, Body},
    config::Config,
    error::{LoginError, Refusal},
    form::Form,
    grant::PasswordGrant,
    guard::{Attempt, Guard},
    log::LoginLine,
    request::{Moment, Request},
    response::Response,
    shard::Shard,
    users::{StoreError, UserRecord, Username, Users},
};

/// The longest password that is hashed. Beyond it a password only costs work.
const MAX_PASSWORD_BYTES: usize = 4096;

#[derive(Serialize)]
struct Success<'a> {
    access_token: String,
    token_type: &'static str,
    username: &'a str,
    /// The token's lifetime in seconds (RFC 6749 §5.1).
    expires_in: i64,
}

/// Answers one attempt, and fills in its log line.
pub(crate) async fn login(
    config: &Config,
    (users, guard): (&impl Users, &impl Guard),
    request: &Request,
    body: impl Body,
    moment: Moment,
    line: &mut LoginLine<'_>,
) -> Response {
    match attempt(config, (users, guard), request, body, moment, line).await {
        Ok(response) => response,
        Err(error) => {
            line.outcome = error.outcome();
            line.error = error.fault();
            error.response()
        }
    }
}

async fn attempt(
    config: &Config,
    (users, guard): (&impl Users, &impl Guard),
    request: &Request,
    body: impl Body,
    moment: Moment,
    line: &mut LoginLine<'_>,
) -> Result<Response, LoginError> {
    let body = body::read(request, body).await.map_err(LoginError::Body)?;
    let form = Form::parse(request.content_type.as_deref(), &body).map_err(LoginError::Form)?;
    let PasswordGrant { username, password } = PasswordGrant::parse(&form).map_err(LoginError::Fields)?;
    line.user = Some(format!("{:016x}", u64::from_be_bytes(config.pseudonyms.of(&username))));
    if password.expose().len() > MAX_PASSWORD_BYTES {
        return Err(LoginError::Refused(Refusal::OverlongPassword));
    }

    let candidate = candidate(users, &username).await.map_err(LoginError::Store)?;
    line.format = candidate.as_ref().ok().map(|hash| hash.format().name());
    let (hash, refusal) = match candidate {
        Ok(hash) => (hash, None),
        Err(refusal) => (StoredHash::dummy(), Some(refusal)),
    };

    let shard = Shard::of(&username, &config.shards, &request.client);
    let verdict = guard.attempt(shard, Attempt { hash, password }).await.map_err(LoginError::Guard)?;
    match refusal {
        Some(refusal) => return Err(LoginError::Refused(refusal)),
        None if !verdict.matches => return Err(LoginError::Refused(Refusal::BadPassword)),
        None => {}
    }

    let access_token = config.tokens.issue(&username, moment.now, moment.random).map_err(LoginError::Token)?;
    let expires_in = config.tokens.lifetime.num_seconds();
    Ok(Response::json(200, &Success { access_token, token_type: "bearer", username: &username, expires_in }))
}

/// The hash to verify against, or why there is none. A username that can't be a key is looked up
/// all the same, under a name nobody has.
async fn candidate(users: &impl Users, username: &str) -> Result<Result<StoredHash, Refusal>, StoreError> {
    let Some(username) = Username::parse(username) else {
        return users.find(&Username::nobody()).await.map(|_| Err(Refusal::UnknownUser));
    };
    Ok(match users.find(&username).await {
        Ok(None) => Err(Refusal::UnknownUser),
        Ok(Some(UserRecord { disabled: true, .. })) => Err(Refusal::Disabled),
        Ok(Some(record)) => StoredHash::parse(&record.password_hash).map_err(Refusal::BrokenHash),
        Err(error @ StoreError::Malformed) => Err(Refusal::BrokenRecord(error)),
        Err(error) => return Err(error),
    })
}
