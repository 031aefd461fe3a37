//! The table of buckets, in the SQLite of a guard object.
//!
//! Table `buckets` has a row for each account and network, and a row for the account over all networks
//! that it doesn't trust, whose `network` is empty. Both names are keyed hashes. `failures` is the
//! number of failures in a row, and `last` the time of the last one. Until `trusted_until`, the account
//! trusts the network, because it logged in from there. Both times are in Unix milliseconds.
//!
//! Written rows are nearly all that the table costs: one costs as much as a thousand that are read. So
//! the table has no index besides its key, because an index is written with every new row.
//!
//! The table is bounded in slices. A slice is all accounts whose names begin with the same digits.
//! Names are keyed hashes, so slices fill evenly, and nobody can aim at one. One new row in sixteen has
//! its slice tidied: rows that no longer count are deleted, and so are those beyond the slice's bound.
//! Three quarters of a slice are for rows that delay someone and, where these leave room, for rows of
//! trusted networks. The last quarter is for the latest of all other rows. So made-up names, which cause
//! one failure each, displace nothing but each other, and nothing keeps new failures from being counted.

use std::{
    cell::{Cell, RefCell},
    time::Duration,
};

use crate::{
    policy::Policy,
    sql::{Row, Sql, SqlError, Value},
};

/// How many rows a shard keeps at most. They take about 150 MB. Because not every new row has its slice
/// tidied, there may be some 8 % more.
pub const MAX_ROWS: u64 = SLICES * SLICE_ROWS;
/// How many slices the table has: one for every [`SLICE_DIGITS`] hexadecimal digits.
const SLICES: u64 = 4096;
const SLICE_DIGITS: usize = 3;
/// The most rows of a slice that was just tidied.
const SLICE_ROWS: u64 = 400;
/// How many of them are for rows that delay someone or are trusted.
const LASTING_ROWS: i64 = 300;
/// The last digit of the accounts whose new rows have their slice tidied.
const TIDYING: char = '0';

/// How long failures from one network count, in milliseconds after the last one.
const FORGET_NETWORK_MS: i64 = DAY_MS;
/// How long failures of an account count, in milliseconds after the last one.
const FORGET_ACCOUNT_MS: i64 = 30 * DAY_MS;
/// How often all rows that no longer count are deleted. Nothing counts for longer than 40 days, so each
/// row is read for this once or twice, and an object that is left alone soon has none.
pub const FORGET_EVERY: Duration = Duration::from_hours(31 * 24);
/// How many rows are looked at in one step of that. The object does nothing else meanwhile.
const FORGET_ROWS: i64 = 20_000;
/// How long the object waits before the next step, so that attempts get their turn.
const FORGET_NEXT: Duration = Duration::from_secs(1);
pub(crate) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

// Objects that were deployed have this table.
const CREATE: &str = "CREATE TABLE IF NOT EXISTS buckets (
    account TEXT NOT NULL, network TEXT NOT NULL,
    failures INTEGER NOT NULL, last INTEGER NOT NULL, trusted_until INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (account, network)) STRICT, WITHOUT ROWID";
const READ: &str = "SELECT network = '', failures, last, trusted_until FROM buckets
    WHERE account = ?1 AND network IN ('', ?2)";
const TRUSTED: &str = "SELECT network FROM buckets WHERE account = ?1 AND trusted_until > ?2";
const PUT: &str = "INSERT INTO buckets (account, network, failures, last, trusted_until)
    VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT DO UPDATE SET failures = ?3, last = ?4, trusted_until = ?5";
const REMOVE: &str = "DELETE FROM buckets WHERE account = ?1 AND network = ?2";
const FORGIVE: &str = "UPDATE buckets SET failures = 0 WHERE account = ?1 AND failures > 0";
const UNTRUST: &str = "UPDATE buckets SET trusted_until = 0 WHERE account = ?1 AND trusted_until > 0
    AND network NOT IN (SELECT network FROM buckets WHERE account = ?1 ORDER BY trusted_until DESC LIMIT ?2)";
/// The first account that is no longer among so many rows after `?1`.
const STEP: &str = "SELECT account FROM buckets WHERE account > ?1 ORDER BY account LIMIT 1 OFFSET ?2";
const FORGET: &str = "DELETE FROM buckets WHERE account >= ?4 AND (?5 IS NULL OR account < ?5) AND trusted_until <= ?1
    AND last <= CASE network WHEN '' THEN ?2 ELSE ?3 END";
const ANY: &str = "SELECT 1 FROM buckets LIMIT 1";
/// Keeps the rows of a slice that count most, and says of each row that it deletes whether it still
/// counted, delayed someone and was trusted.
const TIDY: &str = "WITH slice AS MATERIALIZED (
        SELECT account, network, failures, last, trusted_until > ?3 AS trusted,
            failures > 0 AND last > CASE network WHEN '' THEN ?4 ELSE ?5 END AS counts,
            failures >= CASE network WHEN '' THEN ?6 ELSE ?7 END AS delays
        FROM buckets WHERE account >= ?1 AND account < ?2),
    ranked AS MATERIALIZED (
        SELECT *, (trusted OR delays) AND ROW_NUMBER()
            OVER (ORDER BY counts AND delays DESC, trusted DESC, failures DESC, last DESC) <= ?8 AS lasts
        FROM slice WHERE trusted OR counts),
    kept AS MATERIALIZED (SELECT account, network FROM ranked ORDER BY lasts DESC, last DESC LIMIT ?9)
    DELETE FROM buckets WHERE account >= ?1 AND account < ?2 AND (account, network) NOT IN kept
    RETURNING trusted_until > ?3 OR (failures > 0 AND last > CASE network WHEN '' THEN ?4 ELSE ?5 END),
        failures >= CASE network WHEN '' THEN ?6 ELSE ?7 END, trusted_until > ?3";

/// One bucket of an account, as it counts at a given time.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Bucket {
    /// Whether the table has a row for it.
    pub(crate) exists: bool,
    pub(crate) failures: u32,
    pub(crate) last: i64,
    pub(crate) trusted_until: i64,
}

/// An account's buckets for one network.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Buckets {
    pub(crate) network: Bucket,
    pub(crate) account: Bucket,
}

/// How many rows were evicted although they still counted, because the table was full.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Evictions {
    /// All of them.
    pub rows: u32,
    /// Those with so many failures that they delay attempts.
    pub delaying: u32,
    /// Those of networks that their account trusted.
    pub trusted: u32,
}

#[derive(Debug)]
pub(crate) struct Table<S> {
    sql: S,
    /// Whether a row was written since this was opened, and no statement that writes failed after it.
    is_writable: Cell<bool>,
    evictions: Cell<Evictions>,
    /// The account at which the next step of forgetting begins. If the object is started anew in between,
    /// it begins at the first one again.
    forgotten: RefCell<String>,
}

impl<S: Sql> Table<S> {
    pub(crate) fn open(sql: S) -> Result<Self, SqlError> {
        sql.query(CREATE, &[])?;
        Ok(Self { sql, is_writable: Cell::default(), evictions: Cell::default(), forgotten: RefCell::default() })
    }

    /// Writes a row that means nothing, unless the table is known to be writable.
    pub(crate) fn ensure_writable(&self) -> Result<(), SqlError> {
        if self.is_writable.get() { Ok(()) } else { self.put("", "", Bucket::default()) }
    }

    pub(crate) fn read(&self, account: &str, network: &str, now: i64) -> Result<Buckets, SqlError> {
        let mut buckets = Buckets::default();
        for row in self.sql.query(READ, &[account.into(), network.into()])? {
            if row.integer(0)? == 0 {
                buckets.network = Bucket::read(&row, now, FORGET_NETWORK_MS)?;
            } else {
                buckets.account = Bucket::read(&row, now, FORGET_ACCOUNT_MS)?;
            }
        }
        Ok(buckets)
    }

    /// The networks that an account trusts.
    pub(crate) fn trusted(&self, account: &str, now: i64) -> Result<Vec<String>, SqlError> {
        let rows = self.sql.query(TRUSTED, &[account.into(), now.into()])?;
        rows.iter().map(|row| row.text(0).map(str::to_owned)).collect()
    }

    /// Writes one row.
    pub(crate) fn put(&self, account: &str, network: &str, bucket: Bucket) -> Result<(), SqlError> {
        let Bucket { failures, last, trusted_until, .. } = bucket;
        let failures = i64::from(failures);
        self.write(PUT, &[account.into(), network.into(), failures.into(), last.into(), trusted_until.into()])?;
        self.is_writable.set(true);
        Ok(())
    }

    pub(crate) fn remove(&self, account: &str, network: &str) -> Result<(), SqlError> {
        self.write(REMOVE, &[account.into(), network.into()]).map(drop)
    }

    /// Sets all counts of an account to zero. Rows that mean nothing then are deleted like others that no longer count.
    pub(crate) fn forgive(&self, account: &str) -> Result<(), SqlError> {
        self.write(FORGIVE, &[account.into()]).map(drop)
    }

    /// Leaves the account only the networks whose trust lasts longest.
    pub(crate) fn bound_trust(&self, account: &str, networks: i64) -> Result<(), SqlError> {
        self.write(UNTRUST, &[account.into(), networks.into()]).map(drop)
    }

    /// Bounds the slice of an account that got a new row, once in sixteen times.
    pub(crate) fn bound_rows(&self, account: &str, policy: &Policy, now: i64) -> Result<(), SqlError> {
        if !account.ends_with(TIDYING) {
            return Ok(());
        }
        let start = account.get(..SLICE_DIGITS).unwrap_or(account);
        // All digits come before `g`.
        let end = format!("{start}g");
        let mut evictions = self.evictions.get();
        let evicted = self.write(
            TIDY,
            &[
                start.into(),
                end.as_str().into(),
                now.into(),
                (now - FORGET_ACCOUNT_MS).into(),
                (now - FORGET_NETWORK_MS).into(),
                i64::from(policy.account.free).into(),
                i64::from(policy.network.free).into(),
                LASTING_ROWS.into(),
                SLICE_ROWS.cast_signed().into(),
            ],
        )?;
        for row in evicted {
            if row.integer(0)? > 0 {
                evictions.rows += 1;
                evictions.delaying += u32::from(row.integer(1)? > 0);
                evictions.trusted += u32::from(row.integer(2)? > 0);
            }
        }
        self.evictions.set(evictions);
        Ok(())
    }

    pub(crate) fn take_evictions(&self) -> Option<Evictions> {
        Some(self.evictions.take()).filter(|evictions| evictions.rows > 0)
    }

    /// Deletes rows that no longer count, in one step of several. Returns when the next step is due, or
    /// `None` if no rows are left.
    pub(crate) fn forget(&self, now: i64) -> Result<Option<Duration>, SqlError> {
        let start = self.forgotten.borrow().clone();
        let end = self.sql.query(STEP, &[start.as_str().into(), FORGET_ROWS.into()])?;
        let end = end.first().map(|row| row.text(0)).transpose()?;
        let times = [now, now - FORGET_ACCOUNT_MS, now - FORGET_NETWORK_MS].map(Value::from);
        let [now, account, network] = times;
        self.write(FORGET, &[now, account, network, start.as_str().into(), end.map_or(Value::Null, Value::from)])?;
        end.unwrap_or_default().clone_into(&mut self.forgotten.borrow_mut());
        Ok(match end {
            Some(_) => Some(FORGET_NEXT),
            None if self.sql.query(ANY, &[])?.is_empty() => None,
            None => Some(FORGET_EVERY),
        })
    }

    fn write(&self, statement: &str, values: &[Value<'_>]) -> Result<Vec<Row>, SqlError> {
        self.sql.query(statement, values).inspect_err(|_| self.is_writable.set(false))
    }
}

impl Bucket {
    /// Reads a row of `READ`, without what no longer counts.
    fn read(row: &Row, now: i64, forget_ms: i64) -> Result<Self, SqlError> {
        let (last, trusted_until) = (row.integer(2)?, row.integer(3)?);
        let failures = if last > now - forget_ms { u32::try_from(row.integer(1)?).unwrap_or(u32::MAX) } else { 0 };
        Ok(Self { exists: true, failures, last, trusted_until: if trusted_until > now { trusted_until } else { 0 } })
    }

    pub(crate) fn is_trusted(self) -> bool {
        self.trusted_until > 0
    }
}
