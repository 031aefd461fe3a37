//! Many users in few statements.

use std::io::{self, Write};

use super::{
    columns::{CHANGED_AT, COLUMNS, IMPORTED_HASH, PASSWORD_HASH, USERNAME, VERSION},
    literal::{Literal, nullable},
};
use crate::{account::Account, claims::Claims, subject::Subject};

/// The longest statement that is written, in bytes. D1 refuses those over 100,000.
const MAX_STATEMENT: usize = 90_000;

/// Writes statements that insert users. They fail if one of the users exists.
///
/// # Errors
/// The output can't be written.
pub fn insert<'a>(output: &mut dyn Write, accounts: impl IntoIterator<Item = &'a Account>) -> io::Result<()> {
    write(output, accounts, "")
}

/// Writes statements that insert users, and leave those that exist as they are.
///
/// # Errors
/// The output can't be written.
pub fn insert_missing<'a>(output: &mut dyn Write, accounts: impl IntoIterator<Item = &'a Account>) -> io::Result<()> {
    write(output, accounts, " ON CONFLICT (username) DO NOTHING")
}

fn write<'a>(output: &mut dyn Write, accounts: impl IntoIterator<Item = &'a Account>, ending: &str) -> io::Result<()> {
    let mut statement = String::new();
    let mut last_is_plain = false;
    for account in accounts {
        let is_plain = is_plain(account);
        let row = row(account);
        let has_room = statement.len() + row.len() + ending.len() + 2 <= MAX_STATEMENT;
        if statement.is_empty() || is_plain != last_is_plain || !has_room {
            end(output, &statement, ending)?;
            statement = format!("INSERT INTO users ({}, {VERSION}) VALUES ", columns(is_plain).join(", "));
            last_is_plain = is_plain;
        } else {
            statement.push(',');
        }
        statement.push_str(&row);
    }
    end(output, &statement, ending)
}

fn end(output: &mut dyn Write, statement: &str, ending: &str) -> io::Result<()> {
    if statement.is_empty() { Ok(()) } else { writeln!(output, "{statement}{ending};") }
}

/// The version of a new record by the database's clock, of which SQLite drops the milliseconds: between 2 and 3 s ahead.
/// See [`Version::after`](crate::Version::after).
const NEW_VERSION: &str = "unixepoch()*1000+3000";

/// Whether only a username and hashes have to be inserted, because the rest is the same for all.
/// Most users of an import do, and their rows are shorter.
fn is_plain(account: &Account) -> bool {
    let Account { username: _, password_hash: _, disabled, subject, claims, imported_hash: _, created_at, changed_at } =
        account;
    !disabled && subject.is_none() && claims.is_none() && created_at.is_none() && changed_at.is_none()
}

fn columns(is_plain: bool) -> &'static [&'static str] {
    if is_plain { &[USERNAME, PASSWORD_HASH, IMPORTED_HASH, CHANGED_AT] } else { &COLUMNS }
}

fn row(account: &Account) -> String {
    let (username, hash) = (Literal(account.username.as_str()), Literal(&account.password_hash));
    let imported_hash = nullable(account.imported_hash.as_deref());
    if is_plain(account) {
        return format!("({username},{hash},{imported_hash},0,{NEW_VERSION})");
    }
    let created_at = account.created_at.map_or("unixepoch()".to_owned(), |time| time.to_string());
    let changed_at = account.changed_at.unwrap_or_default();
    let subject = nullable(account.subject.as_ref().map(Subject::as_str));
    let claims = nullable(account.claims.as_ref().map(Claims::as_json));
    let disabled = u8::from(account.disabled);
    format!("({username},{hash},{disabled},{created_at},{changed_at},{subject},{claims},{imported_hash},{NEW_VERSION})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::d1::{
        select_page,
        test_database::{account, accounts, database},
    };

    fn sql<'a>(accounts: &'a [Account], write: fn(&mut dyn Write, &'a [Account]) -> io::Result<()>) -> String {
        let mut sql = Vec::new();
        write(&mut sql, accounts).unwrap();
        String::from_utf8(sql).unwrap()
    }

    #[test]
    fn users_of_all_kinds_are_inserted_as_they_are() {
        let database = database();
        let users = [
            account("alice"),
            Account { password_hash: "it's".to_owned(), disabled: true, ..account("bob") },
            Account { created_at: Some(5), ..account("carol") },
            Account { created_at: Some(5), changed_at: Some(6), ..account("o'hara") },
            Account {
                subject: Some("it's 42".to_owned().try_into().unwrap()),
                claims: Some(Claims::parse(r#"{"name":"it's"}"#).unwrap()),
                imported_hash: Some("0f".to_owned()),
                ..account("xavier")
            },
            account("zoe"),
        ];
        let sql = sql(&users, insert);
        assert_eq!(sql.lines().count(), 3, "{sql}");
        database.execute_batch(&sql).unwrap();
        let stored = accounts(&database, &select_page(None, 9));
        assert_eq!(stored.len(), users.len());
        for (stored, user) in stored.iter().zip(&users) {
            let created_at = user.created_at.or(stored.created_at);
            assert_eq!(*stored, Account { created_at, ..user.clone() });
            assert!(user.created_at.is_some() || stored.created_at > Some(1_700_000_000), "{stored:?}");
        }
        let ahead = "version - 1000 * unixepoch('subsec')";
        let all_are_ahead = format!("SELECT min({ahead}) > 0 AND max({ahead}) <= 3000 FROM users");
        assert!(database.query_row(&all_are_ahead, [], |row| row.get::<_, bool>(0)).unwrap());
        assert!(database.execute_batch(&sql).is_err());
    }

    #[test]
    fn users_who_exist_stay_as_they_are() {
        let database = database();
        database.execute_batch(&sql(&[account("alice")], insert)).unwrap();
        let users = ["alice", "bob"].map(|name| Account { password_hash: "new".to_owned(), ..account(name) });
        database.execute_batch(&sql(&users, insert_missing)).unwrap();
        let hashes: Vec<_> =
            accounts(&database, &select_page(None, 9)).into_iter().map(|account| account.password_hash).collect();
        assert_eq!(hashes, ["old", "new"]);
    }

    #[test]
    fn a_statement_is_one_that_d1_takes() {
        let longest = |number: u32| Account {
            password_hash: "h".repeat(8000),
            claims: Some(Claims::parse(&format!(r#"{{"a":"{}"}}"#, "'".repeat(2040))).unwrap()),
            ..account(&format!("{number:03}{}", "'".repeat(253)))
        };
        let users: Vec<Account> = (0..100).map(longest).collect();
        let sql = sql(&users, insert);
        assert!(sql.lines().count() > 1 && sql.lines().all(|statement| statement.len() <= MAX_STATEMENT + 1));
        assert!(self::sql(&[], insert).is_empty());
    }
}
