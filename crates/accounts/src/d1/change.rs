//! Reading and writing what a [`Change`](crate::change::Change) changes: whole records, compared and set.

use crate::{
    change::{NewUser, Stored},
    claims::Claims,
    email::Email,
    kv::Record,
    reset::Reset,
    subject::Subject,
    username::Username,
    version::Version,
};

/// Reads what there is of a user (`?1`): a [`StoredRow`] of the record, and one of the deletion.
pub const READ: &str = "SELECT password_hash, disabled, subject, claims, imported_hash, created_at, changed_at, version, \
    email, reset FROM users WHERE username = ?1 \
    UNION ALL SELECT NULL, 0, NULL, NULL, NULL, 0, 0, version, NULL, NULL FROM deletions WHERE username = ?1";

/// Reads at most `?2` users after `?1`, in order: a username, and the columns of a [`StoredRow`].
pub const PAGE: &str = "SELECT username, password_hash, disabled, subject, claims, imported_hash, created_at, changed_at, \
    version, email, reset FROM users WHERE username > ?1 ORDER BY username LIMIT ?2";

const CREATE: &str = "INSERT INTO users (username, password_hash, disabled, subject, claims, imported_hash, created_at, \
    changed_at, version, email) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING RETURNING 1";

/// All that a login or another change may have changed since is compared. The address, the claims and the reset are
/// written only if they are to be changed. So one that can't be read, or is spelt in another way, keeps nobody from being
/// disabled, and one that somebody wrote meanwhile stays.
const REPLACE: &str = "UPDATE users SET password_hash = ?2, disabled = ?3, subject = ?4, \
    claims = iif(?5 IS ?15, claims, ?5), imported_hash = ?6, created_at = ?7, changed_at = ?8, version = ?9, \
    email = iif(?10 IS ?18, email, ?10), reset = iif(?16 IS ?17, reset, ?16) \
    WHERE username = ?1 AND version = ?11 AND password_hash = ?12 AND disabled = ?13 AND subject IS ?14 \
    AND imported_hash IS ?19 AND (?16 IS ?17 OR reset IS ?17) RETURNING 1";

/// The deletion is remembered first. If the user is not deleted then, that does no harm.
const REMEMBER_DELETION: &str = "INSERT INTO deletions (username, version) VALUES (?1, ?2) \
    ON CONFLICT DO UPDATE SET version = max(version, ?2)";
const FORGET_DELETIONS: &str = "DELETE FROM deletions WHERE version < ?1";
const DELETE: &str = "DELETE FROM users WHERE username = ?1 AND version = ?2 AND password_hash = ?3 RETURNING 1";

/// Creates those of [`new_users`] (`?1`) who are not there, at `?2` in Unix milliseconds. Returns the username and the
/// version of each. D1 binds a number as REAL.
pub const CREATE_MISSING: &str = "INSERT INTO users (username, password_hash, disabled, subject, claims, imported_hash, \
    created_at, changed_at, version, email) \
    SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5, now/1000, now/1000, \
    max(now+2000, coalesce((SELECT version+1 FROM deletions WHERE username = value->>0), 0)), value->>6 \
    FROM json_each(?1), (SELECT CAST(?2 AS INTEGER) AS now) WHERE true ON CONFLICT DO NOTHING RETURNING username, version";

/// For how long a deletion is remembered, in milliseconds.
const REMEMBERED_MS: i64 = 60 * 60 * 1000;

/// A value to bind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `NULL`.
    Null,
    /// An integer that a double holds exactly.
    Integer(i64),
    /// A string.
    Text(String),
}

/// The columns of a user, or of a deletion, which has no hash.
#[derive(Clone, Default)]
pub struct StoredRow {
    /// The stored hash.
    pub password_hash: Option<String>,
    /// Whether the user can't log in.
    pub disabled: bool,
    /// The `sub` of the user's tokens.
    pub subject: Option<String>,
    /// What else the user's tokens carry, as JSON.
    pub claims: Option<String>,
    /// A digest of the hash that an application gave.
    pub imported_hash: Option<String>,
    /// When the user was created, in Unix seconds.
    pub created_at: i64,
    /// When the password last changed, in Unix seconds, or 0.
    pub changed_at: i64,
    /// The version, in milliseconds.
    pub version: i64,
    /// The email address.
    pub email: Option<String>,
    /// The reset of the password that was asked for last, as JSON.
    pub reset: Option<String>,
}

impl StoredRow {
    /// What the row says; `None` if it holds what can't be stored.
    #[must_use]
    pub fn into_stored(self) -> Option<Stored> {
        let version = Version::try_from(self.version).ok()?;
        let Some(password_hash) = self.password_hash else { return Some(Stored { version, ..Stored::default() }) };
        let record = Record {
            password_hash,
            disabled: self.disabled,
            subject: self.subject.map(Subject::try_from).transpose().ok()?,
            claims: self.claims.as_deref().map(Claims::parse).transpose().ok()?,
            imported_hash: self.imported_hash,
            created_at: self.created_at.into(),
            changed_at: self.changed_at.into(),
            version,
        };
        // No login reads the address or the reset. One that can't be read must not keep the user from being changed.
        let reset = self.reset.and_then(|json| serde_json::from_str(&json).ok());
        let email = self.email.and_then(|email| Email::try_from(email).ok());
        Some(Stored { record: Some(record), version, email, reset })
    }
}

/// The statements that store `new` in place of `old`, with their values. They are run one after the other. The last one
/// returns a row if `old` was still there.
#[must_use]
pub fn set(username: &Username, old: &Stored, new: &Stored) -> Vec<(&'static str, Vec<Value>)> {
    let name = text(username.as_str());
    let version = Value::Integer(new.version.millis());
    match (&old.record, &new.record) {
        (None, Some(record)) => vec![(CREATE, row(name, record, new.email.as_ref()))],
        (Some(old_record), Some(record)) => {
            let mut values = row(name, record, new.email.as_ref());
            values.extend([
                Value::Integer(old_record.version.millis()),
                text(&old_record.password_hash),
                Value::Integer(old_record.disabled.into()),
                nullable(old_record.subject.as_ref().map(Subject::as_str)),
                nullable(old_record.claims.as_ref().map(Claims::as_json)),
                json(new.reset.as_ref()),
                json(old.reset.as_ref()),
                nullable(old.email.as_ref().map(Email::as_str)),
                nullable(old_record.imported_hash.as_deref()),
            ]);
            vec![(REPLACE, values)]
        }
        (Some(old), None) => vec![
            (FORGET_DELETIONS, vec![Value::Integer(new.version.millis() - REMEMBERED_MS)]),
            (REMEMBER_DELETION, vec![name.clone(), version]),
            (DELETE, vec![name, Value::Integer(old.version.millis()), text(&old.password_hash)]),
        ],
        (None, None) => Vec::new(),
    }
}

/// The users of [`CREATE_MISSING`], as JSON.
#[must_use]
pub fn new_users<'a>(users: impl IntoIterator<Item = (&'a Username, &'a NewUser)>) -> String {
    let row = |(username, user): (&Username, &NewUser)| {
        let (subject, claims) = (user.subject.as_ref().map(Subject::as_str), user.claims.as_ref().map(Claims::as_json));
        let (disabled, email) = (u8::from(user.disabled), user.email.as_ref().map(Email::as_str));
        serde_json::json!([username.as_str(), user.hash.hash, disabled, subject, claims, user.hash.digest, email])
    };
    users.into_iter().map(row).collect::<serde_json::Value>().to_string()
}

fn row(username: Value, record: &Record, email: Option<&Email>) -> Vec<Value> {
    // A time that nobody knows is 0 here.
    let time = |time: &serde_json::Value| Value::Integer(time.as_i64().unwrap_or_default());
    vec![
        username,
        text(&record.password_hash),
        Value::Integer(record.disabled.into()),
        nullable(record.subject.as_ref().map(Subject::as_str)),
        nullable(record.claims.as_ref().map(Claims::as_json)),
        nullable(record.imported_hash.as_deref()),
        time(&record.created_at),
        time(&record.changed_at),
        Value::Integer(record.version.millis()),
        nullable(email.map(Email::as_str)),
    ]
}

/// A reset always can be written.
fn json(reset: Option<&Reset>) -> Value {
    reset.and_then(|reset| serde_json::to_string(reset).ok()).map_or(Value::Null, Value::Text)
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn nullable(text: Option<&str>) -> Value {
    text.map_or(Value::Null, |text| Value::Text(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, Row, ToSql, params, params_from_iter, types::ToSqlOutput};

    use super::*;
    use crate::{
        change::{Applied, Change, Condition, Edit, NewHash, Outcome, Patch},
        d1::test_database::{database, name},
    };

    const NOW: i64 = 1_764_040_000_000;

    impl ToSql for Value {
        fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
            match self {
                Self::Null => Ok(rusqlite::types::Null.into()),
                Self::Integer(integer) => integer.to_sql(),
                Self::Text(text) => text.to_sql(),
            }
        }
    }

    fn stored_row(row: &Row<'_>, first: usize) -> StoredRow {
        StoredRow {
            password_hash: row.get(first).unwrap(),
            disabled: row.get(first + 1).unwrap(),
            subject: row.get(first + 2).unwrap(),
            claims: row.get(first + 3).unwrap(),
            imported_hash: row.get(first + 4).unwrap(),
            created_at: row.get(first + 5).unwrap(),
            changed_at: row.get(first + 6).unwrap(),
            version: row.get(first + 7).unwrap(),
            email: row.get(first + 8).unwrap(),
            reset: row.get(first + 9).unwrap(),
        }
    }

    fn read(database: &Connection, username: &str) -> Stored {
        let mut statement = database.prepare(READ).unwrap();
        let mut rows = statement.query([username]).unwrap();
        rows.next().unwrap().map_or_else(Stored::default, |row| stored_row(row, 0).into_stored().unwrap())
    }

    fn run(database: &Connection, username: &str, old: &Stored, new: &Stored) -> bool {
        let mut is_set = false;
        for (sql, values) in set(&name(username), old, new) {
            is_set = database.prepare(sql).unwrap().exists(params_from_iter(values)).unwrap();
        }
        is_set
    }

    fn user(hash: &str) -> NewUser {
        let hash = NewHash { hash: hash.to_owned(), digest: Some("0f".to_owned()) };
        NewUser {
            hash,
            disabled: true,
            subject: Some("42".to_owned().try_into().unwrap()),
            claims: Some(Claims::parse(r#"{"a":"it's"}"#).unwrap()),
            email: Some("alice@example.com".to_owned().try_into().unwrap()),
        }
    }

    fn change(database: &Connection, username: &str, edit: Edit) -> (bool, Stored, Outcome) {
        let old = read(database, username);
        match (Change { username: name(username), condition: Condition::Always, edit }).apply(&old, NOW) {
            Applied::Write { new, outcome } => (run(database, username, &old, &new), new, outcome),
            Applied::Nothing(outcome) => (true, old, outcome),
        }
    }

    #[test]
    fn what_is_set_is_what_is_read() {
        let database = database();
        for edit in [
            Edit::Put(user("old")),
            Edit::Reset { secret: "0f".to_owned(), expires_at: NOW + 1 },
            Edit::Patch(Patch { email: Some(None), ..Patch::default() }),
            Edit::Patch(Patch { claims: Some(None), subject: Some(None), disabled: Some(false), ..Patch::default() }),
            Edit::Delete,
            Edit::Put(user("new")),
        ] {
            let (is_set, new, _) = change(&database, "alice", edit);
            assert!(is_set);
            assert!(read(&database, "alice") == new);
        }
        assert!(read(&database, "bob") == Stored::default());
    }

    #[test]
    fn nothing_is_set_where_something_else_is_stored_meanwhile() {
        for meanwhile in [
            "UPDATE users SET password_hash = 'upgraded'",
            "UPDATE users SET version = version + 1",
            "UPDATE users SET disabled = 0",
            "UPDATE users SET subject = NULL",
            "UPDATE users SET imported_hash = '00'",
            "DELETE FROM users",
        ] {
            let database = database();
            change(&database, "alice", Edit::Put(user("old")));
            let old = read(&database, "alice");
            let new = Stored {
                record: old.record.clone().map(|record| Record { password_hash: "new".to_owned(), ..record }),
                ..old.clone()
            };
            database.execute(meanwhile, []).unwrap();
            assert!(!run(&database, "alice", &old, &new), "{meanwhile}");
            assert!(read(&database, "alice").record.is_none_or(|record| record.password_hash != "new"));
        }
        let database = database();
        change(&database, "alice", Edit::Put(user("old")));
        assert!(!run(&database, "alice", &Stored::default(), &read(&database, "alice")));
    }

    #[test]
    fn what_stands_beside_the_hash_stays_unless_it_is_to_be_changed() {
        for (column, value) in [
            ("email", "new@example.com"),
            ("email", "no address"),
            ("claims", r#"{"b":1}"#),
            ("claims", " {\n\"b\": 1}"),
            ("reset", r#"{"secret":"0f","asked_at":0,"expires_at":1,"of_hash":""}"#),
            ("reset", "{}"),
        ] {
            let database = database();
            change(&database, "alice", Edit::Put(user("old")));
            let before = read(&database, "alice");
            database.execute(&format!("UPDATE users SET {column} = ?1"), [value]).unwrap();
            for old in [before, read(&database, "alice")] {
                let enabled = |record| Record { disabled: false, ..record };
                let new = Stored { record: old.record.clone().map(enabled), ..old.clone() };
                database.execute("UPDATE users SET disabled = 1", []).unwrap();
                assert!(run(&database, "alice", &old, &new), "{value}");
                let sql = format!("SELECT disabled, {column} FROM users");
                let stored = database.query_row(&sql, [], |row| Ok((row.get(0)?, row.get(1)?)));
                assert_eq!(stored, Ok((false, value.to_owned())));
            }
        }
    }

    #[test]
    fn of_two_resets_at_once_one_is_stored() {
        let database = database();
        change(&database, "alice", Edit::Put(user("old")));
        let old = read(&database, "alice");
        let [one, other] = ["0f", "f0"].map(|secret| {
            let reset = old.record.as_ref().map(|record| Reset::of(record, secret, NOW, NOW + 1));
            Stored { reset, ..old.clone() }
        });
        assert!(run(&database, "alice", &old, &one) && !run(&database, "alice", &old, &other));
        assert!(read(&database, "alice") == one);
    }

    #[test]
    fn a_version_rises_over_a_deletion_which_is_remembered_for_an_hour() {
        let database = database();
        change(&database, "alice", Edit::Put(user("old")));
        let (_, _, deleted) = change(&database, "alice", Edit::Delete);
        assert_eq!(deleted, Outcome::Deleted { version: NOW + 2001 });
        let (_, _, again) = change(&database, "alice", Edit::Delete);
        assert_eq!(again, Outcome::Missing { deleted: Some(NOW + 2001) });
        let json = new_users([(&name("alice"), &user("new"))]);
        // As D1 binds it.
        #[allow(clippy::cast_precision_loss, reason = "the integer is exact as a double")]
        let now = NOW as f64;
        let version = database.query_row(CREATE_MISSING, params![json, now], |row| row.get::<_, i64>(1));
        assert_eq!(version, Ok(NOW + 2002));
        // The next deletion after an hour forgets the others.
        database.execute("UPDATE users SET version = version + 3600000", []).unwrap();
        change(&database, "bob", Edit::Put(user("old")));
        change(&database, "alice", Edit::Delete);
        let deletions = database.query_row("SELECT count(*), min(version) FROM deletions", [], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?))
        });
        assert_eq!(deletions, Ok((1, NOW + 3_602_003)));
    }

    #[test]
    fn many_are_created_at_once_and_those_who_are_there_stay() {
        let database = database();
        change(&database, "bob", Edit::Put(user("old")));
        let plain = NewUser { disabled: false, subject: None, claims: None, email: None, ..user("h'\"") };
        let users = [("alice", plain.clone()), ("bob", plain), ("o'hara", user("new"))]
            .map(|(username, user)| (name(username), user));
        let json = new_users(users.iter().map(|(username, user)| (username, user)));
        let mut statement = database.prepare(CREATE_MISSING).unwrap();
        let created = statement.query_map(params![json, NOW], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let created = created.collect::<Result<Vec<(String, i64)>, _>>().unwrap();
        assert_eq!(created, [("alice".to_owned(), NOW + 2000), ("o'hara".to_owned(), NOW + 2000)]);
        for (username, user) in &users {
            let change =
                Change { username: username.clone(), condition: Condition::Absent, edit: Edit::Put(user.clone()) };
            let Applied::Write { new, .. } = change.apply(&Stored::default(), NOW) else { panic!() };
            assert_eq!(read(&database, username.as_str()) == new, username.as_str() != "bob", "{username:?}");
        }
        let mut page = database.prepare(PAGE).unwrap();
        let names: Vec<String> =
            page.query_map(params!["alice", 1], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(names, ["bob"]);
    }

    #[test]
    fn a_row_that_no_change_writes_is_malformed() {
        let row = StoredRow { password_hash: Some("x".to_owned()), ..StoredRow::default() };
        assert!(row.clone().into_stored().is_some());
        for row in [
            StoredRow { subject: Some(String::new()), ..row.clone() },
            StoredRow { claims: Some("[]".to_owned()), ..row.clone() },
            StoredRow { version: -1, ..row.clone() },
        ] {
            assert!(row.into_stored().is_none());
        }
        let row = StoredRow { email: Some("alice".to_owned()), reset: Some("{}".to_owned()), ..row };
        let stored = row.into_stored().unwrap();
        assert!(stored.record.is_some() && stored.email.is_none() && stored.reset.is_none());
    }
}
