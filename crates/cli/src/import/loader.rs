//! Stores the users who don't exist yet, batch after batch, in order.

use std::iter::Peekable;

use accounts::{Account, Username};

use crate::store::{D1, Kv, Store, StoreError};

/// Users per call of wrangler. Wrangler needs a second to start, and reads its whole file into memory.
const D1_BATCH: usize = 350_000;
const KV_BATCH: usize = 10_000;

type Usernames = Box<dyn Iterator<Item = Result<Username, StoreError>> + Send>;

pub(crate) enum Loader<'a> {
    D1 {
        d1: &'a D1,
        count_before: u64,
        /// `None` until a call says so.
        count_after: Option<u64>,
    },
    Kv {
        kv: &'a Kv,
        /// The users who exist, whom KV would overwrite.
        existing: Peekable<Usernames>,
        added: u64,
        now: i64,
    },
}

impl<'a> Loader<'a> {
    pub(crate) fn start(store: &'a Store, now: i64) -> Result<Self, StoreError> {
        Ok(match store {
            Store::D1(d1) => Self::D1 { d1, count_before: d1.count()?, count_after: None },
            Store::Kv(kv) => {
                let existing: Usernames = Box::new(kv.usernames()?);
                Self::Kv { kv, existing: existing.peekable(), added: 0, now }
            }
        })
    }

    pub(crate) fn batch_size(&self) -> usize {
        match self {
            Self::D1 { .. } => D1_BATCH,
            Self::Kv { .. } => KV_BATCH,
        }
    }

    /// Stores those users of a batch who don't exist. Batches must come in order of username.
    pub(crate) fn load(&mut self, accounts: Vec<Account>) -> Result<(), StoreError> {
        match self {
            Self::D1 { d1, count_after, .. } => {
                if !accounts.is_empty() {
                    *count_after = d1.add_missing(&accounts)?;
                }
                Ok(())
            }
            Self::Kv { kv, existing, added, now } => {
                let mut missing = Vec::with_capacity(accounts.len());
                for account in accounts {
                    if !contains(existing, &account.username)? {
                        missing.push(account);
                    }
                }
                if missing.is_empty() {
                    return Ok(());
                }
                kv.put_all(&missing, *now)?;
                *added += missing.len() as u64;
                Ok(())
            }
        }
    }

    /// Returns how many users were added.
    pub(crate) fn finish(self) -> Result<u64, StoreError> {
        match self {
            Self::D1 { d1, count_before, count_after } => {
                Ok(count_after.map_or_else(|| d1.count(), Ok)?.saturating_sub(count_before))
            }
            Self::Kv { added, .. } => Ok(added),
        }
    }
}

/// Whether a name is among those that come in order. A name that can't be read is not skipped: its user
/// would be overwritten.
fn contains(existing: &mut Peekable<Usernames>, username: &Username) -> Result<bool, StoreError> {
    while existing.next_if(|next| next.as_ref().is_ok_and(|next| next < username)).is_some() {}
    existing.next_if(Result::is_err).transpose()?;
    Ok(existing.peek().is_some_and(|next| next.as_ref().is_ok_and(|next| next == username)))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_name_that_cant_be_read_ends_the_import() {
        let name = |text: &str| Username::parse(text).unwrap();
        let existing: Usernames = Box::new(
            [Ok(name("a")), Ok(name("c")), Err(StoreError::Temporary(io::ErrorKind::Other.into())), Ok(name("e"))]
                .into_iter(),
        );
        let mut existing = existing.peekable();
        assert!(contains(&mut existing, &name("a")).unwrap());
        assert!(!contains(&mut existing, &name("b")).unwrap());
        assert!(contains(&mut existing, &name("c")).unwrap());
        assert!(contains(&mut existing, &name("e")).is_err());
    }
}
