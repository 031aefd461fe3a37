//! The tables of sessions, in the SQLite of a guard object.
//!
//! Table `sessions` has a row for each session that has a refresh token, and one for each token or session that was ended
//! before its time. A token with a `sid` is known by that number, and one without by a digest; `refreshed` is then the time
//! at which it was issued. A row with a `secret` is a session that goes on, and one without has ended. Table `accounts`
//! has a row for each account all of whose tokens up to a number were ended, whose record was changed, or whose numbers
//! are ahead of the clock. After `expires`, a row means nothing. All times and numbers are in Unix milliseconds.
//!
//! Neither table has an index besides its key, because an index is written with every row.

use std::{cell::RefCell, time::Duration};

use super::{
    message::{Newest, SessionEntry},
    rotation::Rotation,
};
use crate::sql::{Row, Sql, SqlError, Value};

const CREATE: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS sessions (
        account TEXT NOT NULL, number INTEGER NOT NULL, digest TEXT NOT NULL DEFAULT '',
        expires INTEGER NOT NULL, secret TEXT, client TEXT, rotation TEXT, refreshed INTEGER, ends INTEGER,
        PRIMARY KEY (account, number, digest)) STRICT, WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS accounts (
        account TEXT NOT NULL PRIMARY KEY, expires INTEGER NOT NULL, not_before INTEGER NOT NULL,
        version INTEGER NOT NULL, record TEXT, outdates_until INTEGER NOT NULL, largest INTEGER NOT NULL)
        STRICT, WITHOUT ROWID",
];
const ACCOUNT: &str = "SELECT expires, not_before, version, record, outdates_until, largest,
        (SELECT MAX(number) FROM sessions WHERE account = ?1)
    FROM (SELECT ?1 AS account) LEFT JOIN accounts USING (account)";
const PUT_ACCOUNT: &str = "INSERT INTO accounts (account, expires, not_before, version, record, outdates_until, largest)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT DO UPDATE SET expires = ?2, not_before = ?3, version = ?4, record = ?5, outdates_until = ?6, largest = ?7";
const FIND: &str = "SELECT secret, rotation, ends, expires FROM sessions
    WHERE account = ?1 AND number = ?2 AND digest = ?3 AND expires > ?4";
const BEGIN: &str = "INSERT INTO sessions (account, number, expires, secret, client, rotation, refreshed, ends)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
const REFRESH: &str = "UPDATE sessions SET rotation = ?3, refreshed = ?4, expires = ?5 WHERE account = ?1 AND number = ?2 AND digest = ''";
const END: &str = "INSERT INTO sessions (account, number, digest, refreshed, expires) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT DO UPDATE SET expires = MAX(?5, CASE WHEN secret IS NULL THEN expires ELSE 0 END),
        secret = NULL, client = NULL, rotation = NULL, refreshed = ?4, ends = NULL";
const LIST: &str = "SELECT number, client, refreshed, expires FROM sessions
    WHERE account = ?1 AND secret IS NOT NULL AND expires > ?2 ORDER BY number DESC";
const ENDED: &str = "SELECT COUNT(*), MAX(COALESCE(refreshed, number)), MAX(expires) FROM sessions
    WHERE account = ?1 AND secret IS NULL AND expires > ?2";
const DROP_EXPIRED: &str = "DELETE FROM sessions WHERE account = ?1 AND expires <= ?2";
const DROP_UP_TO: &str = "DELETE FROM sessions
    WHERE account = ?1 AND CASE digest WHEN '' THEN number ELSE refreshed END <= ?2";
/// The first account that is no longer among so many rows after `?1`.
const STEP: &str = "SELECT account FROM sessions WHERE account > ?1 ORDER BY account LIMIT 1 OFFSET ?2";
const SWEEP: &str = "DELETE FROM sessions WHERE account >= ?1 AND (?2 IS NULL OR account < ?2) AND expires <= ?3";
const SWEEP_ACCOUNTS: &str = "DELETE FROM accounts WHERE expires <= ?1";
const SWEEP_RECORDS: &str = "UPDATE accounts SET record = NULL WHERE outdates_until <= ?1 AND record IS NOT NULL";
const ANY: &str = "SELECT 1 WHERE EXISTS (SELECT 1 FROM sessions) OR EXISTS (SELECT 1 FROM accounts)";

/// How many rows are looked at in one step of sweeping. The object does nothing else meanwhile.
const SWEPT_ROWS: i64 = 20_000;
/// How long the object waits before the next step, so that others get their turn.
const SWEEP_NEXT: Duration = Duration::from_secs(1);
/// How often expired rows are deleted.
const SWEEP_EVERY: Duration = Duration::from_hours(31 * 24);

/// What holds for all tokens of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) expires: i64,
    /// No token up to this number is good.
    pub(super) not_before: i64,
    /// The version of the record that was changed last, or 0.
    pub(super) version: i64,
    /// What that change made of the record. The column `record` is `NULL` where the store can be asked, and empty for a user
    /// who was deleted.
    pub(super) newest: Newest,
    /// Until when older records are refused.
    pub(super) outdates_until: i64,
    /// The largest number in the account's rows.
    pub(super) largest: i64,
}

/// A row that has not expired.
#[derive(Debug)]
pub(super) enum Found {
    /// The session goes on.
    Alive {
        secret: String,
        rotation: Rotation,
        ends: i64,
        expires: i64,
    },
    Ended,
}

#[derive(Debug)]
pub(super) struct Table<S> {
    sql: S,
    /// The account at which the next step of sweeping begins.
    swept: RefCell<String>,
}

impl<S: Sql> Table<S> {
    pub(super) fn open(sql: S) -> Result<Self, SqlError> {
        for statement in CREATE {
            sql.query(statement, &[])?;
        }
        Ok(Self { sql, swept: RefCell::default() })
    }

    pub(super) fn account(&self, account: &str, now: i64) -> Result<Account, SqlError> {
        let rows = self.sql.query(ACCOUNT, &[account.into()])?;
        let Some(row) = rows.first() else { return Ok(Account::default()) };
        let largest = row.optional_integer(6)?.unwrap_or_default();
        let expires = row.optional_integer(0)?.unwrap_or_default();
        if expires <= now {
            return Ok(Account { largest, ..Account::default() });
        }
        Ok(Account {
            expires,
            not_before: row.integer(1)?,
            version: row.integer(2)?,
            newest: match row.optional_text(3)? {
                None => Newest::InStore,
                Some("") => Newest::Deleted,
                Some(record) => Newest::Record(record.to_owned()),
            },
            outdates_until: row.integer(4)?,
            largest: row.integer(5)?.max(largest),
        })
    }

    pub(super) fn put_account(&self, name: &str, account: &Account) -> Result<(), SqlError> {
        let Account { expires, not_before, version, newest, outdates_until, largest } = account;
        let record = match newest {
            Newest::InStore => Value::Null,
            Newest::Record(record) => record.as_str().into(),
            Newest::Deleted => "".into(),
        };
        let [expires, not_before, version, outdates_until, largest] =
            [expires, not_before, version, outdates_until, largest].map(|number| Value::from(*number));
        let values = [name.into(), expires, not_before, version, record, outdates_until, largest];
        self.sql.query(PUT_ACCOUNT, &values).map(drop)
    }

    pub(super) fn find(&self, account: &str, token: &Key<'_>, now: i64) -> Result<Option<Found>, SqlError> {
        let Key { number, digest, .. } = *token;
        let rows = self.sql.query(FIND, &[account.into(), number.into(), digest.into(), now.into()])?;
        let Some(row) = rows.first() else { return Ok(None) };
        let Some(secret) = row.optional_text(0)? else { return Ok(Some(Found::Ended)) };
        let rotation = serde_json::from_str(row.text(1)?);
        let rotation = rotation.map_err(|_| SqlError::Type { column: 1, expected: "a session's generations" })?;
        Ok(Some(Found::Alive { secret: secret.to_owned(), rotation, ends: row.integer(2)?, expires: row.integer(3)? }))
    }

    /// Inserts a session. `expires` is when it ends if nobody refreshes it, and `ends` when it ends in any case.
    pub(super) fn begin(&self, account: &str, session: &Begun<'_>) -> Result<(), SqlError> {
        let Begun { number, expires, secret, client, now, ends } = *session;
        let rotation = json(&Rotation::new());
        let (rotation, secret, client) = (rotation.as_str().into(), secret.into(), client.into());
        let values = [account.into(), number.into(), expires.into(), secret, client, rotation, now.into(), ends.into()];
        self.sql.query(BEGIN, &values).map(drop)
    }

    pub(super) fn refresh(
        &self,
        account: &str,
        number: i64,
        rotation: &Rotation,
        now: i64,
        expires: i64,
    ) -> Result<(), SqlError> {
        let rotation = json(rotation);
        let values = [account.into(), number.into(), rotation.as_str().into(), now.into(), expires.into()];
        self.sql.query(REFRESH, &values).map(drop)
    }

    /// Ends a token or a session, whether there is a row for it or not. `issued` is when a token without `sid` was issued.
    /// The row is kept until `until`, or for as long as one that has ended was going to be kept before.
    pub(super) fn end(&self, account: &str, token: &Key<'_>, until: i64) -> Result<(), SqlError> {
        let Key { number, digest, issued } = *token;
        let issued = issued.map_or(Value::Null, Value::from);
        self.sql.query(END, &[account.into(), number.into(), digest.into(), issued, until.into()]).map(drop)
    }

    /// The sessions that go on, the latest first.
    pub(super) fn list(&self, account: &str, now: i64) -> Result<Vec<SessionEntry>, SqlError> {
        let rows = self.sql.query(LIST, &[account.into(), now.into()])?;
        let entry = |row: &Row| {
            Ok(SessionEntry {
                number: row.integer(0)?,
                client: row.text(1)?.to_owned(),
                refreshed: row.integer(2)?,
                idle_until: row.integer(3)?,
            })
        };
        rows.iter().map(entry).collect()
    }

    /// How many rows of the account have ended, the largest of their numbers or times, and when the last of them expires.
    pub(super) fn ended(&self, account: &str, now: i64) -> Result<(i64, i64, i64), SqlError> {
        let rows = self.sql.query(ENDED, &[account.into(), now.into()])?;
        let Some(row) = rows.first() else { return Ok((0, 0, 0)) };
        let largest = |column| row.optional_integer(column).map(Option::unwrap_or_default);
        Ok((row.integer(0)?, largest(1)?, largest(2)?))
    }

    pub(super) fn drop_expired(&self, account: &str, now: i64) -> Result<(), SqlError> {
        self.sql.query(DROP_EXPIRED, &[account.into(), now.into()]).map(drop)
    }

    pub(super) fn drop_up_to(&self, account: &str, number: i64) -> Result<(), SqlError> {
        self.sql.query(DROP_UP_TO, &[account.into(), number.into()]).map(drop)
    }

    /// Deletes expired rows, in one step of several. Returns when the next step is due, or `None` if no rows are left.
    pub(super) fn sweep(&self, now: i64) -> Result<Option<Duration>, SqlError> {
        let start = self.swept.borrow().clone();
        let end = self.sql.query(STEP, &[start.as_str().into(), SWEPT_ROWS.into()])?;
        let end = end.first().map(|row| row.text(0)).transpose()?;
        self.sql.query(SWEEP, &[start.as_str().into(), end.map_or(Value::Null, Value::from), now.into()])?;
        end.unwrap_or_default().clone_into(&mut self.swept.borrow_mut());
        if end.is_some() {
            return Ok(Some(SWEEP_NEXT));
        }
        self.sql.query(SWEEP_ACCOUNTS, &[now.into()])?;
        self.sql.query(SWEEP_RECORDS, &[now.into()])?;
        Ok(if self.sql.query(ANY, &[])?.is_empty() { None } else { Some(SWEEP_EVERY) })
    }
}

/// The key of a token's row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key<'a> {
    /// 0 for a token without `sid`.
    pub(super) number: i64,
    /// Empty for a token with `sid`.
    pub(super) digest: &'a str,
    /// When a token without `sid` was issued.
    pub(super) issued: Option<i64>,
}

impl Key<'static> {
    /// That of a session.
    pub(super) fn session(number: i64) -> Self {
        Self { number, digest: "", issued: None }
    }
}

/// A session that begins. Times are in Unix milliseconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Begun<'a> {
    pub(super) number: i64,
    pub(super) expires: i64,
    pub(super) secret: &'a str,
    pub(super) client: &'a str,
    pub(super) now: i64,
    pub(super) ends: i64,
}

/// Numbers and strings always serialise.
fn json(rotation: &Rotation) -> String {
    serde_json::to_string(rotation).unwrap_or_default()
}
