//! Whether a token is still good: the guard and the newest copy of the store are asked at the same time.

use accounts::{User, Username, kv::Record};
use chrono::{DateTime, Utc};
use futures_util::future::join;
use guard::session::{Answer, Newest, Question, RecordChange, TokenName};

use super::{
    error::{Dead, SessionError},
    presented::Presented,
};
use crate::{
    config::Config,
    platform::{Guard, Platform, StoreError, Users},
};

/// By how many seconds the clocks of a guard object and of the store may differ.
const APART: i64 = 5;

/// A token that is good.
pub(crate) struct Live {
    pub(crate) token: Presented,
    pub(crate) user: User,
}

/// Asks whether a token is good.
///
/// # Errors
/// [`SessionError::Token`] if it isn't.
pub(crate) async fn live(
    config: &Config,
    platform: &impl Platform,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Live, SessionError> {
    let token = Presented::read(config, &platform.crypto(), token, now).await?.map_err(SessionError::Token)?;
    if token.claims.is_expired(now) {
        return Err(SessionError::Token(Dead::Expired));
    }
    if !token.account.has(config, token.shard) {
        return Err(SessionError::Token(Dead::Moved));
    }
    let (guard, users) = (platform.guard(), platform.users());
    let question = Question::IsAlive { account: token.account.name.clone(), token: token.name.clone() };
    let (answer, found) = join(guard.session(token.shard, question), newest(&users, &token.username)).await;
    let change = match answer.map_err(SessionError::Guard)? {
        Answer::Alive { change } => change,
        Answer::Dead {} => return Err(SessionError::Token(Dead::Ended)),
        _ => return Err(SessionError::misunderstood()),
    };
    let user = enabled(newer(found, change))?.map_err(SessionError::Token)?;
    if !token.belongs_to(config, &user) {
        return Err(SessionError::Token(Dead::Other));
    }
    let is_older = match token.name {
        // A record that was written by hand may have no version. A time in the future was imported.
        TokenName::Number(number) => {
            let is_before = number / 1000 + APART < user.changed_at && user.changed_at <= now.timestamp();
            token.claims.version < user.version || is_before
        }
        TokenName::Digest { .. } => token.claims.issued.timestamp() <= user.changed_at,
    };
    if is_older { Err(SessionError::Token(Dead::Changed)) } else { Ok(Live { token, user }) }
}

/// The user in the newest copy of the store that there is.
pub(super) async fn newest(users: &impl Users, username: &Username) -> Result<Option<User>, StoreError> {
    match users.find_newest(username).await {
        Some(found) => found,
        None => users.find(username).await,
    }
}

/// The user in a store's answer, or in the record that the guard knows if that one is newer.
pub(super) fn newer(
    found: Result<Option<User>, StoreError>,
    change: Option<RecordChange>,
) -> Result<Option<User>, StoreError> {
    let found = found?;
    match change {
        Some(RecordChange { version, newest: Newest::Record(record) })
            if found.as_ref().is_none_or(|user| user.version < version) =>
        {
            Record::parse(&record).map(|record| Some(record.into())).map_err(|_| StoreError::Malformed)
        }
        _ => Ok(found),
    }
}

/// The user in a store's answer, if that user may log in. A record that can't be read lets nobody in.
pub(super) fn enabled(found: Result<Option<User>, StoreError>) -> Result<Result<User, Dead>, SessionError> {
    match found {
        Ok(Some(User { disabled: true, .. })) => Ok(Err(Dead::Disabled)),
        Ok(Some(user)) => Ok(Ok(user)),
        Ok(None) => Ok(Err(Dead::Gone)),
        Err(error) => Err(SessionError::Store(error)),
    }
}
