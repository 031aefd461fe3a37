//! Statements about users who exist.

use std::fmt;

use super::{
    columns::{CLAIMS, COLUMNS, DISABLED, IMPORTED_HASH, PASSWORD_HASH, SUBJECT, USERNAME},
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

/// What belongs to each change of the hash or of `disabled`, by the database's clock, of which SQLite drops the
/// milliseconds. The version is between 2 and 3 s ahead of it, as [`Version::after`](crate::Version::after) has it.
const CHANGED: &str = "changed_at = unixepoch(), version = max(unixepoch()*1000+3000, version+1)";

/// Replaces of a user what differs in `new`, except the times. The hash, and its digest, are replaced only if the hash is
/// still as it was read; all else in any case. `changed_at` and the version change too if the hash or whether the
/// user is disabled is to change.
#[must_use]
pub fn update(old: &Account, new: &Account) -> String {
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
        set.push(CHANGED.to_owned());
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

/// Replaces the hash of a user.
#[must_use]
pub fn set_password(username: &Username, hash: &str) -> String {
    let (hash, username) = (Literal(hash), literal(username));
    format!("UPDATE users SET password_hash = {hash}, {CHANGED} WHERE username = {username}")
}

/// Disables or enables users.
#[must_use]
pub fn set_disabled(usernames: &[Username], disabled: bool) -> String {
    let (disabled, usernames) = (u8::from(disabled), literals(usernames));
    format!("UPDATE users SET disabled = {disabled}, {CHANGED} WHERE username IN ({usernames})")
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
        let version = || users.query_row("SELECT version FROM users WHERE username = 'bob'", [], |row| row.get(0));
        let update = |old: &Account, new: &Account| {
            users.execute("UPDATE users SET changed_at = 6", []).unwrap();
            let before: i64 = version().unwrap();
            assert_eq!(users.execute(&update(old, new), []), Ok(1));
            // Whether the time of the last change and the version changed.
            let is_now = bob().changed_at != Some(6);
            assert_eq!(version().unwrap() > before, is_now);
            is_now
        };
        let bob_then = || Account { changed_at: Some(6), ..bob() };
        // A login has upgraded the hash meanwhile.
        let stale = Account { password_hash: "another".to_owned(), ..before.clone() };
        assert!(update(&stale, &new));
        let hash_stays = Account { password_hash: "old".to_owned(), imported_hash: None, ..new.clone() };
        assert_eq!(bob_then(), Account { changed_at: Some(6), ..hash_stays });
        assert!(update(&bob(), &new));
        assert_eq!(bob_then(), Account { changed_at: Some(6), ..new.clone() });
        // The password is the same: so is the time of its change.
        let other_subject = Account { subject: None, claims: None, ..bob_then() };
        assert!(!update(&bob(), &other_subject));
        assert_eq!(bob(), Account { changed_at: Some(6), subject: None, claims: None, ..new });
        // What the update doesn't change may have changed meanwhile.
        let enabled = Account { disabled: false, ..other_subject.clone() };
        assert!(!update(&enabled, &Account { imported_hash: Some("1f".to_owned()), ..enabled.clone() }));
        assert_eq!(bob(), Account { imported_hash: Some("1f".to_owned()), ..other_subject });
    }

    #[test]
    fn each_change_raises_the_version_even_if_the_clock_went_back() {
        let users = users();
        let version = || -> i64 {
            users.query_row("SELECT version FROM users WHERE username = 'bob'", [], |row| row.get(0)).unwrap()
        };
        let change = || users.execute(&set_password(&name("bob"), "new"), []).unwrap();
        assert_eq!(version(), 0);
        change();
        let now: i64 =
            users.query_row("SELECT CAST(unixepoch('subsec')*1000 AS INTEGER)", [], |row| row.get(0)).unwrap();
        assert!((now + 1000..=now + 3000).contains(&version()), "{} at {now}", version());
        let future = now + 86_400_000;
        users.execute("UPDATE users SET version = ?1", [future]).unwrap();
        change();
        assert_eq!(version(), future + 1);
        users.execute(&set_disabled(&[name("bob")], true), []).unwrap();
        assert_eq!(version(), future + 2);
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
        let expected = Account { created_at: Some(5), ..account("bob") };
        for (statement, expected) in [
            (set_disabled(&[name("bob")], true), Some(Account { disabled: true, ..expected.clone() })),
            (set_disabled(&[name("bob")], false), Some(expected.clone())),
            (set_password(&name("bob"), "n'w"), Some(Account { password_hash: "n'w".to_owned(), ..expected })),
            (delete(&[name("bob")]), None),
        ] {
            users.execute("UPDATE users SET changed_at = 6 WHERE username = 'bob'", []).unwrap();
            assert_eq!(users.execute(&statement, []), Ok(1), "{statement}");
            let bob = bob();
            assert!(bob.as_ref().is_none_or(|bob| bob.changed_at > Some(1_700_000_000)), "{statement}");
            assert_eq!(bob.map(|bob| Account { changed_at: None, ..bob }), expected, "{statement}");
            assert!(others() == before, "{statement}");
        }
    }
}
