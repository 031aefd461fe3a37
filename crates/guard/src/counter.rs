//! The buckets in which attempts are counted, in the SQLite of a guard object.
//!
//! Table `buckets` has a row for each account and network, and a row for the account over all networks
//! that it doesn't trust, whose `network` is empty. Both names are keyed hashes. `failures` is the
//! number of failures in a row, and `last` the time of the last one. Until `trusted_until`, the account
//! trusts the network, because it logged in from there. Both times are in Unix milliseconds.
//!
//! The table is bounded. An attacker's made-up names fill it with rows of one failure each. When it
//! is full, the rows with the fewest failures are evicted first, the oldest of them first, and the rows
//! of trusted networks last. So a bucket that delays someone is evicted only after a table full of
//! others has collected as many failures each, and every one of those took a verification.

use std::{cell::Cell, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    policy::{Limit, Policy},
    sql::{Row, Sql, SqlError},
};

/// The most rows that one shard keeps. They take about 10 MB.
pub const MAX_ROWS: u64 = 100_000;
/// How many rows are evicted at once, besides those in excess. A counter that was just opened counts
/// its table only after it added as many rows, so each time it is opened within an hour, the table may
/// exceed its bound by as many.
const EVICTED: u64 = MAX_ROWS / 10;

/// How long a network stays trusted after a login, in milliseconds.
const TRUST_MS: i64 = 30 * DAY_MS;
/// How many networks an account trusts: those that it logged in from last. With more, somebody who once
/// knew the password could collect exemptions, and rows that are hardly ever evicted.
const TRUSTED_NETWORKS: i64 = 8;
/// How long failures from one network count, in milliseconds after the last one.
const FORGET_NETWORK_MS: i64 = DAY_MS;
/// How long failures of an account count, in milliseconds after the last one.
const FORGET_ACCOUNT_MS: i64 = 30 * DAY_MS;
/// How often rows that no longer count are deleted.
pub const FORGET_EVERY: Duration = Duration::from_hours(1);
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

const CREATE: &str = "CREATE TABLE IF NOT EXISTS buckets (
    account TEXT NOT NULL, network TEXT NOT NULL,
    failures INTEGER NOT NULL, last INTEGER NOT NULL, trusted_until INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, network)) STRICT, WITHOUT ROWID";
const ROWS: &str = "SELECT COUNT(*) FROM buckets";
const READ: &str = "SELECT network = '', failures, last, trusted_until FROM buckets
    WHERE account = ?1 AND network IN ('', ?2)";
const COUNT: &str = "INSERT INTO buckets (account, network, failures, last) VALUES (?1, ?2, 1, ?3)
    ON CONFLICT DO UPDATE SET failures = failures + 1, last = ?3";
const TRUST: &str =
    "UPDATE buckets SET failures = 0, last = ?3, trusted_until = ?4 WHERE account = ?1 AND network = ?2";
const UNTRUST: &str = "UPDATE buckets SET trusted_until = 0 WHERE account = ?1 AND trusted_until > 0
    AND network NOT IN (SELECT network FROM buckets WHERE account = ?1 ORDER BY trusted_until DESC LIMIT ?2)";
const FORGIVE: &str = "DELETE FROM buckets WHERE account = ?1 AND network = ''";
const FORGET: &str = "DELETE FROM buckets WHERE trusted_until <= ?1
    AND last <= CASE network WHEN '' THEN ?2 ELSE ?3 END";
const EVICT: &str = "DELETE FROM buckets WHERE (account, network) IN (
    SELECT account, network FROM buckets ORDER BY trusted_until > ?1, failures, last LIMIT ?2)";

/// The attempt counter of one shard.
#[derive(Debug)]
pub struct AttemptCounter<S> {
    sql: S,
    /// The rows added since the counter was opened, or all rows once the table was counted.
    rows: Cell<u64>,
    rows_are_counted: Cell<bool>,
}

/// The names of an attempt's buckets, and how the attempt counts in them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketNames {
    /// The keyed hash of the account's username.
    pub account: String,
    /// The keyed hash of the client's network.
    pub network: String,
    /// Whether the client's network is known. All clients without a known network share one bucket,
    /// which is never trusted.
    pub network_is_known: bool,
    /// Whether this attempt was counted before, and now comes again with a hash from a fresher copy of
    /// the store. Messages keep the name that earlier versions know.
    #[serde(rename = "again")]
    pub already_counted: bool,
}

#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    exists: bool,
    failures: u32,
    last: i64,
    trusted_until: i64,
}

/// What was counted for an account before an attempt.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counts {
    network: Bucket,
    account: Bucket,
}

/// Whether an attempt may be verified.
#[derive(Debug, Clone, Copy)]
pub enum Admission {
    /// It may, and it was counted. These are the counts before it.
    Admitted(Counts),
    /// It may not, and it was not counted.
    Wait {
        /// How many milliseconds to wait before the next attempt.
        millis: i64,
    },
}

impl<S: Sql> AttemptCounter<S> {
    /// Opens the counter in a database, which may be empty.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed.
    pub fn open(sql: S) -> Result<Self, SqlError> {
        sql.query(CREATE, &[])?;
        // The rows are not counted yet, because every row that is read is billed, and objects are
        // opened often.
        Ok(Self { sql, rows: Cell::default(), rows_are_counted: Cell::default() })
    }

    /// How many rows the table has. Until the table is counted, the rows from before the counter was
    /// opened are left out.
    pub fn rows(&self) -> u64 {
        self.rows.get()
    }

    /// Deletes the rows that no longer count, and returns whether rows are left for a later time.
    /// `now` is in Unix milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed.
    pub fn forget(&self, now: i64) -> Result<bool, SqlError> {
        self.sql.query(FORGET, &[now.into(), (now - FORGET_ACCOUNT_MS).into(), (now - FORGET_NETWORK_MS).into()])?;
        self.count_rows()?;
        self.evict(now)?;
        Ok(self.rows() > 0)
    }

    fn count_rows(&self) -> Result<(), SqlError> {
        let rows = self.sql.query(ROWS, &[])?.first().map_or(Ok(0), |row| row.integer(0))?;
        self.rows.set(u64::try_from(rows).unwrap_or_default());
        self.rows_are_counted.set(true);
        Ok(())
    }

    /// Refuses an attempt, or counts it as a failure, before it is known to be one. An attempt that was
    /// counted before is admitted and not counted again. `now` is in Unix milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed. What was counted before it failed stays counted.
    pub fn admit(&self, buckets: &BucketNames, policy: &Policy, now: i64) -> Result<Admission, SqlError> {
        let counts = self.counts(buckets)?;
        if buckets.already_counted {
            return Ok(Admission::Admitted(counts));
        }
        let millis = counts.wait_ms(policy, now);
        if millis > 0 {
            return Ok(Admission::Wait { millis });
        }
        self.count(buckets, &counts, now)?;
        Ok(Admission::Admitted(counts))
    }

    fn counts(&self, buckets: &BucketNames) -> Result<Counts, SqlError> {
        let mut counts = Counts::default();
        for row in self.sql.query(READ, &[buckets.account.as_str().into(), buckets.network.as_str().into()])? {
            let bucket = Bucket::read(&row)?;
            if row.integer(0)? == 0 {
                counts.network = bucket;
            } else {
                counts.account = bucket;
            }
        }
        Ok(counts)
    }

    fn count(&self, buckets: &BucketNames, counts: &Counts, now: i64) -> Result<(), SqlError> {
        let mut added = u64::from(!counts.network.exists);
        let account = buckets.account.as_str();
        self.sql.query(COUNT, &[account.into(), buckets.network.as_str().into(), now.into()])?;
        if !counts.is_trusted(now) {
            added += u64::from(!counts.account.exists);
            self.sql.query(COUNT, &[account.into(), "".into(), now.into()])?;
        }
        self.rows.set(self.rows.get() + added);
        if !self.rows_are_counted.get() && self.rows.get() >= EVICTED {
            self.count_rows()?;
        }
        self.evict(now)
    }

    /// Evicts rows if there are too many.
    fn evict(&self, now: i64) -> Result<(), SqlError> {
        let excess = self.rows.get().saturating_sub(MAX_ROWS);
        if excess > 0 {
            let evicted = excess + EVICTED;
            self.sql.query(EVICT, &[now.into(), evicted.cast_signed().into()])?;
            self.rows.set(self.rows.get() - evicted);
        }
        Ok(())
    }

    /// Takes back what was counted, because the password was right. The network is trusted from now
    /// on, if it is known. If the attempt was counted in the account's own bucket, that bucket is
    /// emptied. A login from a network that was already trusted leaves it as it is: otherwise every
    /// login of the owner would give an attacker new tries. `now` is in Unix milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed. What was counted may stay counted.
    pub fn succeed(&self, buckets: &BucketNames, counts: &Counts, now: i64) -> Result<(), SqlError> {
        let (account, network) = (buckets.account.as_str(), buckets.network.as_str());
        let trusted_until = if buckets.network_is_known { now + TRUST_MS } else { 0 };
        self.sql.query(TRUST, &[account.into(), network.into(), now.into(), trusted_until.into()])?;
        if !counts.is_trusted(now) {
            self.sql.query(UNTRUST, &[account.into(), TRUSTED_NETWORKS.into()])?;
            self.sql.query(FORGIVE, &[account.into()])?;
            self.rows.set(self.rows.get().saturating_sub(1));
        }
        Ok(())
    }
}

impl Bucket {
    /// Reads a row of `READ`.
    fn read(row: &Row) -> Result<Self, SqlError> {
        Ok(Self {
            exists: true,
            failures: u32::try_from(row.integer(1)?).unwrap_or(u32::MAX),
            last: row.integer(2)?,
            trusted_until: row.integer(3)?,
        })
    }

    /// How many milliseconds this bucket makes the next attempt wait. Zero or less means that it need
    /// not wait. Without a delay the time of the last failure is not used, so a clock that steps back
    /// does no harm.
    fn wait_ms(self, limit: Limit, now: i64) -> i64 {
        match limit.delay_ms(self.failures) {
            0 => 0,
            delay => self.last + delay - now,
        }
    }
}

impl Counts {
    fn is_trusted(&self, now: i64) -> bool {
        self.network.trusted_until > now
    }

    fn wait_ms(&self, policy: &Policy, now: i64) -> i64 {
        let network = self.network.wait_ms(policy.network, now);
        let account = if self.is_trusted(now) { 0 } else { self.account.wait_ms(policy.account, now) };
        network.max(account).max(0)
    }
}
