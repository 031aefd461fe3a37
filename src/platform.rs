//! The platform: what `auth` needs for a request, made of the runtime's bindings.

use accounts::{
    User, UserStore, Username,
    change::{self, Change, NewUser, Stored},
};
use auth::{
    Config, Platform,
    platform::{Crypto, Directory, Guard, Page, RehashStore, StoreError, Users},
    users::{Records, compare_and_set},
};
use guard::rehash::{Outcome, Replacement};
use worker::{D1SessionConstraint, Env};

use crate::{
    clients::{GuardClient, HomeClient, RehashClient},
    crypto::WebCrypto,
    environment::now_ms,
    store::{
        d1::{self, D1Records},
        kv, timely,
    },
};

/// The Workers runtime, with this deployment's configuration.
pub(crate) struct Workers<'a> {
    pub(crate) config: &'a Config,
    pub(crate) env: &'a Env,
}

impl Platform for Workers<'_> {
    fn users(&self) -> impl Users {
        self.store()
    }

    fn guard(&self) -> impl Guard {
        GuardClient(self.env)
    }

    fn rehash(&self) -> impl RehashStore {
        self.store()
    }

    fn directory(&self) -> impl Directory {
        self.store()
    }

    fn crypto(&self) -> impl Crypto {
        WebCrypto
    }
}

impl Workers<'_> {
    fn store(&self) -> Store<'_> {
        match self.config.user_store {
            UserStore::D1 => Store::D1(self.env),
            UserStore::Kv => Store::Kv(self.env, self.config),
        }
    }
}

/// The user store that `USER_STORE` names.
enum Store<'a> {
    D1(&'a Env),
    Kv(&'a Env, &'a Config),
}

impl Users for Store<'_> {
    async fn find(&self, username: &Username) -> Result<Option<User>, StoreError> {
        match self {
            Self::D1(env) => timely(d1::find(env, username, D1SessionConstraint::FirstUnconstrained)).await,
            Self::Kv(env, _) => timely(kv::find(env, username)).await,
        }
    }

    async fn find_newest(&self, username: &Username) -> Option<Result<Option<User>, StoreError>> {
        match self {
            Self::D1(env) => Some(timely(d1::find(env, username, D1SessionConstraint::FirstPrimary)).await),
            // Reads of KV can't bypass its caches.
            Self::Kv(..) => None,
        }
    }
}

impl Directory for Store<'_> {
    async fn read(&self, username: &Username) -> Result<Stored, StoreError> {
        match self {
            Self::D1(env) => D1Records(env).read(username).await,
            Self::Kv(env, config) => HomeClient { config, env }.read(username).await,
        }
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Page, StoreError> {
        match self {
            Self::D1(env) => timely(d1::page(env, after, limit)).await,
            Self::Kv(env, _) => timely(kv::page(env, after, limit)).await,
        }
    }

    async fn change(&self, change: &Change) -> Result<change::Outcome, StoreError> {
        match self {
            Self::D1(env) => compare_and_set(&D1Records(env), change, now_ms()).await,
            Self::Kv(env, config) => HomeClient { config, env }.change(change).await,
        }
    }

    async fn create_missing(&self, users: &[(&Username, &NewUser)]) -> Result<Vec<(Username, i64)>, StoreError> {
        match self {
            Self::D1(env) => timely(d1::create_missing(env, users)).await,
            // Each is changed by its home.
            Self::Kv(..) => Ok(Vec::new()),
        }
    }
}

impl RehashStore for Store<'_> {
    async fn refusal(&self, username: &Username) -> Result<Option<Outcome>, StoreError> {
        match self {
            Self::D1(_) => Ok(None),
            Self::Kv(env, _) => timely(RehashClient(env).refusal(username)).await,
        }
    }

    async fn replace(&self, replacement: &Replacement) -> Result<Outcome, StoreError> {
        match self {
            Self::D1(env) => timely(d1::replace_hash(env, replacement)).await,
            Self::Kv(env, _) => timely(RehashClient(env).add(replacement)).await,
        }
    }
}
