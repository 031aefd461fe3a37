//! The queue in which replacements for users in Workers KV wait, in the SQLite of one Durable Object.
//!
//! KV has no compare-and-set, and a read may be a minute old. A password that was changed in that
//! minute would look unchanged, and a new hash of the old password would overwrite it. So a
//! replacement waits until nobody has logged in to the account for longer than that. By that time any
//! change made around the account's home before the login is visible, and what the login itself put into a cache has
//! expired. Then the replacement goes to the [home](crate::home), which compares the record once more.
//!
//! Table `pending` holds the two hashes unencrypted, as KV itself does. `due` and `since`, the times
//! when a replacement is to be written and when it was queued, are in Unix milliseconds. Table `spent`
//! holds how many replacements are due on each day (UTC, as KV counts its quota). Its column `upgrades`
//! keeps its first name, because deployed objects have it.

use accounts::Username;

use super::replacement::{Outcome, Replacement};
use crate::sql::{Row, Sql, SqlError, Value};

/// How long an account has to be without logins, in milliseconds: KV's minute and a margin.
const QUIET_MS: i64 = 75 * 1000;
/// The longest wait in milliseconds, for a user who logs in again and again.
const LONGEST_MS: i64 = 60 * 60 * 1000;
/// How many replacements are taken at a time. Each needs one of the 1,000 requests that the free plan allows in one
/// invocation.
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

/// The replacements that wait, and the number of them that a day's quota has paid for.
#[derive(Debug)]
pub struct RehashQueue<S> {
    sql: S,
}

impl<S: Sql> RehashQueue<S> {
    /// Opens the queue in a database, which may be empty.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed.
    pub fn open(sql: S) -> Result<Self, SqlError> {
        for statement in CREATE {
            sql.query(statement, &[])?;
        }
        Ok(Self { sql })
    }

    /// Returns how a replacement would end, before its new hash is made, or `None` if it can be queued.
    /// A replacement that already waits is postponed, because its user has just logged in. `per_day`
    /// is the quota, and `now` is in Unix milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed.
    pub fn refusal(&self, username: &Username, per_day: u32, now: i64) -> Result<Option<Outcome>, SqlError> {
        let values = [username.as_str().into(), (now + QUIET_MS).into(), LONGEST_MS.into()];
        if !self.sql.query(POSTPONE, &values)?.is_empty() {
            return Ok(Some(Outcome::Queued));
        }
        let spent = self.first_integer(SPENT, &[due_day(now).into()])?.unwrap_or(0);
        Ok((spent >= i64::from(per_day)).then_some(Outcome::OverQuota))
    }

    /// Queues a replacement, unless [`refusal`](Self::refusal) has a reason against it. `now` is in
    /// Unix milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed. The replacement is not queued, but may have been counted.
    pub fn add(&self, replacement: &Replacement, per_day: u32, now: i64) -> Result<Outcome, SqlError> {
        let Replacement { username, old, new } = replacement;
        if let Some(outcome) = self.refusal(username, per_day, now)? {
            return Ok(outcome);
        }
        // This bounds both tables, even if nobody takes what is due.
        self.sql.query(FORGET_OVERDUE, &[(now - DAY_MS).into()])?;
        self.sql.query(FORGET_DAYS, &[(now / DAY_MS).into()])?;
        self.sql.query(SPEND, &[due_day(now).into()])?;
        let strings = [username.as_str(), old.expose(), new.expose()];
        let times = [now + QUIET_MS, now];
        self.sql.query(ADD, &[strings.map(Value::from).as_slice(), &times.map(Value::from)].concat())?;
        Ok(Outcome::Queued)
    }

    /// Takes some of the due replacements out of the queue, to be written now. Each is taken only once:
    /// if writing it fails, the user's next login makes a new one. `now` is in Unix milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed. Nothing was taken.
    pub fn take_due(&self, now: i64) -> Result<Vec<Replacement>, SqlError> {
        let rows = self.sql.query(TAKE, &[now.into(), AT_ONCE.into()])?;
        // Everything in the queue parses, except after a rollback to a version with fewer formats.
        let replacement = |row: &Row| Replacement::parse(row.text(0).ok()?, row.text(1).ok()?, row.text(2).ok()?);
        Ok(rows.iter().filter_map(replacement).collect())
    }

    /// When the next replacement is due, in Unix milliseconds, or `None` if none waits.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed.
    pub fn next_due(&self) -> Result<Option<i64>, SqlError> {
        self.first_integer(NEXT, &[])
    }

    fn first_integer(&self, statement: &str, values: &[Value<'_>]) -> Result<Option<i64>, SqlError> {
        self.sql.query(statement, values)?.first().map(|row| row.integer(0)).transpose()
    }
}

/// The day on which a replacement that is queued now will be written. It counts for that day's quota.
fn due_day(now: i64) -> i64 {
    (now + QUIET_MS) / DAY_MS
}
