//! Users in D1, read and written through wrangler.

use std::io::{self, Write};

use accounts::{
    Account, Username,
    d1::{self, Count, MalformedRow, Row},
};
use serde::{Deserialize, de::DeserializeOwned};

use super::{
    either::Page,
    error::{MalformedUser, StoreError},
    spool::Spool,
};
use crate::wrangler::{Place, Wrangler, WranglerError};

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
        Ok(self.accounts(&d1::select(username))?.pop().transpose()?)
    }

    /// Whether there is a row, well-formed or not.
    pub(super) fn exists(&self, username: &Username) -> Result<bool, StoreError> {
        Ok(!self.accounts(&d1::select(username))?.is_empty())
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
        self.execute(|file| d1::insert(file, std::slice::from_ref(account))).map(drop)
    }

    /// Adds the users who don't exist yet. Returns how many users there are then, where that needs no
    /// call of its own: the deployed D1 doesn't answer the queries of a file.
    pub(crate) fn add_missing(&self, accounts: &[Account]) -> Result<Option<u64>, StoreError> {
        let is_local = self.0.place == Place::Local;
        let printed = self.execute(|file| {
            d1::insert_missing(file, accounts)?;
            if is_local { writeln!(file, "{};", d1::COUNT) } else { Ok(()) }
        })?;
        if !is_local {
            return Ok(None);
        }
        // The other statements answer with rows of another shape, or none.
        let answers: Vec<Answer<serde_json::Value>> = serde_json::from_reader(printed).map_err(WranglerError::from)?;
        let last = answers.last().and_then(|answer| answer.results.first());
        Ok(last.and_then(|row| Count::deserialize(row).ok()).map(|row| row.count))
    }

    pub(super) fn set_password(&self, username: &Username, hash: &str, now: i64) -> Result<(), StoreError> {
        self.change(username, &d1::set_password(username, hash, now))
    }

    pub(super) fn set_disabled(&self, username: &Username, disabled: bool, now: i64) -> Result<(), StoreError> {
        self.change(username, &d1::set_disabled(username, disabled, now))
    }

    pub(super) fn delete(&self, username: &Username) -> Result<(), StoreError> {
        self.change(username, &d1::delete(username))
    }

    /// Runs a statement about an existing user.
    fn change(&self, username: &Username, statement: &str) -> Result<(), StoreError> {
        if !self.exists(username)? {
            return Err(StoreError::no_user(username));
        }
        self.execute(|file| writeln!(file, "{statement};")).map(drop)
    }

    /// Runs the statements of a file, and returns what wrangler prints.
    fn execute(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<impl io::Read, StoreError> {
        let file = Spool::new(write)?;
        Ok(self.0.run(&["d1", "execute", "DB", "--yes", "--json", "--file", file.path()?])?)
    }
}
