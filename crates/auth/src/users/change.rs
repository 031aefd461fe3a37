//! One change of one user, in the store and then in the guard.

use accounts::{
    UserStore, Username, Version,
    change::{Change, Outcome},
};
use chrono::{DateTime, Utc};
use guard::session::{Newest, RecordChange};

use super::error::UsersError;
use crate::{
    config::Config,
    platform::{Directory, Platform},
    session::{Account, end_older, tell_guards},
};

/// For how long the guard remembers a change, in milliseconds. Older copies of the record are gone by then.
const REMEMBERED_MS: i64 = 60 * 60 * 1000;

/// Makes a change. Once it is answered, every region knows of it. So a change that failed on the way can be asked for again.
pub(crate) async fn make(
    config: &Config,
    platform: &impl Platform,
    change: &Change,
    now: DateTime<Utc>,
) -> Result<Outcome, UsersError> {
    let outcome = platform.directory().change(change).await.map_err(UsersError::Store)?;
    // The home of an account in KV has told the guards itself.
    if config.user_store == UserStore::D1 {
        tell(config, platform, &change.username, outcome, now).await?;
    }
    Ok(outcome)
}

/// Tells the guards which version there is.
async fn tell(
    config: &Config,
    platform: &impl Platform,
    username: &Username,
    outcome: Outcome,
    now: DateTime<Utc>,
) -> Result<(), UsersError> {
    let older = match outcome {
        // Nothing has begun with a record from before.
        Outcome::Created { .. } => None,
        Outcome::Changed { version } | Outcome::Deleted { version } => {
            let change = RecordChange { version, newest: Newest::InStore };
            return Ok(tell_guards(config, &platform.guard(), username, change, now).await?);
        }
        Outcome::VersionKept { version } | Outcome::Unchanged { version } => Some(version),
        Outcome::Missing { deleted: version } | Outcome::ConditionFailed { version } => version,
    };
    match older {
        Some(version) => tell_again(config, platform, &Account::of(config, username.as_str()), version, now).await,
        None => Ok(()),
    }
}

/// Tells the guards which version there is of a record in D1, if it is recent: the change may have been stored by a request
/// that failed in the guard.
pub(crate) async fn tell_again(
    config: &Config,
    platform: &impl Platform,
    account: &Account,
    version: i64,
    now: DateTime<Utc>,
) -> Result<(), UsersError> {
    if version + REMEMBERED_MS <= now.timestamp_millis() {
        return Ok(());
    }
    let version = (version, Version::changed_at(version));
    Ok(end_older(config, &platform.guard(), account, version, now).await?)
}
