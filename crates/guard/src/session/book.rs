//! What a guard object knows of the sessions of its accounts.

use std::{cell::Cell, time::Duration};

use super::{
    message::{Answer, NewSession, Question, Refused, TokenName},
    rotation::Presented,
    table::{Account, Begun, Found, Table},
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

/// The sessions of one shard's accounts.
#[derive(Debug)]
pub struct SessionBook<S> {
    table: Table<S>,
    /// The last number that followed the clock. Numbers that are ahead of it concern their own account alone: otherwise
    /// others could get ahead of the versions of their own records.
    last: Cell<i64>,
}

/// Whether an attempt's record may be judged by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Currency {
    /// It is the newest that the object knows of.
    Current(Floor),
    /// The object knows that the record was changed since, and perhaps the record.
    Outdated(Option<String>),
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

    /// Whether a record of this version is the newest that is known. `now` is in Unix milliseconds.
    pub(crate) fn currency(&self, account: &str, version: i64, now: i64) -> Result<Currency, SqlError> {
        let known = self.table.account(account, now)?;
        if known.outdates_until > now && known.version > version {
            return Ok(Currency::Outdated(known.record));
        }
        Ok(Currency::Current(Floor(known.not_before.max(known.largest))))
    }

    /// Gives a login its number, and begins its session if it has one. `version` is that of the record which let the user
    /// in: the number is not below it.
    pub(crate) fn begin(
        &self,
        account: &str,
        (Floor(floor), version): (Floor, i64),
        session: Option<&NewSession>,
        now: i64,
    ) -> Result<i64, SqlError> {
        let number = self.next_number(account, floor.saturating_add(1).max(version), now)?;
        let Some(NewSession { secret, client, idle, lifetime, .. }) = session else { return Ok(number) };
        self.table.drop_expired(account, now)?;
        if let Some(oldest) = self.table.list(account, now)?.get(MAX_SESSIONS - 1..).and_then(<[_]>::last) {
            self.end_session(account, oldest.number, now)?;
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
                Ok(if self.is_alive(account, token, now)? { Answer::Alive {} } else { Answer::Dead {} })
            }
            Question::End { account, token, until } => self.end(account, token, *until, now).map(|()| Answer::Ended {}),
            Question::EndAll { account, until, version, record } => {
                self.end_all(account, *until, version.map(|version| (version, record.as_deref())), now)?;
                Ok(Answer::Ended {})
            }
            Question::Refresh { account, number, generation, secret, network, idle } => {
                self.refresh(account, *number, (*generation, secret), network, (*idle, now))
            }
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

    /// A number that is not below `least`. If it is ahead of the clock, because of a not-before or of a record's version, it
    /// is written down until the clock has passed it: otherwise, after a restart, it could be given again, or be missed when
    /// everything is to end.
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
        let (number, digest) = token.key();
        let is_past = number <= self.table.account(account, now)?.not_before;
        Ok(!is_past && !matches!(self.table.find(account, number, digest, now)?, Some(Found::Ended)))
    }

    fn end(&self, account: &str, token: &TokenName, until: i64, now: i64) -> Result<(), SqlError> {
        if !self.is_alive(account, token, now)? {
            return Ok(());
        }
        let (number, digest) = token.key();
        self.table.end(account, number, digest, until)?;
        let (ended, largest, expires) = self.table.ended(account, now)?;
        if ended > MAX_ENDED {
            let known = self.table.account(account, now)?;
            let (not_before, expires) = (known.not_before.max(largest), known.expires.max(expires));
            self.table.drop_up_to(account, not_before)?;
            self.table.put_account(account, &Account { expires, not_before, ..known })?;
        }
        Ok(())
    }

    fn end_all(
        &self,
        account: &str,
        until: i64,
        change: Option<(i64, Option<&str>)>,
        now: i64,
    ) -> Result<(), SqlError> {
        let mut known = self.table.account(account, now)?;
        let numbers = [known.not_before, known.largest, self.last.get(), now + MARGIN_MS];
        known.not_before = numbers.into_iter().fold(0, i64::max);
        // A not-before that is ahead of the clock also ends tokens that are issued until then.
        let until = until.saturating_add(known.not_before - now);
        known.expires = known.expires.max(until).max(now + OUTDATES_MS);
        if let Some((version, record)) = change.filter(|(version, _)| *version >= known.version) {
            known.version = version;
            known.record = record.map(str::to_owned);
            known.outdates_until = now + OUTDATES_MS;
        }
        // In this order no session goes on if the second statement fails.
        self.table.drop_up_to(account, known.not_before)?;
        self.table.put_account(account, &known)
    }

    fn refresh(
        &self,
        account: &str,
        number: i64,
        (generation, secret): (u32, &str),
        network: &str,
        (idle, now): (i64, i64),
    ) -> Result<Answer, SqlError> {
        let refused = |why| Ok(Answer::Refused { why });
        let Some(Found::Alive { secret: kept, rotation, ends, expires }) = self.table.find(account, number, "", now)?
        else {
            return refused(Refused::NoSession);
        };
        // Both are keyed hashes, so that the time of the comparison says nothing of what was hashed.
        if kept != secret {
            return refused(Refused::NoSession);
        }
        let mut next = rotation.clone();
        match next.present(generation, network, now) {
            Presented::Gets(generation) if next == rotation => {
                Ok(Answer::Refreshed { generation, ends, idle_until: expires })
            }
            Presented::Gets(generation) => {
                let idle_until = now.saturating_add(idle).min(ends);
                self.table.refresh(account, number, &next, now, idle_until)?;
                Ok(Answer::Refreshed { generation, ends, idle_until })
            }
            Presented::Unknown => refused(Refused::NoSession),
            Presented::Ends(why) => {
                self.end_session(account, number, now)?;
                refused(why)
            }
        }
    }

    /// Ends a session that has a row. None of its tokens outlives the time at which it would have ended in any case.
    fn end_session(&self, account: &str, number: i64, now: i64) -> Result<(), SqlError> {
        let Some(Found::Alive { ends, .. }) = self.table.find(account, number, "", now)? else { return Ok(()) };
        self.end(account, &TokenName::Number(number), ends, now)
    }
}

impl TokenName {
    /// The key of the token's row.
    fn key(&self) -> (i64, &str) {
        match self {
            Self::Number(number) => (*number, ""),
            Self::Digest { digest, issued } => (*issued, digest),
        }
    }
}
