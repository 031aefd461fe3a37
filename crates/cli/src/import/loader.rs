//! Stores users batch after batch, in order: those who don't exist yet and, in an update, those who differ.

use std::{cmp::Ordering, num::NonZeroUsize};

use accounts::{Account, Username};

use super::{
    row::{self, Row},
    update::wanted,
};
use crate::{
    store::{D1, Kv, Page, Store, StoreError, username_of},
    table::Given,
};

/// Users per call of wrangler. Wrangler needs a second to start, and reads its whole file into memory.
const D1_BATCH: usize = 350_000;
const KV_BATCH: usize = 10_000;
/// In an update, the users of a batch are read first.
const D1_UPDATE_BATCH: usize = 20_000;

pub(crate) struct Loader<'a> {
    target: Target<'a>,
    loaded: Loaded,
    now: i64,
}

enum Target<'a> {
    D1 {
        d1: &'a D1,
        /// How many users there were before, unless it is an update, which sees who is missing.
        count_before: Option<u64>,
        /// How many users there are; `None` until a call says so.
        count: Option<u64>,
        /// The last user of the batch before.
        last: Option<Username>,
    },
    Kv(&'a Kv),
}

/// How many users were added, and what became of those who were there.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Loaded {
    pub(crate) added: u64,
    pub(crate) updated: u64,
    /// Their rows can't be used, but say that they can't log in.
    pub(crate) disabled: u64,
    /// Their rows can't be used, and they can log in.
    pub(crate) refused_but_enabled: u64,
}

impl<'a> Loader<'a> {
    /// Begins to store users, at `now` in Unix seconds.
    pub(crate) fn start(store: &'a Store, is_update: bool, now: i64) -> Result<Self, StoreError> {
        let target = match store {
            Store::D1(d1) => {
                let count_before = if is_update { None } else { Some(d1.count()?) };
                Target::D1 { d1, count_before, count: None, last: None }
            }
            Store::Kv(kv) => Target::Kv(kv),
        };
        Ok(Self { target, loaded: Loaded::default(), now })
    }

    /// How many users a batch has, with at most `chunk_rows`.
    pub(crate) fn batch_size(&self, chunk_rows: Option<NonZeroUsize>, is_update: bool) -> usize {
        let most = match self.target {
            Target::D1 { .. } if is_update => D1_UPDATE_BATCH,
            Target::D1 { .. } => D1_BATCH,
            Target::Kv(_) => KV_BATCH,
        };
        chunk_rows.map_or(most, |rows| most.min(rows.get()))
    }

    /// Stores a batch. Batches must come in order of username. `update` says which columns to take over for users who
    /// are there; without it they stay as they are.
    pub(crate) fn load(&mut self, rows: &[Row], update: Option<Given>) -> Result<(), StoreError> {
        let Some(last_row) = rows.last() else { return Ok(()) };
        let accounts = || rows.iter().filter_map(|row| row.as_ref().ok());
        match (&mut self.target, update) {
            (Target::D1 { d1, count, .. }, None) => *count = d1.add_missing(&accounts())?,
            (Target::D1 { d1, last, .. }, Some(given)) => {
                let up_to = row::username_of(last_row);
                let (missing, changes) = compared(rows, d1.range(last.as_ref(), up_to)?, given, &mut self.loaded);
                d1.add_and_update(&missing, &changes, self.now)?;
                self.loaded.added += missing.len() as u64;
                *last = Some(up_to.clone());
            }
            (Target::Kv(kv), None) => self.loaded.added += kv.add_missing(accounts(), self.now)?,
            (Target::Kv(kv), Some(given)) => {
                self.loaded.added += kv.add_missing(accounts(), self.now)?;
                let usernames: Vec<Username> = rows.iter().map(row::username_of).cloned().collect();
                let (_, changes) = compared(rows, kv.get_all(&usernames)?, given, &mut self.loaded);
                kv.update(&changes, self.now)?;
            }
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<Loaded, StoreError> {
        match self.target {
            Target::D1 { d1, count_before: Some(before), count, .. } => {
                let count = count.map_or_else(|| d1.count(), Ok)?;
                Ok(Loaded { added: count.saturating_sub(before), ..self.loaded })
            }
            _ => Ok(self.loaded),
        }
    }
}

/// The users who are not among the stored ones, and those who differ from them, before and after. Both lists are in
/// order. A stored user whose record is malformed stays.
fn compared<'a>(
    rows: &'a [Row],
    stored: Page,
    given: Given,
    loaded: &mut Loaded,
) -> (Vec<&'a Account>, Vec<(Account, Account)>) {
    let (mut missing, mut changes) = (Vec::new(), Vec::new());
    let mut stored = stored.into_iter().peekable();
    for row in rows {
        let username = row::username_of(row);
        while stored.next_if(|next| username_of(next).cmp(username) == Ordering::Less).is_some() {}
        match stored.next_if(|next| username_of(next) == username) {
            None => missing.extend(row),
            Some(Ok(old)) => {
                let new = wanted(&old, row, given);
                loaded.count(row, &old, new.is_some());
                changes.extend(new.map(|new| (old, new)));
            }
            Some(Err(_)) => {}
        }
    }
    (missing, changes)
}

impl Loaded {
    /// Counts a user who was there.
    fn count(&mut self, row: &Row, old: &Account, is_changed: bool) {
        match row {
            Ok(_) => self.updated += u64::from(is_changed),
            Err(_) if is_changed => self.disabled += 1,
            Err(_) => self.refused_but_enabled += u64::from(!old.disabled),
        }
    }
}
