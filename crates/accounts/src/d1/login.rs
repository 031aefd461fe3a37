//! The statements of a login, whose values are bound.

/// Reads a user by username (`?1`): the hash, `disabled` as 0 or 1, the subject and the claims or NULL, the version,
/// and when the password changed, as [`user`](super::user) takes them.
pub const FIND: &str =
    "SELECT password_hash, disabled, subject, claims, version, changed_at FROM users WHERE username = ?1";

/// Replaces a user's hash (`?1` the username, `?2` the old hash, `?3` the new one) if the old one is
/// still there; returns a row if it was. `changed_at` stays, because the password is the same.
pub const REPLACE_HASH: &str =
    "UPDATE users SET password_hash = ?3 WHERE username = ?1 AND password_hash = ?2 RETURNING 1";

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, Row, params};

    use super::*;
    use crate::d1::test_database::{MIGRATIONS, database};

    fn alice() -> Connection {
        let database = database();
        let sql = r#"INSERT INTO users (username, password_hash, subject, claims)
            VALUES ('alice', 'old', '42', '{"role":"admin"}')"#;
        database.execute(sql, []).unwrap();
        database
    }

    fn hash(database: &Connection) -> String {
        let columns = |row: &Row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
        let (hash, disabled, subject, claims): (String, u8, String, String) =
            database.query_row(FIND, ["alice"], columns).unwrap();
        assert_eq!((disabled, subject.as_str(), claims.as_str()), (0, "42", r#"{"role":"admin"}"#));
        hash
    }

    #[test]
    fn a_hash_is_replaced_only_where_the_old_one_still_is() {
        let database = alice();
        let replace = |old: &str| {
            let mut statement = database.prepare(REPLACE_HASH).unwrap();
            statement.exists(params!["alice", old, "new"]).unwrap()
        };
        assert!(!replace("another"));
        assert_eq!(hash(&database), "old");
        assert!(replace("old"));
        assert_eq!(hash(&database), "new");
    }

    #[test]
    fn an_existing_database_gets_the_new_columns() {
        let [first, second, _, fourth, ..] = MIGRATIONS;
        let database = Connection::open_in_memory().unwrap();
        database.execute_batch(first).unwrap();
        database.execute("INSERT INTO users (username, password_hash) VALUES ('alice', 'old')", []).unwrap();
        assert!(database.prepare(FIND).unwrap_err().to_string().starts_with("no such column: subject"));
        database.execute_batch(second).unwrap();
        assert!(database.prepare(FIND).unwrap_err().to_string().starts_with("no such column: version"));
        database.execute_batch(fourth).unwrap();
        let read = database.query_row(FIND, ["alice"], |row| Ok((row.get(0)?, row.get(2)?, row.get(3)?, row.get(4)?)));
        assert_eq!(read, Ok(("old".to_owned(), None::<String>, None::<String>, 0)));
    }
}
