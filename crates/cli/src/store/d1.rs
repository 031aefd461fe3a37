//! Users in D1, read and written through wrangler.

use std::{
    io::{self, Write},
    slice,
};

use accounts::{
    Account, Username,
    d1::{self, Count, MalformedRow, Row},
};
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    error::{MalformedUser, StoreError},
    page::{Page, username_of},
    spool::Spool,
};
use crate::wrangler::{Wrangler, WranglerError};

/// The longest query, in bytes. D1 takes statements of up to 100,000.
const MAX_QUERY: usize = 98_000;
/// Users that are read at a time.
const PAGE: usize = 20_000;
/// Usernames in one statement: with quotes they have up to 514 bytes each.
const MAX_USERNAMES: usize = 150;

/// The database bound as `DB`.
#[derive(Debug)]
pub(crate) struct D1(pub(super) Wrangler);

/// The answer to one statement.
#[derive(Deserialize)]
struct Answer<T> {
    results: Vec<T>,
}

impl D1 {
    pub(super) fn get(&self, username: &Username) -> Result<Option<Account>, StoreError> {
        Ok(self.accounts(&d1::select(slice::from_ref(username)))?.pop().transpose()?)
    }

    /// Whether there is a row, well-formed or not.
    pub(super) fn exists(&self, username: &Username) -> Result<bool, StoreError> {
        Ok(!self.accounts(&d1::select(slice::from_ref(username)))?.is_empty())
    }

    /// The users after a name, in order.
    pub(super) fn page(&self, after: Option<&Username>, limit: usize) -> Result<Page, StoreError> {
        self.accounts(&d1::select_page(after, limit))
    }

    pub(super) fn pages(&self, size: usize) -> impl Iterator<Item = Result<Page, StoreError>> {
        let mut after = None;
        std::iter::from_fn(move || {
            let page = self.page(after.as_ref(), size);
            if let Ok(accounts) = &page {
                after = Some(match accounts.last()? {
                    Ok(account) => account.username.clone(),
                    Err(MalformedUser(username)) => username.clone(),
                });
            }
            Some(page)
        })
    }

    /// The users after a name up to another, in order.
    pub(crate) fn range(&self, after: Option<&Username>, up_to: &Username) -> Result<Page, StoreError> {
        let mut users = self.accounts(&d1::select_range(after, up_to, PAGE))?;
        let mut read = users.len();
        while read == PAGE {
            let after = users.last().map(|user| username_of(user).clone());
            let more = self.accounts(&d1::select_range(after.as_ref(), up_to, PAGE))?;
            read = more.len();
            users.extend(more);
        }
        Ok(users)
    }

    /// Adds users, unless somebody else did so meanwhile, and changes others, except for a hash that somebody else changed
    /// meanwhile. The deployed D1 doesn't say which: read the users again.
    pub(crate) fn add_and_update(
        &self,
        missing: &[&Account],
        changes: &[(Account, Account)],
    ) -> Result<(), StoreError> {
        self.execute(|sql| {
            d1::insert_missing(sql, missing.iter().copied())?;
            changes.iter().try_for_each(|(old, new)| writeln!(sql, "{};", d1::update(old, new)))
        })
        .map(drop)
    }

    pub(super) fn sample(&self, size: usize) -> Result<Vec<Account>, StoreError> {
        Ok(self.accounts(&d1::select_sample(size))?.into_iter().filter_map(Result::ok).collect())
    }

    pub(crate) fn count(&self) -> Result<u64, StoreError> {
        let rows: Vec<Count> = self.query(d1::COUNT)?;
        Ok(rows.first().map_or(0, |row| row.count))
    }

    fn accounts(&self, select: &str) -> Result<Page, StoreError> {
        let rows: Vec<Row> = self.query(select)?;
        let account = |row: Row| Some(row.into_account()?.map_err(|MalformedRow(username)| MalformedUser(username)));
        Ok(rows.into_iter().filter_map(account).collect())
    }

    fn query<T: DeserializeOwned>(&self, sql: &str) -> Result<Vec<T>, StoreError> {
        let mut answers: Vec<Answer<T>> = self.0.json(&["d1", "execute", "DB", "--json", "--command", sql])?;
        Ok(answers.pop().map(|answer| answer.results).unwrap_or_default())
    }

    pub(super) fn add(&self, account: &Account) -> Result<(), StoreError> {
        self.execute(|sql| d1::insert(sql, [account])).map(drop)
    }

    /// Adds the users who don't exist yet. Returns how many users there are then, where that needs no
    /// call of its own: the deployed D1 doesn't answer the queries of a file.
    pub(crate) fn add_missing<'a>(
        &self,
        accounts: &(impl Iterator<Item = &'a Account> + Clone),
    ) -> Result<Option<u64>, StoreError> {
        let printed = self.execute(|sql| {
            d1::insert_missing(sql, accounts.clone())?;
            writeln!(sql, "{};", d1::COUNT)
        })?;
        // The other statements answer with rows of another shape, or none.
        let answers: Vec<Answer<serde_json::Value>> = serde_json::from_reader(printed).map_err(WranglerError::from)?;
        let last = answers.last().and_then(|answer| answer.results.first());
        Ok(last.and_then(|row| Count::deserialize(row).ok()).map(|row| row.count))
    }

    pub(super) fn set_password(&self, username: &Username, hash: &str) -> Result<Vec<Username>, StoreError> {
        self.change(slice::from_ref(username), &d1::set_password(username, hash))
    }

    /// Returns those users who don't exist.
    pub(super) fn set_disabled(&self, usernames: &[Username], disabled: bool) -> Result<Vec<Username>, StoreError> {
        self.change_all(usernames, |usernames| d1::set_disabled(usernames, disabled))
    }

    /// Returns those users who don't exist.
    pub(super) fn delete(&self, usernames: &[Username]) -> Result<Vec<Username>, StoreError> {
        self.change_all(usernames, d1::delete)
    }

    fn change_all(
        &self,
        usernames: &[Username],
        statement: impl Fn(&[Username]) -> String,
    ) -> Result<Vec<Username>, StoreError> {
        let mut missing = Vec::new();
        for usernames in usernames.chunks(MAX_USERNAMES) {
            missing.extend(self.change(usernames, &statement(usernames))?);
        }
        Ok(missing)
    }

    /// Runs a statement about some users. Returns those who don't exist.
    fn change(&self, usernames: &[Username], statement: &str) -> Result<Vec<Username>, StoreError> {
        let rows: Vec<Row> = self.query(&d1::select(usernames))?;
        let missing = |username: &&Username| !rows.iter().any(|row| row.username() == username.as_str());
        let missing: Vec<Username> = usernames.iter().filter(missing).cloned().collect();
        if missing.len() < usernames.len() {
            self.execute(|sql| writeln!(sql, "{statement};"))?;
        }
        Ok(missing)
    }

    /// Runs statements, and returns what wrangler prints. Short ones are a query like any other. Long ones need
    /// a file, and while the deployed D1 runs that, it answers nobody.
    fn execute(&self, write: impl Fn(&mut dyn Write) -> io::Result<()>) -> Result<impl io::Read, StoreError> {
        let mut query = Query::default();
        if write(&mut query).is_ok() {
            let sql = String::from_utf8(query.0).map_err(io::Error::other)?;
            return Ok(self.0.run(&["d1", "execute", "DB", "--yes", "--json", "--command", &sql])?);
        }
        let file = Spool::new(write)?;
        Ok(self.0.run(&["d1", "execute", "DB", "--yes", "--json", "--file", file.path()?])?)
    }
}

/// Statements that are short enough for a query; writing fails once they are not.
#[derive(Default)]
struct Query(Vec<u8>);

impl Write for Query {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > MAX_QUERY {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
