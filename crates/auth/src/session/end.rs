//! Ending a token's session, or everything that an account has.

use accounts::Username;
use chrono::{DateTime, TimeDelta, Utc};
use guard::{
    Shard,
    session::{Answer, Question, RecordChange, TokenName},
};

use super::{account::Account, error::SessionError, presented::CLOCKS, regions::ask_all};
use crate::{config::Config, platform::Guard};

/// Ends a token's session. It may have been ended before. `expires` is when the token expires, if it is an access token: it may
/// be from before the lifetime was made shorter.
///
/// # Errors
/// [`SessionError::Guard`] if the object gave no answer.
pub(super) async fn end(
    config: &Config,
    guard: &impl Guard,
    (account, shard): (&Account, Shard),
    token: TokenName,
    (expires, now): (Option<DateTime<Utc>>, DateTime<Utc>),
) -> Result<(), SessionError> {
    let until = until(config, now).max(expires.map_or(0, |expires| (expires + CLOCKS).timestamp_millis()));
    let question = Question::End { account: account.name.clone(), token, until };
    ended(&guard.session(shard, question).await.map_err(SessionError::Guard)?)
}

/// Has the guards of all regions know of a change of a user's record, and ends everything that the user began before. The
/// same change may be told again.
///
/// # Errors
/// [`SessionError::Guard`] if one of the regions gave no answer. The others may know of the change.
pub(crate) async fn tell_guards(
    config: &Config,
    guard: &impl Guard,
    username: &Username,
    change: RecordChange,
    now: DateTime<Utc>,
) -> Result<(), SessionError> {
    end_everything(config, guard, &Account::of(config, username.as_str()), Some(change), now).await
}

/// Ends everything that an account has, in all regions, and tells of a change of the record if there was one.
///
/// # Errors
/// [`SessionError::Guard`] if one of the regions gave no answer. What was written stays.
pub(crate) async fn end_everything(
    config: &Config,
    guard: &impl Guard,
    account: &Account,
    change: Option<RecordChange>,
    now: DateTime<Utc>,
) -> Result<(), SessionError> {
    let question = Question::EndAll { account: account.name.clone(), until: until(config, now), change };
    ask_all(config, guard, account, &question).await?.iter().try_for_each(|(_, answer)| ended(answer))
}

/// Names the version of a record once more, in all regions, and ends what is older.
///
/// # Errors
/// [`SessionError::Guard`] if one of the regions gave no answer. What was written stays.
pub(crate) async fn end_older(
    config: &Config,
    guard: &impl Guard,
    account: &Account,
    (version, changed): (i64, i64),
    now: DateTime<Utc>,
) -> Result<(), SessionError> {
    let question = Question::EndOlder { account: account.name.clone(), until: until(config, now), version, changed };
    ask_all(config, guard, account, &question).await?.iter().try_for_each(|(_, answer)| ended(answer))
}

fn ended(answer: &Answer) -> Result<(), SessionError> {
    if matches!(answer, Answer::Ended {}) { Ok(()) } else { Err(SessionError::misunderstood()) }
}

/// When every access token that was issued so far has expired, in Unix milliseconds. Refresh tokens end at once, because
/// their rows do.
fn until(config: &Config, now: DateTime<Utc>) -> i64 {
    now.checked_add_signed(token_lifetime(config)).map_or(i64::MAX, |end| end.timestamp_millis())
}

/// For how long an access token is good that is issued now, by any clock.
pub(super) fn token_lifetime(config: &Config) -> TimeDelta {
    config.tokens.lifetime + CLOCKS
}
