//! Rehashing: after a login succeeded with an old hash, and its response was sent, a new hash of the
//! same password replaces the old one.

use accounts::Username;
use chrono::{DateTime, Utc};
use guard::{
    HashRequest, Shard,
    rehash::{Outcome, Replacement},
};
use passwords::{Password, StoredHash};
use serde::Serialize;

use crate::{
    config::Config,
    http::{RandomError, RequestContext},
    log::{Level, LogLine, rfc3339},
    platform::{Guard, GuardError, Platform, RehashStore, StoreError},
};

/// What is needed to replace an old hash after a login.
#[derive(Debug)]
pub struct Rehash {
    pub(crate) username: Username,
    /// The hash that the password matched.
    pub(crate) old: StoredHash,
    pub(crate) password: Password,
    /// The guard object that verified it.
    pub(crate) shard: Shard,
}

/// Why a rehash failed. The user's next login tries again.
#[derive(Debug, thiserror::Error)]
enum RehashError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Guard(#[from] GuardError),
    #[error(transparent)]
    Random(#[from] RandomError),
}

/// The fields of the log line. There is none for a username, a password or a hash.
#[derive(Debug, Serialize)]
struct RehashFields {
    event: &'static str,
    #[serde(serialize_with = "rfc3339")]
    time: DateTime<Utc>,
    outcome: &'static str,
    /// The keyed hash of the username, the same as in the lines of the user's logins.
    user: String,
    /// The format of the old hash.
    format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Has a new hash computed and stored. Returns the line to log.
pub(crate) async fn rehash(
    config: &Config,
    platform: &impl Platform,
    rehash: Rehash,
    context: &RequestContext<'_>,
) -> Option<LogLine> {
    let (username, old) = (rehash.username.clone(), rehash.old.clone());
    let outcome = replace(platform, rehash, context).await;
    line(config, &username, &old, outcome, context.now)
}

async fn replace(
    platform: &impl Platform,
    Rehash { username, old, password, shard }: Rehash,
    context: &RequestContext<'_>,
) -> Result<Outcome, RehashError> {
    let store = platform.rehash();
    if let Some(outcome) = store.refusal(&username).await? {
        return Ok(outcome);
    }
    let request = HashRequest { password, salt: context.random()? };
    let new = platform.guard().hash(shard, request).await?;
    Ok(store.replace(&Replacement { username, old, new }).await?)
}

/// The log line for a replacement that left the queue. `now` is when it was written, or failed to be.
#[must_use]
pub fn dequeued(
    config: &Config,
    replacement: &Replacement,
    outcome: Result<Outcome, StoreError>,
    now: DateTime<Utc>,
) -> Option<LogLine> {
    line(config, &replacement.username, &replacement.old, outcome.map_err(RehashError::Store), now)
}

fn line(
    config: &Config,
    username: &Username,
    old: &StoredHash,
    outcome: Result<Outcome, RehashError>,
    time: DateTime<Utc>,
) -> Option<LogLine> {
    let level = if outcome.is_err() { Level::Error } else { Level::Info };
    let name = match &outcome {
        Ok(Outcome::Ok) => "ok",
        Ok(Outcome::Queued) => "queued",
        Ok(Outcome::ChangedMeanwhile) => "changed_meanwhile",
        Ok(Outcome::OverQuota) => "over_quota",
        Err(RehashError::Store(_)) => "store_error",
        Err(RehashError::Guard(_) | RehashError::Random(_)) => "guard_error",
    };
    let fields = RehashFields {
        // Operators' log queries use this name, so it stays.
        event: "upgrade",
        time,
        outcome: name,
        user: config.pseudonyms.pseudonym(username.as_str()),
        format: old.format().name(),
        error: outcome.err().map(|error| error.to_string()),
    };
    LogLine::new(level, &fields)
}
