//! What `wrangler.toml` says about the stores.

use std::env;

use accounts::UserStore;
use serde::Deserialize;

use super::error::StoreError;
use crate::wrangler::{Place, Wrangler};

/// The parts of the configuration that matter here.
#[derive(Default, Deserialize)]
pub(super) struct Config {
    account_id: Option<String>,
    #[serde(flatten)]
    environment: Environment,
    #[serde(default)]
    env: std::collections::BTreeMap<String, Environment>,
}

#[derive(Default, Deserialize)]
struct Environment {
    #[serde(default)]
    vars: toml::Table,
    #[serde(default)]
    d1_databases: Vec<Bound>,
    #[serde(default)]
    kv_namespaces: Vec<Bound>,
}

#[derive(Deserialize)]
struct Bound {
    binding: String,
    #[serde(alias = "database_id")]
    id: Option<String>,
    #[serde(alias = "preview_database_id")]
    preview_id: Option<String>,
    database_name: Option<String>,
}

impl Config {
    pub(super) fn of(wrangler: &Wrangler) -> Result<Self, StoreError> {
        let text = wrangler.read("wrangler.toml")?;
        toml::from_str(&text).map_err(|error| StoreError::Config(error.message().to_owned()))
    }

    pub(super) fn variable(&self, name: &str) -> Option<String> {
        Some(self.environment().vars.get(name)?.as_str()?.to_owned())
    }

    /// What tells a database or a namespace from others: its id, or else its name; for the deployed one the
    /// account too. The local ones are in the project's folder, and so are named by what wrangler calls them there.
    pub(super) fn identity(&self, store: UserStore, place: Place) -> String {
        let environment = self.environment();
        let (bindings, name) = match store {
            UserStore::D1 => (&environment.d1_databases, "DB"),
            UserStore::Kv => (&environment.kv_namespaces, "USERS"),
        };
        let binding = bindings.iter().find(|binding| binding.binding == name);
        let of = |part: fn(&Bound) -> &Option<String>| binding.and_then(|binding| part(binding).clone());
        let (id, database_name) = (of(|binding| &binding.id), of(|binding| &binding.database_name));
        match place {
            Place::Local => of(|binding| &binding.preview_id).or(id).unwrap_or_else(|| name.to_owned()),
            Place::Remote => {
                let account = environment_variable("CLOUDFLARE_ACCOUNT_ID").or_else(|| self.account_id.clone());
                let environment = environment_variable("CLOUDFLARE_ENV");
                let parts = [account, environment, id.or(database_name)].map(Option::unwrap_or_default);
                parts.join("/")
            }
        }
    }

    /// The environment that wrangler takes.
    fn environment(&self) -> &Environment {
        environment_variable("CLOUDFLARE_ENV").and_then(|name| self.env.get(&name)).unwrap_or(&self.environment)
    }
}

fn environment_variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
