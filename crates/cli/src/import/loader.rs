//! Stores users batch after batch, in order: those who don't exist yet and, in an update, those who differ.

use std::{cmp::Ordering, num::NonZeroUsize, ops::AddAssign};

use accounts::{Account, Username};

use super::{
    row::{self, Row},
    update::wanted,
};
use crate::{
    figures::counted,
    store::{D1, Kv, Page, Store, StoreError, username_of},
    table::Given,
};

/// Users per call of wrangler. Wrangler needs a second to start, and reads its whole file into memory.
const D1_BATCH: usize = 350_000;
const KV_BATCH: usize = 10_000;
/// In an update, the users of a batch are read first.
const D1_UPDATE_BATCH: usize = 20_000;
/// How often an update in D1 writes a batch, if logins change the same users' hashes meanwhile.
const ATTEMPTS: u32 = 3;

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
    /// Begins to store users, at `now` in Unix milliseconds; D1 has a clock of its own.
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
                self.loaded += updated_in_d1(d1, rows, last.as_ref(), up_to, given)?;
                *last = Some(up_to.clone());
            }
            (Target::Kv(kv), None) => self.loaded.added += kv.add_missing(accounts(), self.now)?,
            (Target::Kv(kv), Some(given)) => {
                self.loaded.added += kv.add_missing(accounts(), self.now)?;
                let usernames: Vec<Username> = rows.iter().map(row::username_of).cloned().collect();
                let mut rows = rows.iter();
                kv.update(&usernames, self.now, |old| {
                    let row = rows.find(|row| *row::username_of(row) == old.username)?;
                    let new = wanted(old, row, given);
                    self.loaded.count(row, old, new.is_some());
                    new
                })?;
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

/// Stores a batch: the users after a name up to another. What was stored is read again, and what a login has kept from
/// being stored is tried again.
fn updated_in_d1(
    d1: &D1,
    rows: &[Row],
    after: Option<&Username>,
    up_to: &Username,
    given: Given,
) -> Result<Loaded, StoreError> {
    let compared = || Ok::<_, StoreError>(Differences::of(rows, d1.range(after, up_to)?, given));
    let first = compared()?;
    let loaded = first.loaded;
    let mut left = first;
    for _ in 0..ATTEMPTS {
        if left.count() == 0 {
            return Ok(loaded);
        }
        d1.add_and_update(&left.missing, &left.changes)?;
        left = compared()?;
    }
    match left.count() {
        0 => Ok(loaded),
        count => Err(StoreError::KeepsChanging(counted(count, "user was", "users were"))),
    }
}

/// What the rows of a batch have that the store doesn't. Both lists are in order.
struct Differences<'a> {
    missing: Vec<&'a Account>,
    /// Users before and after.
    changes: Vec<(Account, Account)>,
    /// What comes of them.
    loaded: Loaded,
}

impl<'a> Differences<'a> {
    /// A stored user whose record is malformed stays.
    fn of(rows: &'a [Row], stored: Page, given: Given) -> Self {
        let (mut missing, mut changes, mut loaded) = (Vec::new(), Vec::new(), Loaded::default());
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
        loaded.added = missing.len() as u64;
        Self { missing, changes, loaded }
    }

    fn count(&self) -> u64 {
        (self.missing.len() + self.changes.len()) as u64
    }
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

impl AddAssign for Loaded {
    fn add_assign(&mut self, other: Self) {
        self.added += other.added;
        self.updated += other.updated;
        self.disabled += other.disabled;
        self.refused_but_enabled += other.refused_but_enabled;
    }
}
