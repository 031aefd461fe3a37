//! Storing users who aren't there yet, batch after batch, in order.

use std::iter::Peekable;

use accounts::{Account, Username};

use crate::store::{D1, Kv, Store, StoreError};

/// Users per call of wrangler. A call takes a second before it begins, and all of its file into
/// memory.
const D1_BATCH: usize = 350_000;
const KV_BATCH: usize = 10_000;

type Usernames = Box<dyn Iterator<Item = Result<Username, StoreError>> + Send>;

pub(crate) enum Filling<'a> {
    D1 {
        d1: &'a D1,
        before: u64,
        /// As far as it is known.
        after: Option<u64>,
    },
    Kv {
        kv: &'a Kv,
        /// The users who are there: KV would overwrite them.
        there: Peekable<Usernames>,
        added: u64,
        now: i64,
    },
}

impl<'a> Filling<'a> {
    pub(crate) fn begin(store: &'a Store, now: i64) -> Result<Self, StoreError> {
        Ok(match store {
            Store::D1(d1) => Self::D1 { d1, before: d1.count()?, after: None },
            Store::Kv(kv) => {
                let there: Usernames = Box::new(kv.usernames()?);
                Self::Kv { kv, there: there.peekable(), added: 0, now }
            }
        })
    }

    pub(crate) fn batch(&self) -> usize {
        match self {
            Self::D1 { .. } => D1_BATCH,
            Self::Kv { .. } => KV_BATCH,
        }
    }

    /// Stores those of a batch who aren't there. Batches come in order of username.
    pub(crate) fn store(&mut self, users: Vec<Account>) -> Result<(), StoreError> {
        match self {
            Self::D1 { d1, after, .. } => {
                if !users.is_empty() {
                    *after = d1.add_missing(&users)?;
                }
                Ok(())
            }
            Self::Kv { kv, there, added, now } => {
                let mut missing = Vec::with_capacity(users.len());
                for user in users {
                    if !is_there(there, &user.username)? {
                        missing.push(user);
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

    /// How many were added.
    pub(crate) fn end(self) -> Result<u64, StoreError> {
        match self {
            Self::D1 { d1, before, after } => Ok(after.map_or_else(|| d1.count(), Ok)?.saturating_sub(before)),
            Self::Kv { added, .. } => Ok(added),
        }
    }
}

/// Whether a name is among those that come in order. One that can't be read is not passed over: its user
/// would be overwritten.
fn is_there(there: &mut Peekable<Usernames>, username: &Username) -> Result<bool, StoreError> {
    while there.next_if(|next| next.as_ref().is_ok_and(|next| next < username)).is_some() {}
    there.next_if(Result::is_err).transpose()?;
    Ok(there.peek().is_some_and(|next| next.as_ref().is_ok_and(|next| next == username)))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_name_that_cant_be_read_ends_the_import() {
        let name = |text: &str| Username::parse(text).unwrap();
        let there: Usernames = Box::new(
            [Ok(name("a")), Ok(name("c")), Err(StoreError::Temporary(io::ErrorKind::Other.into())), Ok(name("e"))]
                .into_iter(),
        );
        let mut there = there.peekable();
        assert!(is_there(&mut there, &name("a")).unwrap());
        assert!(!is_there(&mut there, &name("b")).unwrap());
        assert!(is_there(&mut there, &name("c")).unwrap());
        assert!(is_there(&mut there, &name("e")).is_err());
    }
}
