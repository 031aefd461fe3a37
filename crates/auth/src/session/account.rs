//! An account as the guard knows it.

use guard::Shard;

use crate::config::Config;

/// An account's name in the guard, and the objects that serve it.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    /// The keyed hash of the username, as in the guard's buckets.
    pub(crate) name: String,
    key: [u8; 8],
}

impl Account {
    /// The account of a username, as the stores have the name.
    pub(crate) fn of(config: &Config, username: &str) -> Self {
        Self { name: config.buckets.pseudonym(username), key: config.shard_key.of(username) }
    }

    /// The object that serves the account where the client is.
    pub(crate) fn nearest(&self, config: &Config, continent: Option<&str>) -> Shard {
        config.shards.of(self.key, continent)
    }

    /// The account's objects in all regions.
    pub(crate) fn shards(&self, config: &Config) -> impl Iterator<Item = Shard> {
        config.shards.all_of(self.key)
    }

    /// Whether an object serves the account. One that did before `GUARD_REGIONS` or `GUARD_SHARDS` changed doesn't.
    pub(crate) fn has(&self, config: &Config, shard: Shard) -> bool {
        self.shards(config).any(|own| own == shard)
    }

    /// The object that keeps what was ended of the account's tokens without `sid`.
    pub(crate) fn home(&self, config: &Config) -> Shard {
        self.shards(config).next().unwrap_or_else(|| self.nearest(config, None))
    }
}
