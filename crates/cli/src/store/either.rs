//! One interface to both stores.

use accounts::{Account, UserStore, Username};

use super::{
    config::Config,
    d1::D1,
    error::StoreError,
    kv::Kv,
    page::{Page, Pages},
};
use crate::wrangler::Wrangler;

/// A store, reached through wrangler.
#[derive(Debug)]
pub(crate) enum Store {
    D1(D1),
    Kv(Kv),
}

impl Store {
    pub(crate) fn new(kind: UserStore, wrangler: Wrangler) -> Self {
        match kind {
            UserStore::D1 => Self::D1(D1(wrangler)),
            UserStore::Kv => Self::Kv(Kv(wrangler)),
        }
    }

    pub(crate) fn kind(&self) -> UserStore {
        match self {
            Self::D1(_) => UserStore::D1,
            Self::Kv(_) => UserStore::Kv,
        }
    }

    /// What tells this store from others.
    pub(crate) fn identity(&self) -> Result<String, StoreError> {
        let Wrangler { place, .. } = self.wrangler();
        Ok(format!("{}/{place:?}/{}", self.kind().name(), Config::of(self.wrangler())?.identity(self.kind(), *place)))
    }

    pub(crate) fn wrangler(&self) -> &Wrangler {
        match self {
            Self::D1(D1(wrangler)) | Self::Kv(Kv(wrangler)) => wrangler,
        }
    }

    /// Reads an existing user.
    pub(crate) fn get(&self, username: &Username) -> Result<Account, StoreError> {
        let found = match self {
            Self::D1(d1) => d1.get(username),
            Self::Kv(kv) => kv.get(username),
        };
        found?.ok_or_else(|| StoreError::no_user(username))
    }

    /// Whether there is such a user, even one whose record is malformed.
    pub(crate) fn exists(&self, username: &Username) -> Result<bool, StoreError> {
        match self {
            Self::D1(d1) => d1.exists(username),
            Self::Kv(kv) => kv.exists(username),
        }
    }

    /// The users after a name, at most `limit` of them.
    pub(crate) fn page(&self, after: Option<&Username>, limit: usize) -> Result<Page, StoreError> {
        match self {
            Self::D1(d1) => d1.page(after, limit),
            Self::Kv(kv) => {
                let is_before = |username: &Username| after.is_some_and(|after| username <= after);
                let rest = kv.usernames()?.skip_while(|name| name.as_ref().is_ok_and(is_before));
                kv.get_all(&rest.take(limit).collect::<Result<Vec<_>, _>>()?)
            }
        }
    }

    /// All users in order, `size` at a time.
    pub(crate) fn pages(&self, size: usize) -> Result<Pages<'_>, StoreError> {
        Ok(match self {
            Self::D1(d1) => Box::new(d1.pages(size)),
            Self::Kv(kv) => Box::new(kv.pages()?),
        })
    }

    /// A random sample of the users, each equally likely, without those whose record is malformed.
    pub(crate) fn sample(&self, size: usize) -> Result<Vec<Account>, StoreError> {
        match self {
            Self::D1(d1) => d1.sample(size),
            Self::Kv(kv) => kv.sample(size),
        }
    }

    /// Adds a user that does not exist yet. `now` is in Unix milliseconds; D1 has a clock of its own.
    pub(crate) fn add(&self, account: &Account, now: i64) -> Result<(), StoreError> {
        match self {
            Self::D1(d1) => d1.add(account),
            Self::Kv(kv) => kv.add(account, now),
        }
    }

    /// Replaces the hash of an existing user, at `now` as in [`add`](Self::add).
    pub(crate) fn set_password(&self, username: &Username, hash: &str, now: i64) -> Result<(), StoreError> {
        let missing = match self {
            Self::D1(d1) => d1.set_password(username, hash),
            Self::Kv(kv) => kv.set_password(username, hash, now),
        };
        missing?.first().map_or(Ok(()), |username| Err(StoreError::no_user(username)))
    }

    /// Disables or enables users, at `now` as in [`add`](Self::add). Returns those who don't exist.
    pub(crate) fn set_disabled(
        &self,
        usernames: &[Username],
        disabled: bool,
        now: i64,
    ) -> Result<Vec<Username>, StoreError> {
        match self {
            Self::D1(d1) => d1.set_disabled(usernames, disabled),
            Self::Kv(kv) => kv.set_disabled(usernames, disabled, now),
        }
    }

    /// Deletes users. Returns those who didn't exist.
    pub(crate) fn delete(&self, usernames: &[Username]) -> Result<Vec<Username>, StoreError> {
        match self {
            Self::D1(d1) => d1.delete(usernames),
            Self::Kv(kv) => kv.delete(usernames),
        }
    }
}
