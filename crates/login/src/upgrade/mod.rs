//! Upgrades: a login that succeeded with an old hash has the password itself at hand, so a new hash
//! of it is stored, after the answer was sent. The new one takes the old one's place only while that
//! is still there: a password that was changed meanwhile stays changed.
//!
//! - [`queue`]: where upgrades of users in KV wait, which can't compare and write in one step.

pub mod queue;

use chrono::{DateTime, Utc};
use passwords::{Password, StoredHash};
use serde::{Deserialize, Serialize};

pub use queue::Queue;

use crate::{
    config::Config,
    guard::{Guard, GuardError, Hashing, Shard},
    keys::pseudonym,
    log::{Level, UpgradeLine, logged},
    request::Moment,
    serve::Service,
    users::{StoreError, Username, Users},
};

/// What a login with an old hash leaves to be done.
#[derive(Debug)]
pub struct Upgrade {
    pub(crate) username: Username,
    /// The hash that the password was verified with.
    pub(crate) old: StoredHash,
    pub(crate) password: Password,
    /// The guard object that verified it.
    pub(crate) shard: Shard,
}

/// One hash in place of another.
#[derive(Debug)]
pub struct Replacement {
    /// Whose.
    pub username: Username,
    /// The hash that has to be there.
    pub old: StoredHash,
    /// The same password's hash at today's parameters.
    pub new: StoredHash,
}

/// How an upgrade went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The new hash is stored.
    Ok,
    /// It waits in the [`Queue`].
    Queued,
    /// The old one was not there any more; what is there stays.
    ChangedMeanwhile,
    /// The store takes no more of them today. The next login tries again.
    OverQuota,
}

/// Why an upgrade failed. The next login tries again.
#[derive(Debug, thiserror::Error)]
enum UpgradeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Guard(#[from] GuardError),
}

/// Makes an upgrade; gives the line to log. `moment` has randomness of its own, for the salt.
pub async fn upgrade(
    service: &Service<'_, impl Users, impl Guard>,
    upgrade: Upgrade,
    moment: Moment,
) -> Option<(Level, String)> {
    let (username, old) = (upgrade.username.clone(), upgrade.old.clone());
    let outcome = replace(&service.users, &service.guard, upgrade, moment.random).await;
    line(service.config, &username, &old, outcome, moment.now)
}

async fn replace(
    users: &impl Users,
    guard: &impl Guard,
    Upgrade { username, old, password, shard }: Upgrade,
    salt: [u8; 16],
) -> Result<Outcome, UpgradeError> {
    if let Some(outcome) = users.refuses_upgrade(&username).await? {
        return Ok(outcome);
    }
    let new = guard.hash(shard, Hashing { password, salt }).await?;
    Ok(users.upgrade(&Replacement { username, old, new }).await?)
}

/// The line for an upgrade that left the queue.
#[must_use]
pub fn dequeued(
    config: &Config,
    replacement: &Replacement,
    outcome: Result<Outcome, StoreError>,
    now: DateTime<Utc>,
) -> Option<(Level, String)> {
    line(config, &replacement.username, &replacement.old, outcome.map_err(UpgradeError::Store), now)
}

fn line(
    config: &Config,
    username: &Username,
    old: &StoredHash,
    outcome: Result<Outcome, UpgradeError>,
    time: DateTime<Utc>,
) -> Option<(Level, String)> {
    let level = if outcome.is_err() { Level::Error } else { Level::Info };
    let name = match &outcome {
        Ok(Outcome::Ok) => "ok",
        Ok(Outcome::Queued) => "queued",
        Ok(Outcome::ChangedMeanwhile) => "changed_meanwhile",
        Ok(Outcome::OverQuota) => "over_quota",
        Err(UpgradeError::Store(_)) => "store_error",
        Err(UpgradeError::Guard(_)) => "guard_error",
    };
    let line = UpgradeLine {
        event: "upgrade",
        time,
        outcome: name,
        user: pseudonym(config.pseudonyms.of(username.as_str())),
        format: old.format().name(),
        error: outcome.err().map(|error| error.to_string()),
    };
    logged(level, &line)
}
