//! Where users are kept.

mod d1;
mod fault;
mod kv;

use login::{StoreError, UserRecord, UserStore, Username, Users, users::LOOKUP_TIMEOUT};
use worker::Env;

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
        let found = match self {
            Self::D1(env) => within(LOOKUP_TIMEOUT, d1::find(env, username)).await,
            Self::Kv(env) => within(LOOKUP_TIMEOUT, kv::find(env, username)).await,
        };
        found.unwrap_or(Err(StoreError::TimedOut))
    }
}
