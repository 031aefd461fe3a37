//! The statements of a login, whose values are bound.

/// Reads a user by username (`?1`): the hash, and `disabled` as 0 or 1.
pub const FIND: &str = "SELECT password_hash, disabled FROM users WHERE username = ?1";

/// Replaces a user's hash (`?1` the username, `?2` the old hash, `?3` the new one) if the old one is
/// still there; returns a row if it was. `changed_at` stays, because the password is the same.
pub const REPLACE_HASH: &str =
    "UPDATE users SET password_hash = ?3 WHERE username = ?1 AND password_hash = ?2 RETURNING 1";

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, params};

    use super::*;
    use crate::d1::test_database::database;

    fn alice() -> Connection {
        let database = database();
        database.execute("INSERT INTO users (username, password_hash) VALUES ('alice', 'old')", []).unwrap();
        database
    }

    fn hash(database: &Connection) -> String {
        let (hash, disabled): (String, u8) =
            database.query_row(FIND, ["alice"], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        assert_eq!(disabled, 0);
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
}
