//! Where users are kept.

mod d1;
pub(crate) mod kv;

use login::{Outcome, Replacement, StoreError, UserRecord, UserStore, Username, Users, users::LOOKUP_TIMEOUT};
use worker::{D1SessionConstraint, Env};

use crate::{timeout::within, upgrades};

/// The store that is configured, as it is bound to the Worker.
pub(crate) enum Store<'a> {
    D1(&'a Env),
    Kv(&'a Env),
}

impl<'a> Store<'a> {
    pub(crate) fn bound(store: UserStore, env: &'a Env) -> Self {
        match store {
            UserStore::D1 => Self::D1(env),
            UserStore::Kv => Self::Kv(env),
        }
    }
}

impl Users for Store<'_> {
    async fn find(&self, username: &Username) -> Result<Option<UserRecord>, StoreError> {
        match self {
            Self::D1(env) => timely(d1::find(env, username, D1SessionConstraint::FirstUnconstrained)).await,
            Self::Kv(env) => timely(kv::find(env, username)).await,
        }
    }

    async fn find_newest(&self, username: &Username) -> Option<Result<Option<UserRecord>, StoreError>> {
        match self {
            Self::D1(env) => Some(timely(d1::find(env, username, D1SessionConstraint::FirstPrimary)).await),
            // KV has caches, and no way around them.
            Self::Kv(_) => None,
        }
    }

    async fn refuses_upgrade(&self, username: &Username) -> Result<Option<Outcome>, StoreError> {
        match self {
            Self::D1(_) => Ok(None),
            Self::Kv(env) => timely(upgrades::refuses(env, username)).await,
        }
    }

    async fn upgrade(&self, replacement: &Replacement) -> Result<Outcome, StoreError> {
        match self {
            Self::D1(env) => timely(d1::upgrade(env, replacement)).await,
            Self::Kv(env) => timely(upgrades::add(env, replacement)).await,
        }
    }
}

pub(crate) async fn timely<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    within(LOOKUP_TIMEOUT, work).await.unwrap_or(Err(StoreError::TimedOut))
}
