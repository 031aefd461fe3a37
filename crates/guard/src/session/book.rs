//! What a guard object knows of the sessions of its accounts.

use std::{cell::Cell, cmp::Ordering, time::Duration};

use super::{
    message::{Answer, NewSession, Newest, Question, RecordChange, Refused, TokenName},
    rotation::Presented,
    table::{Account, Begun, Found, Key, Table},
};
use crate::sql::{Sql, SqlError};

/// The most sessions with a refresh token that an account has in one object. After that, the oldest ends.
pub const MAX_SESSIONS: usize = 100;
/// The most ended tokens of an account that an object remembers one by one. After that, all up to the last of them are ended.
pub const MAX_ENDED: i64 = 100;
/// How far "everything so far" reaches beyond the clock, in milliseconds.
const MARGIN_MS: i64 = 2000;
/// For how long a change of a record overrules older copies of it, in milliseconds. The copies of Workers KV are up to a
/// minute old.
const OUTDATES_MS: i64 = 60 * 60 * 1000;

/// The version of a user of whom the store has no record.
pub const NO_RECORD: i64 = -1;

/// The sessions of one shard's accounts.
#[derive(Debug)]
pub struct SessionBook<S> {
    table: Table<S>,
    /// The last number that followed the clock. Numbers that are ahead of it concern their own account alone.
    last: Cell<i64>,
}

/// Whether an attempt's record may be judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Currency {
    /// It is the newest that the object knows of.
    Current(Floor),
    /// The object knows that the record was changed since.
    Outdated(Newest),
}

/// What a new number of an account has to be above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Floor(i64);

impl<S: Sql> SessionBook<S> {
    /// Opens the book in a database, which may be empty.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed.
    pub fn open(sql: S) -> Result<Self, SqlError> {
        Ok(Self { table: Table::open(sql)?, last: Cell::default() })
    }

    /// Whether a record of this version is the newest that is known, or [`NO_RECORD`] if there is none. `now` is in Unix
    /// milliseconds.
    pub(crate) fn currency(&self, account: &str, version: i64, now: i64) -> Result<Currency, SqlError> {
        let known = self.table.account(account, now)?;
        let is_known_to_be_gone = version == NO_RECORD && known.newest == Newest::Deleted;
        if known.outdates_until > now && known.version > version && !is_known_to_be_gone {
            return Ok(Currency::Outdated(known.newest));
        }
        Ok(Currency::Current(Floor(known.not_before.max(known.largest))))
    }

    /// Gives a login its number, and begins its session if it has one.
    pub(crate) fn begin(
        &self,
        account: &str,
        Floor(floor): Floor,
        session: Option<&NewSession>,
        now: i64,
    ) -> Result<i64, SqlError> {
        let number = self.next_number(account, floor.saturating_add(1), now)?;
        let Some(NewSession { secret, client, idle, lifetime, tokens, .. }) = session else { return Ok(number) };
        self.table.drop_expired(account, now)?;
        if let Some(oldest) = self.table.list(account, now)?.get(MAX_SESSIONS - 1..).and_then(<[_]>::last) {
            self.end_session(account, oldest.number, *tokens, now)?;
        }
        let ends = now.saturating_add(*lifetime);
        let expires = now.saturating_add(*idle).min(ends);
        self.table.begin(account, &Begun { number, expires, secret, client, now, ends })?;
        Ok(number)
    }

    /// Answers a question. `now` is in Unix milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed. A part of what was asked may have been done.
    pub fn answer(&self, question: &Question, now: i64) -> Result<Answer, SqlError> {
        match question {
            Question::IsAlive { account, token } => {
                if !self.is_alive(account, token, now)? {
                    return Ok(Answer::Dead {});
                }
                Ok(Answer::Alive { change: self.lagging(account, now)? })
            }
            Question::End { account, token, until } => {
                self.end(account, &token.key(), *until, now).map(|()| Answer::Ended {})
            }
            Question::EndAll { account, until, change } => {
                self.end_all(account, *until, change.as_ref(), now).map(|()| Answer::Ended {})
            }
            Question::EndOlder { account, until, version, changed } => {
                let known = self.table.account(account, now)?;
                if *version > known.version {
                    let change = RecordChange { version: *version, newest: Newest::InStore };
                    self.end_up_to(account, known, (*changed).min(now), *until, Some(&change), now)?;
                }
                Ok(Answer::Ended {})
            }
            Question::Refresh { account, number, generation, secret, network, idle, tokens } => {
                self.refresh(account, *number, (*generation, secret), network, (*idle, *tokens, now))
            }
            // Failures are counted elsewhere: see `Ledger::answer`.
            Question::Forgive { .. } => Ok(Answer::Ended {}),
            Question::List { account } => self.table.list(account, now).map(|sessions| Answer::Sessions { sessions }),
        }
    }

    /// Deletes expired rows: some, because the object does nothing else meanwhile. Returns how long to wait before this is
    /// called again, or `None` if no rows are left. `now` is in Unix milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed.
    pub fn sweep(&self, now: i64) -> Result<Option<Duration>, SqlError> {
        self.table.sweep(now)
    }

    /// A number that is not below `least`. If it is ahead of the clock, because of a not-before, it is written down until the
    /// clock has passed it: otherwise, after a restart, it could be given again, or be missed when everything is to end.
    fn next_number(&self, account: &str, least: i64, now: i64) -> Result<i64, SqlError> {
        let clock = now.max(self.last.get() + 1);
        self.last.set(clock);
        if least <= clock {
            return Ok(clock);
        }
        let known = self.table.account(account, now)?;
        self.table.put_account(account, &Account { expires: known.expires.max(least), largest: least, ..known })?;
        Ok(least)
    }

    fn is_alive(&self, account: &str, token: &TokenName, now: i64) -> Result<bool, SqlError> {
        let key = token.key();
        let is_past = key.time() <= self.table.account(account, now)?.not_before;
        Ok(!is_past && !matches!(self.table.find(account, &key, now)?, Some(Found::Ended)))
    }

    /// The record, if it is newer than the store's copies may be.
    fn lagging(&self, account: &str, now: i64) -> Result<Option<RecordChange>, SqlError> {
        let Account { version, newest, outdates_until, .. } = self.table.account(account, now)?;
        let lags = outdates_until > now && matches!(newest, Newest::Record(_));
        Ok(lags.then_some(RecordChange { version, newest }))
    }

    /// Ends a token. One that has ended already may have to be remembered for longer.
    fn end(&self, account: &str, token: &Key<'_>, until: i64, now: i64) -> Result<(), SqlError> {
        let known = self.table.account(account, now)?;
        if token.time() <= known.not_before {
            let is_longer = until > known.expires;
            let longer = Account { expires: until, ..known };
            return if is_longer { self.table.put_account(account, &longer) } else { Ok(()) };
        }
        self.table.drop_expired(account, now)?;
        self.table.end(account, token, until)?;
        let (ended, largest, expires) = self.table.ended(account, now)?;
        if ended > MAX_ENDED {
            let (not_before, expires) = (known.not_before.max(largest), known.expires.max(expires));
            self.put(account, &Account { expires, not_before, ..known }, now)?;
        }
        Ok(())
    }

    /// Writes an account, and deletes the rows that its not-before makes needless. In this order nothing comes to life
    /// if the second statement fails.
    fn put(&self, name: &str, account: &Account, now: i64) -> Result<(), SqlError> {
        let newest = if account.outdates_until > now { account.newest.clone() } else { Newest::InStore };
        self.table.put_account(name, &Account { newest, ..account.clone() })?;
        self.table.drop_up_to(name, account.not_before)
    }

    fn end_all(&self, account: &str, until: i64, change: Option<&RecordChange>, now: i64) -> Result<(), SqlError> {
        let known = self.table.account(account, now)?;
        // A change that the object knows of has ended what was before it, and not what began since.
        let latest = match change.map(|change| change.version.cmp(&known.version)) {
            Some(Ordering::Less) => return Ok(()),
            Some(Ordering::Equal) => 0,
            _ => [known.largest, self.last.get(), now + MARGIN_MS].into_iter().fold(0, i64::max),
        };
        self.end_up_to(account, known, latest, until, change, now)
    }

    /// Ends all tokens up to a number.
    fn end_up_to(
        &self,
        account: &str,
        mut known: Account,
        number: i64,
        until: i64,
        change: Option<&RecordChange>,
        now: i64,
    ) -> Result<(), SqlError> {
        known.not_before = known.not_before.max(number);
        // A not-before that is ahead of the clock also ends tokens that are issued until then.
        let until = until.saturating_add((known.not_before - now).max(0));
        known.expires = known.expires.max(until).max(now + OUTDATES_MS);
        if let Some(RecordChange { version, newest }) = change {
            known.version = *version;
            known.newest = newest.clone();
            known.outdates_until = now + OUTDATES_MS;
        }
        self.put(account, &known, now)
    }

    fn refresh(
        &self,
        account: &str,
        number: i64,
        (generation, secret): (u32, &str),
        network: &str,
        (idle, tokens, now): (i64, i64, i64),
    ) -> Result<Answer, SqlError> {
        let refused = |why| Ok(Answer::Refused { why });
        let Some(Found::Alive { secret: kept, rotation, ends, expires }) =
            self.table.find(account, &Key::session(number), now)?
        else {
            return refused(Refused::NoSession);
        };
        // Both are keyed hashes, so that the time of the comparison says nothing of what was hashed.
        if kept != secret || number <= self.table.account(account, now)?.not_before {
            return refused(Refused::NoSession);
        }
        let mut next = rotation.clone();
        match next.present(generation, network, now) {
            Presented::Gets(generation) if next == rotation => {
                Ok(Answer::Refreshed { generation, ends, idle_until: expires, change: self.lagging(account, now)? })
            }
            Presented::Gets(generation) => {
                let idle_until = now.saturating_add(idle).min(ends);
                self.table.refresh(account, number, &next, now, idle_until)?;
                Ok(Answer::Refreshed { generation, ends, idle_until, change: self.lagging(account, now)? })
            }
            Presented::Unknown => refused(Refused::NoSession),
            Presented::Ends(why) => {
                self.end_session(account, number, tokens, now)?;
                refused(why)
            }
        }
    }

    /// Ends a session that has a row. Its last access token lives for `tokens` from now at most, and not beyond the time at
    /// which the session would have ended in any case.
    fn end_session(&self, account: &str, number: i64, tokens: i64, now: i64) -> Result<(), SqlError> {
        let key = Key::session(number);
        let Some(Found::Alive { ends, .. }) = self.table.find(account, &key, now)? else { return Ok(()) };
        self.end(account, &key, now.saturating_add(tokens).min(ends), now)
    }
}

impl TokenName {
    /// The key of the token's row.
    fn key(&self) -> Key<'_> {
        match self {
            Self::Number(number) => Key { number: *number, digest: "", issued: None },
            Self::Digest { digest, issued } => Key { number: 0, digest, issued: Some(*issued) },
        }
    }
}

impl Key<'_> {
    /// What a not-before is compared with.
    fn time(&self) -> i64 {
        self.issued.unwrap_or(self.number)
    }
}
