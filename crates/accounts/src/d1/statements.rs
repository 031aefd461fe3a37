//! Statements about users who exist.

use std::fmt;

use super::{
    columns::{CHANGED_AT, CLAIMS, COLUMNS, DISABLED, IMPORTED_HASH, PASSWORD_HASH, SUBJECT, USERNAME},
    literal::{Literal, nullable},
};
use crate::{account::Account, claims::Claims, subject::Subject, username::Username};

/// Counts the users; answers a [`Count`](super::Count).
pub const COUNT: &str = "SELECT count(*) AS count FROM users";

/// Reads users; answers a [`Row`](super::Row) for each that there is.
#[must_use]
pub fn select(usernames: &[Username]) -> String {
    format!("SELECT {} FROM users WHERE username IN ({})", COLUMNS.join(", "), literals(usernames))
}

/// Rows whose username can be one, as [`Username::parse`] has it: nobody can log in with another.
const HAS_USERNAME: &str = "length(CAST(username AS BLOB)) BETWEEN 1 AND 256 AND instr(username, char(0)) = 0 AND \
     username NOT GLOB '*[' || char(1) || '-' || char(31) || char(127) || '-' || char(159) || ']*'";

/// Reads the users after a name, in order, at most `limit` of them; answers a [`Row`](super::Row) each.
#[must_use]
pub fn select_page(after: Option<&Username>, limit: usize) -> String {
    let after = Literal(after.map_or("", Username::as_str));
    let columns = COLUMNS.join(", ");
    format!("SELECT {columns} FROM users WHERE username > {after} AND {HAS_USERNAME} ORDER BY username LIMIT {limit}")
}

/// Reads the users after a name up to another, in order, at most `limit` of them; answers a [`Row`](super::Row) each.
#[must_use]
pub fn select_range(after: Option<&Username>, up_to: &Username, limit: usize) -> String {
    let (after, up_to) = (Literal(after.map_or("", Username::as_str)), literal(up_to));
    let columns = COLUMNS.join(", ");
    format!(
        "SELECT {columns} FROM users WHERE username > {after} AND username <= {up_to} AND {HAS_USERNAME} \
         ORDER BY username LIMIT {limit}"
    )
}

/// Replaces of a user what differs in `new`, except the times. The hash, and its digest, are replaced only if the hash is
/// still as it was read; all else in any case. `changed_at` becomes `now`, in Unix seconds, if the hash or whether the
/// user is disabled is to change.
#[must_use]
pub fn update(old: &Account, new: &Account, now: i64) -> String {
    let if_hash_stays = |column, value: &dyn fmt::Display| {
        format!("{column} = iif({PASSWORD_HASH} = {}, {value}, {column})", Literal(&old.password_hash))
    };
    let nullable_column = |column, value| format!("{column} = {}", nullable(value));
    let mut set = Vec::new();
    if new.disabled != old.disabled {
        set.push(format!("{DISABLED} = {}", u8::from(new.disabled)));
    }
    if new.password_hash != old.password_hash {
        set.push(if_hash_stays(PASSWORD_HASH, &Literal(&new.password_hash)));
    }
    if !set.is_empty() {
        set.push(format!("{CHANGED_AT} = {now}"));
    }
    if new.imported_hash != old.imported_hash {
        set.push(if_hash_stays(IMPORTED_HASH, &nullable(new.imported_hash.as_deref())));
    }
    if new.subject != old.subject {
        set.push(nullable_column(SUBJECT, new.subject.as_ref().map(Subject::as_str)));
    }
    if new.claims != old.claims {
        set.push(nullable_column(CLAIMS, new.claims.as_ref().map(Claims::as_json)));
    }
    format!("UPDATE users SET {} WHERE {USERNAME} = {}", set.join(", "), literal(&old.username))
}

/// Reads `size` users at random; answers a [`Row`](super::Row) each.
#[must_use]
pub fn select_sample(size: usize) -> String {
    let columns = COLUMNS.join(", ");
    format!("SELECT {columns} FROM users WHERE {HAS_USERNAME} ORDER BY random() LIMIT {size}")
}

/// Replaces the hash of a user, at `now` in Unix seconds.
#[must_use]
pub fn set_password(username: &Username, hash: &str, now: i64) -> String {
    let (hash, username) = (Literal(hash), literal(username));
    format!("UPDATE users SET password_hash = {hash}, changed_at = {now} WHERE username = {username}")
}

/// Disables or enables users, at `now` in Unix seconds.
#[must_use]
pub fn set_disabled(usernames: &[Username], disabled: bool, now: i64) -> String {
    let (disabled, usernames) = (u8::from(disabled), literals(usernames));
    format!("UPDATE users SET disabled = {disabled}, changed_at = {now} WHERE username IN ({usernames})")
}

/// Deletes users.
#[must_use]
pub fn delete(usernames: &[Username]) -> String {
    format!("DELETE FROM users WHERE username IN ({})", literals(usernames))
}

fn literal(username: &Username) -> Literal<'_> {
    Literal(username.as_str())
}

fn literals(usernames: &[Username]) -> String {
    usernames.iter().map(|username| literal(username).to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;
    use crate::d1::test_database::{account, accounts, database, name};

    const NAMES: [&str; 4] = ["alice", "bob", "o'hara", "ä"];

    fn users() -> Connection {
        let database = database();
        for name in NAMES {
            let sql = "INSERT INTO users (username, password_hash, created_at) VALUES (?1, 'old', 5)";
            database.execute(sql, [name]).unwrap();
        }
        database
    }

    #[test]
    fn users_are_read_one_by_one_and_page_by_page() {
        let users = users();
        let read = |select: &str| -> Vec<String> {
            accounts(&users, select).iter().map(|account| account.username.as_str().to_owned()).collect()
        };
        assert_eq!(read(&select(&[name("o'hara")])), ["o'hara"]);
        assert!(read(&select(&[name("O'hara")])).is_empty());
        assert_eq!(read(&select(&[name("o'hara"), name("nobody"), name("bob")])), ["bob", "o'hara"]);
        assert_eq!(read(&select_page(None, 2)), NAMES[..2]);
        assert_eq!(read(&select_page(Some(&name("bob")), 9)), NAMES[2..]);
        assert_eq!(users.query_row(COUNT, [], |row| row.get("count")), Ok(4));
    }

    #[test]
    fn names_that_nobody_can_have_take_no_place_in_a_page() {
        let users = users();
        let long = "x".repeat(257);
        for name in ["", "a\nb", "a\u{9f}", "b\0", &long, "\u{7f}"] {
            users.execute("INSERT INTO users (username, password_hash) VALUES (?1, 'old')", [name]).unwrap();
        }
        for name in ["b\u{a0}c", "€\u{2028}", &"x".repeat(256)] {
            users.execute("INSERT INTO users (username, password_hash) VALUES (?1, 'old')", [name]).unwrap();
        }
        let first = accounts(&users, &select_page(None, 3));
        assert_eq!(
            first.iter().map(|account| account.username.as_str()).collect::<Vec<_>>(),
            ["alice", "bob", "b\u{a0}c"]
        );
        assert_eq!(accounts(&users, &select_page(None, 99)).len(), NAMES.len() + 3);
        assert_eq!(accounts(&users, &select_sample(99)).len(), NAMES.len() + 3);
        assert_eq!(accounts(&users, &select_sample(2)).len(), 2);
    }

    #[test]
    fn a_range_begins_after_a_name_and_ends_with_one() {
        let users = users();
        let read = |after: Option<&str>, up_to: &str, limit| -> Vec<String> {
            let select = select_range(after.map(name).as_ref(), &name(up_to), limit);
            accounts(&users, &select).iter().map(|account| account.username.as_str().to_owned()).collect()
        };
        assert_eq!(read(None, "bob", 9), ["alice", "bob"]);
        assert_eq!(read(Some("alice"), "o'hara", 9), ["bob", "o'hara"]);
        assert_eq!(read(Some("alice"), "z", 1), ["bob"]);
    }

    #[test]
    fn an_update_replaces_the_hash_only_if_it_is_as_it_was_read_and_all_else_in_any_case() {
        let users = users();
        let bob = || accounts(&users, &select(&[name("bob")])).remove(0);
        let before = bob();
        let new = Account {
            password_hash: "n'w".to_owned(),
            disabled: true,
            subject: Some("42".to_owned().try_into().unwrap()),
            claims: Some(Claims::parse(r#"{"a":"it's"}"#).unwrap()),
            imported_hash: Some("0f".to_owned()),
            ..before.clone()
        };
        let update = |old: &Account, new: &Account, now| assert_eq!(users.execute(&update(old, new, now), []), Ok(1));
        // A login has upgraded the hash meanwhile.
        let stale = Account { password_hash: "another".to_owned(), ..before.clone() };
        update(&stale, &new, 8);
        let hash_stays = Account { password_hash: "old".to_owned(), imported_hash: None, ..new.clone() };
        assert_eq!(bob(), Account { changed_at: Some(8), ..hash_stays });
        update(&bob(), &new, 9);
        assert_eq!(bob(), Account { changed_at: Some(9), ..new.clone() });
        // The password is the same: so is the time of its change.
        let other_subject = Account { subject: None, claims: None, ..bob() };
        update(&bob(), &other_subject, 10);
        assert_eq!(bob(), Account { changed_at: Some(9), subject: None, claims: None, ..new });
        // What the update doesn't change may have changed meanwhile.
        let enabled = Account { disabled: false, ..other_subject.clone() };
        update(&enabled, &Account { imported_hash: Some("1f".to_owned()), ..enabled.clone() }, 11);
        assert_eq!(bob(), Account { imported_hash: Some("1f".to_owned()), ..other_subject });
    }

    #[test]
    fn only_the_named_user_changes() {
        let users = users();
        let bob = || accounts(&users, &select(&[name("bob")])).pop();
        let others = || -> Vec<Account> {
            let all = accounts(&users, &select_page(None, 9));
            all.into_iter().filter(|account| account.username != name("bob")).collect()
        };
        let before = others();
        let expected = Account { created_at: Some(5), changed_at: Some(7), ..account("bob") };
        for (statement, expected) in [
            (set_disabled(&[name("bob")], true, 7), Some(Account { disabled: true, ..expected.clone() })),
            (set_disabled(&[name("bob")], false, 7), Some(expected.clone())),
            (
                set_password(&name("bob"), "n'w", 8),
                Some(Account { password_hash: "n'w".to_owned(), changed_at: Some(8), ..expected }),
            ),
            (delete(&[name("bob")]), None),
        ] {
            assert_eq!(users.execute(&statement, []), Ok(1), "{statement}");
            assert_eq!(bob(), expected, "{statement}");
            assert!(others() == before, "{statement}");
        }
    }
}
