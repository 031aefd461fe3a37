//! Stores the users who don't exist yet, batch after batch, in order.

use std::num::NonZeroUsize;

use accounts::Account;

use crate::store::{D1, Kv, Store, StoreError};

/// Users per call of wrangler. Wrangler needs a second to start, and reads its whole file into memory.
const D1_BATCH: usize = 350_000;
const KV_BATCH: usize = 10_000;

pub(crate) struct Loader<'a> {
    target: Target<'a>,
    batch_size: usize,
    now: i64,
}

enum Target<'a> {
    D1 {
        d1: &'a D1,
        count_before: u64,
        /// `None` until a call says so.
        count_after: Option<u64>,
    },
    Kv {
        kv: &'a Kv,
        added: u64,
    },
}

impl<'a> Loader<'a> {
    /// Begins to store users, at `now` in Unix seconds, at most `chunk_rows` at a time.
    pub(crate) fn start(store: &'a Store, chunk_rows: Option<NonZeroUsize>, now: i64) -> Result<Self, StoreError> {
        let (target, most) = match store {
            Store::D1(d1) => (Target::D1 { d1, count_before: d1.count()?, count_after: None }, D1_BATCH),
            Store::Kv(kv) => (Target::Kv { kv, added: 0 }, KV_BATCH),
        };
        Ok(Self { target, batch_size: chunk_rows.map_or(most, |rows| most.min(rows.get())), now })
    }

    pub(crate) fn batch_size(&self) -> usize {
        self.batch_size
    }

    /// Stores those users of a batch who don't exist. Batches must come in order of username.
    pub(crate) fn load(&mut self, accounts: &[Account]) -> Result<(), StoreError> {
        if accounts.is_empty() {
            return Ok(());
        }
        match &mut self.target {
            Target::D1 { d1, count_after, .. } => *count_after = d1.add_missing(accounts)?,
            Target::Kv { kv, added } => *added += kv.add_missing(accounts, self.now)?,
        }
        Ok(())
    }

    /// Returns how many users were added.
    pub(crate) fn finish(self) -> Result<u64, StoreError> {
        match self.target {
            Target::D1 { d1, count_before, count_after } => {
                Ok(count_after.map_or_else(|| d1.count(), Ok)?.saturating_sub(count_before))
            }
            Target::Kv { added, .. } => Ok(added),
        }
    }
}
