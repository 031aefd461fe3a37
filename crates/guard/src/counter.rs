//! The buckets in which attempts are counted, in the SQLite of a guard object.
//!
//! Table `buckets` has a row for an account and a network, and a row for the account over all
//! networks, whose `network` is empty. Both names are keyed hashes. `failures` is the number of
//! failures in a row, `last` the time of the last one in Unix milliseconds, and `trusted_until` the
//! time until which the account is known to log in from that network.
//!
//! The table is bounded. An attacker's made-up names fill it with rows of one failure each. When it
//! is full, the rows with the fewest failures go first, the oldest of them first, and the rows of
//! trusted networks last. So a bucket that delays someone is evicted only after a table full of
//! others has collected as many failures each, and every one of those took a verification.

use std::{cell::Cell, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    policy::{Limit, Policy},
    sql::{Row, Sql, SqlError},
};

/// The most rows that one shard keeps: some 10 MB.
pub const MAX_ROWS: u64 = 100_000;
/// How many rows beyond the excess are evicted at once. It is also how many rows may be added before
/// a counter that was just opened counts its table: each opening within an hour may exceed the bound
/// by as many.
const EVICTED: u64 = MAX_ROWS / 10;

/// How long a network stays trusted after a login.
const TRUST_MS: i64 = 30 * DAY_MS;
/// How many networks an account trusts: the ones it logged in from last. More would be a store of
/// exemptions for whoever once knew the password, and rows that are never evicted.
const TRUSTED_NETWORKS: i64 = 8;
/// How long failures from one network count after the last one.
const FORGET_NETWORK_MS: i64 = DAY_MS;
/// How long failures of an account count after the last one.
const FORGET_ACCOUNT_MS: i64 = 30 * DAY_MS;
/// How often rows that count no longer are dropped.
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
    /// Rows added since the counter was opened, or all rows once the table was counted.
    rows: Cell<u64>,
    rows_are_counted: Cell<bool>,
}

/// The names of an attempt's buckets, and whether it was counted before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketNames {
    /// The keyed hash of the account's username.
    pub account: String,
    /// The keyed hash of the client's network.
    pub network: String,
    /// Whether the client's network is known. All clients without a known network share one bucket,
    /// which is never trusted.
    pub network_is_known: bool,
    /// True if this attempt was counted before, and now comes again with a hash from a fresher copy
    /// of the store. Messages keep the name that earlier versions know.
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
    /// It may, and it is counted.
    Admitted(Counts),
    /// It may not, and nothing was counted.
    Wait {
        /// How long to wait, in milliseconds.
        millis: i64,
    },
}

impl<S: Sql> AttemptCounter<S> {
    /// Opens the counter in a database, which may be empty.
    ///
    /// # Errors
    /// The database failed.
    pub fn open(sql: S) -> Result<Self, SqlError> {
        sql.query(CREATE, &[])?;
        // The rows are not counted yet: rows that are read are billed, and objects are opened often.
        Ok(Self { sql, rows: Cell::default(), rows_are_counted: Cell::default() })
    }

    /// How many rows the table has. Rows from before the counter was opened are included only once
    /// the table was counted.
    pub fn rows(&self) -> u64 {
        self.rows.get()
    }

    /// Drops what counts no longer. Returns true if rows are left, to be looked at again later.
    ///
    /// # Errors
    /// The database failed.
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

    /// Counts an attempt as a failure before it is known to be one, or refuses it. An attempt that
    /// was counted before is admitted without being counted again.
    ///
    /// # Errors
    /// The database failed.
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

    /// Makes room if there are too many rows.
    fn evict(&self, now: i64) -> Result<(), SqlError> {
        let excess = self.rows.get().saturating_sub(MAX_ROWS);
        if excess > 0 {
            let evicted = excess + EVICTED;
            self.sql.query(EVICT, &[now.into(), evicted.cast_signed().into()])?;
            self.rows.set(self.rows.get() - evicted);
        }
        Ok(())
    }

    /// Takes back what was counted, because the password was right. From now on this network is
    /// trusted. A login that the account's own bucket counted empties that bucket. A login from a
    /// network that was trusted before doesn't, because the owner's logins would then give an
    /// attacker new tries.
    ///
    /// # Errors
    /// The database failed.
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

    /// How many milliseconds the next attempt has to wait for this bucket. Without a delay there is
    /// nothing to wait for, whatever the clock says.
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
