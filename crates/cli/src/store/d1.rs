use std::{
    fmt,
    io::{self, Write},
};

use accounts::{Account, Username};
use serde::Deserialize;

use super::{error::StoreError, spool::Spool};
use crate::wrangler::{Place, Wrangler, WranglerError};

/// D1 refuses statements over 100,000 bytes.
const STATEMENT_BYTES: usize = 90_000;
/// What every row has; the others have defaults.
const PLAIN: &str = "username, password_hash";
const COUNT: &str = "SELECT count(*) AS count FROM users";
const FULL: &str = "username, password_hash, disabled, created_at, changed_at";

/// The database bound as `DB`.
#[derive(Debug)]
pub(crate) struct D1(pub(super) Wrangler);

#[derive(Deserialize)]
struct Answer<T> {
    results: Vec<T>,
}

#[derive(Deserialize)]
struct Row {
    username: String,
    password_hash: String,
    disabled: u8,
    created_at: i64,
    changed_at: i64,
}

#[derive(Deserialize)]
struct Count {
    count: u64,
}

#[derive(Deserialize)]
struct MaybeCount {
    count: Option<u64>,
}

impl D1 {
    pub(super) fn get(&self, username: &Username) -> Result<Option<Account>, StoreError> {
        Ok(self.users(&format!("WHERE username = {}", Literal(username.as_str())))?.pop())
    }

    fn check_exists(&self, username: &Username) -> Result<(), StoreError> {
        self.get(username)?.map(drop).ok_or_else(|| StoreError::no_user(username))
    }

    /// The users after one, in order.
    pub(crate) fn page(&self, after: Option<&Username>, most: usize) -> Result<Vec<Account>, StoreError> {
        let after = after.map_or("", Username::as_str);
        self.users(&format!("WHERE username > {} ORDER BY username LIMIT {most}", Literal(after)))
    }

    pub(super) fn pages(&self, size: usize) -> impl Iterator<Item = Result<Vec<Account>, StoreError>> {
        let mut after = None;
        std::iter::from_fn(move || {
            let page = self.page(after.as_ref(), size);
            if let Ok(users) = &page {
                after = Some(users.last()?.username.clone());
            }
            Some(page)
        })
    }

    fn users(&self, which: &str) -> Result<Vec<Account>, StoreError> {
        let rows: Vec<Row> = self.query(&format!("SELECT {FULL} FROM users {which}"))?;
        // A name that this crate's own rules don't allow can't log in either.
        Ok(rows.into_iter().filter_map(user).collect())
    }

    pub(crate) fn count(&self) -> Result<u64, StoreError> {
        let rows: Vec<Count> = self.query(COUNT)?;
        Ok(rows.first().map_or(0, |row| row.count))
    }

    fn query<T: for<'a> Deserialize<'a>>(&self, sql: &str) -> Result<Vec<T>, StoreError> {
        let mut answers: Vec<Answer<T>> = self.0.json(&["d1", "execute", "DB", "--json", "--command", sql])?;
        Ok(answers.pop().map(|answer| answer.results).unwrap_or_default())
    }

    pub(super) fn add(&self, user: &Account) -> Result<(), StoreError> {
        self.execute(|file| insert(file, std::slice::from_ref(user), ""))
    }

    /// Adds those who aren't there, and leaves those who are as they are. Gives how many users there
    /// are then, where that costs no call of its own: the deployed D1 takes a file in without
    /// answering its queries.
    pub(crate) fn add_missing(&self, users: &[Account]) -> Result<Option<u64>, StoreError> {
        let is_local = self.0.place == Place::Local;
        let file = Spool::new(|file| {
            insert(file, users, " ON CONFLICT (username) DO NOTHING")?;
            if is_local { writeln!(file, "{COUNT};") } else { Ok(()) }
        })?;
        let printed = self.0.run(&["d1", "execute", "DB", "--yes", "--json", "--file", file.path()?])?;
        if !is_local {
            return Ok(None);
        }
        let answers: Vec<Answer<MaybeCount>> = serde_json::from_reader(printed).map_err(WranglerError::from)?;
        Ok(answers.last().and_then(|answer| answer.results.first()).and_then(|row| row.count))
    }

    pub(super) fn set_password(&self, username: &Username, hash: &str, now: i64) -> Result<(), StoreError> {
        self.check_exists(username)?;
        let (hash, username) = (Literal(hash), Literal(username.as_str()));
        self.execute(|file| {
            writeln!(file, "UPDATE users SET password_hash = {hash}, changed_at = {now} WHERE username = {username};")
        })
    }

    pub(super) fn set_disabled(&self, username: &Username, disabled: bool, now: i64) -> Result<(), StoreError> {
        self.check_exists(username)?;
        let (disabled, username) = (u8::from(disabled), Literal(username.as_str()));
        self.execute(|file| {
            writeln!(file, "UPDATE users SET disabled = {disabled}, changed_at = {now} WHERE username = {username};")
        })
    }

    pub(super) fn delete(&self, username: &Username) -> Result<(), StoreError> {
        self.execute(|file| writeln!(file, "DELETE FROM users WHERE username = {};", Literal(username.as_str())))
    }

    fn execute(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), StoreError> {
        let file = Spool::new(write)?;
        Ok(self.0.run(&["d1", "execute", "DB", "--yes", "--json", "--file", file.path()?]).map(drop)?)
    }
}

fn user(row: Row) -> Option<Account> {
    Some(Account {
        username: Username::parse(&row.username)?,
        password_hash: row.password_hash,
        disabled: row.disabled != 0,
        created_at: Some(row.created_at),
        changed_at: Some(row.changed_at),
    })
}

/// Statements of many rows each, as long as D1 takes them.
fn insert(output: &mut dyn Write, users: &[Account], otherwise: &str) -> io::Result<()> {
    let mut statement = String::new();
    let mut columns = "";
    for user in users {
        let is_plain = !user.disabled && user.created_at.is_none() && user.changed_at.is_none();
        let wanted = if is_plain { PLAIN } else { FULL };
        if columns != wanted || statement.len() > STATEMENT_BYTES - 4096 {
            end(output, &mut statement, otherwise)?;
            statement = format!("INSERT INTO users ({wanted}) VALUES ");
            columns = wanted;
        } else {
            statement.push(',');
        }
        statement.push_str(&values(user, is_plain));
    }
    end(output, &mut statement, otherwise)
}

fn end(output: &mut dyn Write, statement: &mut String, otherwise: &str) -> io::Result<()> {
    if statement.is_empty() { Ok(()) } else { writeln!(output, "{}{otherwise};", std::mem::take(statement)) }
}

fn values(user: &Account, is_plain: bool) -> String {
    let (username, hash) = (Literal(user.username.as_str()), Literal(&user.password_hash));
    if is_plain {
        return format!("({username},{hash})");
    }
    let time = |time: Option<i64>| time.map_or("unixepoch()".to_owned(), |time| time.to_string());
    let [created_at, changed_at] = [time(user.created_at), time(user.changed_at.or(user.created_at))];
    format!("({username},{hash},{},{created_at},{changed_at})", u8::from(user.disabled))
}

/// A text as SQL has it. NULs would end it: usernames and hashes have no control characters.
struct Literal<'a>(&'a str);

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Wrangler looks for transactions in local SQL, in texts too, and takes them out.
        let text = self.0.replace('\'', "''").replace("BEGIN TRANSACTION", "BEGIN'||' TRANSACTION");
        write!(f, "'{text}'")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_quoted_and_holds_nothing_that_wrangler_takes_out() {
        let name = "o'hara BEGIN TRANSACTION;COMMIT;";
        let literal = Literal(name).to_string();
        assert_eq!(literal, "'o''hara BEGIN'||' TRANSACTION;COMMIT;'");
    }
}
