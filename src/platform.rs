//! The platform: what `auth` needs for a request, made of the runtime's bindings.

use accounts::{
    User, UserStore, Username,
    change::{self, Change, NewUser, Stored},
};
use auth::{
    Config, Part, Platform, Timings,
    platform::{Crypto, Directory, Guard, Outside, Page, RehashStore, StoreError, Users},
    users::{Records, compare_and_set},
};
use guard::rehash::{Outcome, Replacement};
use worker::{D1SessionConstraint, Env};

use crate::{
    clients::{GuardClient, HomeClient, RehashClient},
    crypto::WebCrypto,
    environment::now_ms,
    outside::Internet,
    span::Span,
    store::{
        d1::{self, D1Records},
        kv, timely,
    },
};

/// The Workers runtime, with this deployment's configuration.
pub(crate) struct Workers<'a> {
    pub(crate) config: &'a Config,
    pub(crate) env: &'a Env,
    /// What the request waited for. `None`: nobody asks.
    pub(crate) timings: Option<&'a Timings>,
}

impl Platform for Workers<'_> {
    fn users(&self) -> impl Users {
        self
    }

    fn guard(&self) -> impl Guard {
        GuardClient { env: self.env, timings: self.timings }
    }

    fn rehash(&self) -> impl RehashStore {
        self
    }

    fn directory(&self) -> impl Directory {
        self
    }

    fn crypto(&self) -> impl Crypto {
        WebCrypto
    }

    fn outside(&self) -> impl Outside {
        Internet
    }
}

impl Workers<'_> {
    fn home(&self) -> HomeClient<'_> {
        HomeClient { config: self.config, env: self.env, timings: self.timings }
    }

    fn store_span(&self) -> Span<'_> {
        Span::new(self.timings, Part::Store)
    }
}

impl Users for &Workers<'_> {
    async fn find(&self, username: &Username) -> Result<Option<User>, StoreError> {
        let _span = self.store_span();
        match self.config.user_store {
            UserStore::D1 => timely(d1::find(self.env, username, D1SessionConstraint::FirstUnconstrained)).await,
            UserStore::Kv => timely(kv::find(self.env, username)).await,
        }
    }

    async fn find_newest(&self, username: &Username) -> Option<Result<Option<User>, StoreError>> {
        match self.config.user_store {
            UserStore::D1 => {
                let _span = self.store_span();
                Some(timely(d1::find(self.env, username, D1SessionConstraint::FirstPrimary)).await)
            }
            // Reads of KV can't bypass its caches.
            UserStore::Kv => None,
        }
    }
}

impl Directory for &Workers<'_> {
    async fn read(&self, username: &Username) -> Result<Stored, StoreError> {
        match self.config.user_store {
            UserStore::D1 => {
                let _span = self.store_span();
                D1Records(self.env).read(username).await
            }
            UserStore::Kv => self.home().read(username).await,
        }
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Page, StoreError> {
        let _span = self.store_span();
        match self.config.user_store {
            UserStore::D1 => timely(d1::page(self.env, after, limit)).await,
            UserStore::Kv => timely(kv::page(self.env, after, limit)).await,
        }
    }

    async fn change(&self, change: &Change) -> Result<change::Outcome, StoreError> {
        match self.config.user_store {
            UserStore::D1 => {
                let _span = self.store_span();
                compare_and_set(&D1Records(self.env), change, now_ms()).await
            }
            UserStore::Kv => self.home().change(change).await,
        }
    }

    async fn create_missing(&self, users: &[(&Username, &NewUser)]) -> Result<Vec<(Username, i64)>, StoreError> {
        match self.config.user_store {
            UserStore::D1 => {
                let _span = self.store_span();
                timely(d1::create_missing(self.env, users)).await
            }
            // Each is changed by its home.
            UserStore::Kv => Ok(Vec::new()),
        }
    }
}

impl RehashStore for &Workers<'_> {
    async fn refusal(&self, username: &Username) -> Result<Option<Outcome>, StoreError> {
        match self.config.user_store {
            UserStore::D1 => Ok(None),
            UserStore::Kv => timely(RehashClient(self.env).refusal(username)).await,
        }
    }

    async fn replace(&self, replacement: &Replacement) -> Result<Outcome, StoreError> {
        match self.config.user_store {
            UserStore::D1 => timely(d1::replace_hash(self.env, replacement)).await,
            UserStore::Kv => timely(RehashClient(self.env).add(replacement)).await,
        }
    }
}
