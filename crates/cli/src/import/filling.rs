//! Storing users who aren't there yet, batch after batch, in order.

use std::iter::Peekable;

use login::users::Username;

use crate::{
    store::{D1, Kv, Store},
    user::User,
    wrangler::WranglerError,
};

/// Users per call of wrangler. A call takes a second before it begins, and all of its file into
/// memory.
const D1_BATCH: usize = 350_000;
const KV_BATCH: usize = 10_000;

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
        there: Peekable<Box<dyn Iterator<Item = Username> + Send>>,
        added: u64,
        now: i64,
    },
}

impl<'a> Filling<'a> {
    pub(crate) fn begin(store: &'a Store, now: i64) -> Result<Self, WranglerError> {
        Ok(match store {
            Store::D1(d1) => Self::D1 { d1, before: d1.count()?, after: None },
            Store::Kv(kv) => {
                let there: Box<dyn Iterator<Item = Username> + Send> = Box::new(kv.usernames()?);
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
    pub(crate) fn store(&mut self, mut users: Vec<User>) -> Result<(), WranglerError> {
        match self {
            Self::D1 { d1, after, .. } => {
                if !users.is_empty() {
                    *after = d1.add_missing(&users)?;
                }
                Ok(())
            }
            Self::Kv { kv, there, added, now } => {
                users.retain(|user| {
                    while there.next_if(|username| *username < user.username).is_some() {}
                    there.peek() != Some(&user.username)
                });
                if users.is_empty() {
                    return Ok(());
                }
                kv.put_all(&users, *now)?;
                *added += users.len() as u64;
                Ok(())
            }
        }
    }

    /// How many were added.
    pub(crate) fn end(self) -> Result<u64, WranglerError> {
        match self {
            Self::D1 { d1, before, after } => Ok(after.map_or_else(|| d1.count(), Ok)?.saturating_sub(before)),
            Self::Kv { added, .. } => Ok(added),
        }
    }
}
