//! The table of users who were changed, in the SQLite of a home object.
//!
//! Hashes are in it unencrypted, as in KV itself. `record` is `NULL` for a user who was deleted. `told` is when the guards
//! of all regions knew of the version, 0 if they may not, and `NULL` if they need not. `wrote` and `due`, like `told` and
//! `version`, are in Unix milliseconds.

use accounts::{Email, Username, change::Stored, kv::Record};

use super::entry::{Entry, Told};
use crate::sql::{Row, Sql, SqlError, Value};

const CREATE: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS users (
        username TEXT NOT NULL PRIMARY KEY, record TEXT, version INTEGER NOT NULL, email TEXT,
        revision INTEGER NOT NULL, told INTEGER, lacks_record INTEGER NOT NULL, lacks_email INTEGER NOT NULL,
        is_new INTEGER NOT NULL, wrote INTEGER NOT NULL, failures INTEGER NOT NULL, due INTEGER NOT NULL,
        reset TEXT)
        STRICT, WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS users_by_due ON users (due)",
];
const GET: &str =
    "SELECT username, record, version, email, revision, told, lacks_record, lacks_email, is_new, wrote, failures, due,
    reset FROM users WHERE username = ?1";
const PUT: &str = "INSERT OR REPLACE INTO users
    (username, record, version, email, revision, told, lacks_record, lacks_email, is_new, wrote, failures, due, reset)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
const FORGET: &str = "DELETE FROM users WHERE due <= ?1 AND told IS NOT 0 AND lacks_record = 0 AND lacks_email = 0";
const DUE: &str =
    "SELECT username, record, version, email, revision, told, lacks_record, lacks_email, is_new, wrote, failures, due,
    reset FROM users WHERE due <= ?1 ORDER BY due LIMIT ?2";
const NEXT: &str = "SELECT due FROM users ORDER BY due LIMIT 1";

/// How many users are served at a time. Each may need ten of the 1,000 operations that the free plan allows in one
/// invocation: six regions, and four on KV.
const AT_ONCE: i64 = 50;

#[derive(Debug)]
pub(super) struct Table<S> {
    sql: S,
}

impl<S: Sql> Table<S> {
    pub(super) fn open(sql: S) -> Result<Self, SqlError> {
        for statement in CREATE {
            sql.query(statement, &[])?;
        }
        Ok(Self { sql })
    }

    pub(super) fn get(&self, username: &Username) -> Result<Option<Entry>, SqlError> {
        self.sql.query(GET, &[username.as_str().into()])?.first().map(entry).transpose()
    }

    pub(super) fn put(&self, username: &Username, entry: &Entry) -> Result<(), SqlError> {
        let Entry { stored, revision, told, lacks_record, lacks_email, is_new, wrote, failures, due } = entry;
        let (record, told) = (
            entry.json(),
            match told {
                Told::Needless => Value::Null,
                Told::NotYet => 0.into(),
                Told::At(told) => (*told).into(),
            },
        );
        let reset = stored.reset.as_ref().and_then(|reset| serde_json::to_string(reset).ok());
        let nullable = |text| Option::map_or(text, Value::Null, Value::from);
        let values = [
            username.as_str().into(),
            nullable(record.as_deref()),
            stored.version.millis().into(),
            nullable(stored.email.as_ref().map(Email::as_str)),
            (*revision).into(),
            told,
            i64::from(*lacks_record).into(),
            i64::from(*lacks_email).into(),
            i64::from(*is_new).into(),
            (*wrote).into(),
            (*failures).into(),
            (*due).into(),
            nullable(reset.as_deref()),
        ];
        self.sql.query(PUT, &values).map(drop)
    }

    /// Deletes users of whom nothing is left to do.
    pub(super) fn forget(&self, now: i64) -> Result<(), SqlError> {
        self.sql.query(FORGET, &[now.into()]).map(drop)
    }

    pub(super) fn due(&self, now: i64) -> Result<Vec<(Username, Entry)>, SqlError> {
        let rows = self.sql.query(DUE, &[now.into(), AT_ONCE.into()])?;
        rows.iter()
            .map(|row| Ok((Username::parse(row.text(0)?).ok_or(mismatch(0, "a username"))?, entry(row)?)))
            .collect()
    }

    pub(super) fn next_due(&self) -> Result<Option<i64>, SqlError> {
        self.sql.query(NEXT, &[])?.first().map(|row| row.integer(0)).transpose()
    }
}

fn entry(row: &Row) -> Result<Entry, SqlError> {
    let record = row.optional_text(1)?.map(|record| Record::parse(record).map_err(|_| mismatch(1, "a record")));
    let email =
        row.optional_text(3)?.map(|email| Email::try_from(email.to_owned()).map_err(|_| mismatch(3, "an address")));
    let reset = row.optional_text(12)?.map(|reset| serde_json::from_str(reset).map_err(|_| mismatch(12, "a reset")));
    let version = row.integer(2)?.try_into().map_err(|_| mismatch(2, "a version"))?;
    let is_set = |column| Ok(row.integer(column)? != 0);
    Ok(Entry {
        stored: Stored { record: record.transpose()?, version, email: email.transpose()?, reset: reset.transpose()? },
        revision: row.integer(4)?,
        told: match row.optional_integer(5)? {
            None => Told::Needless,
            Some(0) => Told::NotYet,
            Some(told) => Told::At(told),
        },
        lacks_record: is_set(6)?,
        lacks_email: is_set(7)?,
        is_new: is_set(8)?,
        wrote: row.integer(9)?,
        failures: row.integer(10)?,
        due: row.integer(11)?,
    })
}

fn mismatch(column: usize, expected: &'static str) -> SqlError {
    SqlError::Type { column, expected }
}
