//! One interface to both stores.

use accounts::{Account, UserStore, Username};

use super::{
    d1::D1,
    error::{MalformedUser, StoreError},
    kv::Kv,
};
use crate::wrangler::Wrangler;

/// A store, reached through wrangler.
#[derive(Debug)]
pub(crate) enum Store {
    D1(D1),
    Kv(Kv),
}

/// Users in order of their names. Those whose record is malformed are in their places.
pub(crate) type Page = Vec<Result<Account, MalformedUser>>;

/// All users, a page at a time.
pub(crate) type Pages<'a> = Box<dyn Iterator<Item = Result<Page, StoreError>> + 'a>;

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

    /// Some of the users, any of them with the same chance, without those whose record is malformed.
    pub(crate) fn sample(&self, size: usize) -> Result<Vec<Account>, StoreError> {
        match self {
            Self::D1(d1) => d1.sample(size),
            Self::Kv(kv) => kv.sample(size),
        }
    }

    /// Adds a user that does not exist yet.
    pub(crate) fn add(&self, account: &Account, now: i64) -> Result<(), StoreError> {
        match self {
            Self::D1(d1) => d1.add(account),
            Self::Kv(kv) => kv.put_all(std::slice::from_ref(account), now),
        }
    }

    /// Replaces the hash of an existing user.
    pub(crate) fn set_password(&self, username: &Username, hash: &str, now: i64) -> Result<(), StoreError> {
        match self {
            Self::D1(d1) => d1.set_password(username, hash, now),
            Self::Kv(kv) => kv.set_password(username, hash, now),
        }
    }

    /// Disables or enables an existing user.
    pub(crate) fn set_disabled(&self, username: &Username, disabled: bool, now: i64) -> Result<(), StoreError> {
        match self {
            Self::D1(d1) => d1.set_disabled(username, disabled, now),
            Self::Kv(kv) => kv.set_disabled(username, disabled, now),
        }
    }

    /// Deletes an existing user.
    pub(crate) fn delete(&self, username: &Username) -> Result<(), StoreError> {
        match self {
            Self::D1(d1) => d1.delete(username),
            Self::Kv(kv) => kv.delete(username),
        }
    }
}
