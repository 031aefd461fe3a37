//! Where upgrades of users in KV wait, in the SQLite of one Durable Object.
//!
//! KV has no compare-and-set, and a read may be a minute old: a password that was changed in that
//! minute would look unchanged, and be overwritten with a new hash of the old one. So an upgrade
//! waits until the account has been left alone for longer than that, then reads once more. By then
//! any change made before the login is visible, and what the login put into a cache is out of it.
//!
//! Table `pending`: the hashes in plain text, as in KV itself; `due` and `since` in Unix milliseconds.
//! Table `spent`: how many upgrades are due on a day (UTC, as KV counts its quota).

use passwords::StoredHash;

use super::{Outcome, Replacement};
use crate::{
    sql::{Sql, SqlError, SqlValue},
    users::{StoreError, Username},
};

/// How long an account has to be left alone: KV's minute and a margin.
const QUIET_MS: i64 = 75 * 1000;
/// Who logs in all the time doesn't wait for longer than this.
const LONGEST_MS: i64 = 60 * 60 * 1000;
/// Most upgrades taken at a time. Each takes three operations of the 1,000 one invocation may have
/// on the free plan.
const AT_ONCE: i64 = 50;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

const CREATE: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS pending (
        username TEXT NOT NULL PRIMARY KEY, old TEXT NOT NULL, new TEXT NOT NULL,
        due INTEGER NOT NULL, since INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS pending_by_due ON pending (due)",
    "CREATE TABLE IF NOT EXISTS spent (day INTEGER NOT NULL PRIMARY KEY, upgrades INTEGER NOT NULL) STRICT",
];
const POSTPONE: &str = "UPDATE pending SET due = MIN(?2, since + ?3) WHERE username = ?1 RETURNING 1";
const SPENT: &str = "SELECT upgrades FROM spent WHERE day = ?1";
const SPEND: &str = "INSERT INTO spent (day, upgrades) VALUES (?1, 1)
    ON CONFLICT DO UPDATE SET upgrades = upgrades + 1";
const FORGET_DAYS: &str = "DELETE FROM spent WHERE day < ?1";
const FORGET_OVERDUE: &str = "DELETE FROM pending WHERE due < ?1";
const ADD: &str = "INSERT INTO pending (username, old, new, due, since) VALUES (?1, ?2, ?3, ?4, ?5)";
const TAKE: &str = "DELETE FROM pending WHERE username IN (
    SELECT username FROM pending WHERE due <= ?1 ORDER BY due LIMIT ?2) RETURNING username, old, new";
const NEXT: &str = "SELECT due FROM pending ORDER BY due LIMIT 1";

/// Upgrades that wait, and how many more there may be.
#[derive(Debug)]
pub struct Queue<S> {
    sql: S,
}

impl<S: Sql> Queue<S> {
    /// Opens the queue in a database, which may be empty.
    ///
    /// # Errors
    /// The database failed.
    pub fn open(sql: S) -> Result<Self, SqlError> {
        for statement in CREATE {
            sql.run(statement, &[])?;
        }
        Ok(Self { sql })
    }

    /// How an upgrade would end without having to be made; see
    /// [`Users::refuses_upgrade`](crate::Users::refuses_upgrade). One that waits already is put off:
    /// its user just logged in. `now` is in Unix milliseconds.
    ///
    /// # Errors
    /// The database failed.
    pub fn refuses(&self, username: &Username, per_day: u32, now: i64) -> Result<Option<Outcome>, SqlError> {
        let times = [SqlValue::Integer(now + QUIET_MS), SqlValue::Integer(LONGEST_MS)];
        let waits = self.sql.run(POSTPONE, &[&[SqlValue::Text(username.as_str())], times.as_slice()].concat())?;
        if !waits.is_empty() {
            return Ok(Some(Outcome::Queued));
        }
        let spent = self.sql.run(SPENT, &[SqlValue::Integer(day_due(now))])?.concat().first().copied();
        Ok((spent.unwrap_or(0) >= i64::from(per_day)).then_some(Outcome::OverQuota))
    }

    /// Has an upgrade wait, if nothing refuses it.
    ///
    /// # Errors
    /// The database failed. It may have been counted, and does not wait.
    pub fn add(&self, replacement: &Replacement, per_day: u32, now: i64) -> Result<Outcome, SqlError> {
        if let Some(outcome) = self.refuses(&replacement.username, per_day, now)? {
            return Ok(outcome);
        }
        // Neither table grows for ever, even if nobody takes what is due.
        self.sql.run(FORGET_OVERDUE, &[SqlValue::Integer(now - DAY_MS)])?;
        self.sql.run(FORGET_DAYS, &[SqlValue::Integer(now / DAY_MS)])?;
        self.sql.run(SPEND, &[SqlValue::Integer(day_due(now))])?;
        let texts = [replacement.username.as_str(), replacement.old.expose(), replacement.new.expose()];
        let times = [now + QUIET_MS, now].map(SqlValue::Integer);
        self.sql.run(ADD, &[texts.map(SqlValue::Text).as_slice(), &times].concat())?;
        Ok(Outcome::Queued)
    }

    /// Takes some of what is due out of the queue, to be written now. An upgrade is taken once: if
    /// writing it fails, the next login makes a new one.
    ///
    /// # Errors
    /// The database failed: nothing was taken.
    pub fn take_due(&self, now: i64) -> Result<Vec<Replacement>, SqlError> {
        let rows = self.sql.texts(TAKE, &[SqlValue::Integer(now), SqlValue::Integer(AT_ONCE)])?;
        // What was put in parses; after a roll-back to a version that knows fewer formats it may not.
        Ok(rows.iter().filter_map(|row| replacement(row)).collect())
    }

    /// When the next one is due, in Unix milliseconds; `None` if none waits.
    ///
    /// # Errors
    /// The database failed.
    pub fn next_due(&self) -> Result<Option<i64>, SqlError> {
        Ok(self.sql.run(NEXT, &[])?.concat().first().copied())
    }
}

/// The day on which an upgrade that is queued now is written, and counted.
fn day_due(now: i64) -> i64 {
    (now + QUIET_MS) / DAY_MS
}

fn replacement(texts: &[String]) -> Option<Replacement> {
    let [username, old, new] = texts else { return None };
    Some(Replacement {
        username: Username::parse(username)?,
        old: StoredHash::parse(old).ok()?,
        new: StoredHash::parse(new).ok().filter(StoredHash::is_current)?,
    })
}

impl Replacement {
    /// The upgrade as the text that is sent to the queue's object.
    ///
    /// # Errors
    /// [`StoreError::Queue`] where it can't be written.
    pub fn to_message(&self) -> Result<String, StoreError> {
        let texts = [self.username.as_str(), self.old.expose(), self.new.expose()];
        serde_json::to_string(&texts).map_err(|error| StoreError::Queue(error.to_string()))
    }

    /// Reads the text of [`to_message`](Self::to_message), inside the object.
    #[must_use]
    pub fn from_message(text: &str) -> Option<Self> {
        replacement(&serde_json::from_str::<Vec<String>>(text).ok()?)
    }
}
