//! Where users are kept.

mod d1;
mod fault;
mod kv;

use login::{StoreError, UserRecord, UserStore, Username, Users, users::LOOKUP_TIMEOUT};
use worker::{D1SessionConstraint, Env};

use crate::timeout::within;

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
}

type Found = Result<Option<UserRecord>, StoreError>;

async fn timely(find: impl Future<Output = Found>) -> Found {
    within(LOOKUP_TIMEOUT, find).await.unwrap_or(Err(StoreError::TimedOut))
}
