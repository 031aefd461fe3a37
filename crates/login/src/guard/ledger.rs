//! The buckets in which attempts are counted, in the SQLite of a guard object.
//!
//! Table `buckets`: a row for an account and a network, and one for the account over all networks,
//! with an empty `network`. Both names are keyed hashes. `failures` in a row; `last`, the last
//! one's time in Unix milliseconds; `trusted_until`, the time until which the account is known to
//! log in from there.
//!
//! The table is bounded. Names that an attacker makes up fill it with rows of one failure each;
//! when it is full, rows of the fewest failures go first, the oldest of them first, and those of
//! trusted networks last. So a bucket that delays someone goes only after a table full of others
//! was filled with as many failures each, every one of which took a verification.

use std::{cell::Cell, time::Duration};

use crate::{
    guard::{
        message::Bucketed,
        policy::{Limit, Policy},
    },
    sql::{Sql, SqlError, SqlValue},
};

/// Most rows of one shard: some 10 MB.
pub const MAX_ROWS: u64 = 100_000;
/// How many more than have to go when there is no more room; and how many may come before a ledger that was
/// just opened is counted, so that there may be as many too many for each time it is opened in an hour.
const EVICTED: u64 = MAX_ROWS / 10;

/// How long a network stays trusted after a login.
const TRUST_MS: i64 = 30 * DAY_MS;
/// How many networks an account trusts: those it logged in from last. More would be a store of
/// exemptions for whoever knew the password once, and rows that are never evicted.
const TRUSTED_NETWORKS: i64 = 8;
/// How long failures of one network count after the last.
const FORGET_NETWORK_MS: i64 = DAY_MS;
/// How long failures of an account count after the last.
const FORGET_ACCOUNT_MS: i64 = 30 * DAY_MS;
/// How often what counts no more is dropped.
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

/// The buckets of one shard.
#[derive(Debug)]
pub struct Ledger<S> {
    sql: S,
    /// Those added since it was opened, until they are counted: then all.
    rows: Cell<u64>,
    counted: Cell<bool>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    exists: bool,
    failures: u32,
    last: i64,
    trusted_until: i64,
}

/// How an account stood with a network before an attempt.
#[derive(Debug, Clone, Copy)]
pub struct Standing {
    network: Bucket,
    account: Bucket,
}

impl<S: Sql> Ledger<S> {
    /// Opens the ledger in a database, which may be empty.
    ///
    /// # Errors
    /// The database failed.
    pub fn open(sql: S) -> Result<Self, SqlError> {
        sql.run(CREATE, &[])?;
        // Not counted yet: rows that are read are billed, and objects are opened often.
        Ok(Self { sql, rows: Cell::default(), counted: Cell::default() })
    }

    /// How many rows it has; of those from before it was opened only once they were counted.
    pub fn rows(&self) -> u64 {
        self.rows.get()
    }

    /// Drops what counts no more. True if rows are left, to be looked at again.
    ///
    /// # Errors
    /// The database failed.
    pub fn forget(&self, now: i64) -> Result<bool, SqlError> {
        let before = [now, now - FORGET_ACCOUNT_MS, now - FORGET_NETWORK_MS].map(SqlValue::Integer);
        self.sql.run(FORGET, &before)?;
        self.count_rows()?;
        self.evict(now)?;
        Ok(self.rows() > 0)
    }

    fn count_rows(&self) -> Result<(), SqlError> {
        let rows = self.sql.run(ROWS, &[])?.concat().first().copied().unwrap_or_default();
        self.rows.set(u64::try_from(rows).unwrap_or_default());
        self.counted.set(true);
        Ok(())
    }

    /// Counts an attempt as a failure, before it is known to be one; or refuses it, and says how
    /// many milliseconds to wait. An attempt that was counted before passes.
    ///
    /// # Errors
    /// The database failed.
    pub fn admit(&self, bucketed: &Bucketed, policy: &Policy, now: i64) -> Result<Result<Standing, i64>, SqlError> {
        let standing = self.standing(&bucketed.account, &bucketed.network)?;
        if bucketed.again {
            return Ok(Ok(standing));
        }
        let wait = standing.wait_ms(policy, now);
        if wait > 0 {
            return Ok(Err(wait));
        }
        self.count(&bucketed.account, &bucketed.network, &standing, now)?;
        Ok(Ok(standing))
    }

    fn standing(&self, account: &str, network: &str) -> Result<Standing, SqlError> {
        let mut standing = Standing { network: Bucket::default(), account: Bucket::default() };
        for row in self.sql.run(READ, &[SqlValue::Text(account), SqlValue::Text(network)])? {
            let &[is_account, failures, last, trusted_until] = row.as_slice() else { continue };
            let failures = u32::try_from(failures).unwrap_or(u32::MAX);
            let bucket = Bucket { exists: true, failures, last, trusted_until };
            if is_account == 0 {
                standing.network = bucket;
            } else {
                standing.account = bucket;
            }
        }
        Ok(standing)
    }

    fn count(&self, account: &str, network: &str, standing: &Standing, now: i64) -> Result<(), SqlError> {
        let mut added = u64::from(!standing.network.exists);
        self.sql.run(COUNT, &[SqlValue::Text(account), SqlValue::Text(network), SqlValue::Integer(now)])?;
        if !standing.is_trusted(now) {
            added += u64::from(!standing.account.exists);
            self.sql.run(COUNT, &[SqlValue::Text(account), SqlValue::Text(""), SqlValue::Integer(now)])?;
        }
        self.rows.set(self.rows.get() + added);
        if !self.counted.get() && self.rows.get() >= EVICTED {
            self.count_rows()?;
        }
        self.evict(now)
    }

    /// Makes room where there are too many rows.
    fn evict(&self, now: i64) -> Result<(), SqlError> {
        let excess = self.rows.get().saturating_sub(MAX_ROWS);
        if excess > 0 {
            let evicted = excess + EVICTED;
            self.sql.run(EVICT, &[SqlValue::Integer(now), SqlValue::Integer(evicted.cast_signed())])?;
            self.rows.set(self.rows.get() - evicted);
        }
        Ok(())
    }

    /// Takes back what was counted, because the password was right: this network is trusted from
    /// now on. The account's own bucket is emptied by a login that it counted, not by one from a
    /// network that was trusted before: else its owner's logins would give an attacker new tries.
    ///
    /// # Errors
    /// The database failed.
    pub fn succeed(&self, bucketed: &Bucketed, standing: &Standing, now: i64) -> Result<(), SqlError> {
        let names = [SqlValue::Text(&bucketed.account), SqlValue::Text(&bucketed.network)];
        let until = if bucketed.network_is_known { now + TRUST_MS } else { 0 };
        let times = [SqlValue::Integer(now), SqlValue::Integer(until)];
        self.sql.run(TRUST, &[names, times].concat())?;
        if !standing.is_trusted(now) {
            self.sql.run(UNTRUST, &[SqlValue::Text(&bucketed.account), SqlValue::Integer(TRUSTED_NETWORKS)])?;
            self.sql.run(FORGIVE, &[SqlValue::Text(&bucketed.account)])?;
            self.rows.set(self.rows.get().saturating_sub(1));
        }
        Ok(())
    }
}

impl Standing {
    fn is_trusted(&self, now: i64) -> bool {
        self.network.trusted_until > now
    }

    /// How many milliseconds the next attempt has to wait.
    fn wait_ms(&self, policy: &Policy, now: i64) -> i64 {
        // Nothing to wait for without a delay, whatever the clock says.
        let wait = |limit: Limit, bucket: Bucket| match limit.delay_ms(bucket.failures) {
            0 => 0,
            delay => bucket.last + delay - now,
        };
        let network = wait(policy.network, self.network);
        let account = if self.is_trusted(now) { 0 } else { wait(policy.account, self.account) };
        network.max(account).max(0)
    }
}
