//! What a project is configured to use.

use std::fs;

use accounts::{UserStore, UsernameCase};
use serde::Deserialize;

use crate::wrangler::{Place, Wrangler};

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    vars: toml::Table,
}

/// `USER_STORE`.
pub(crate) fn user_store(wrangler: &Wrangler) -> UserStore {
    variable(wrangler, "USER_STORE").and_then(|name| UserStore::parse(&name)).unwrap_or(UserStore::D1)
}

/// `USERNAME_CASE`.
pub(crate) fn username_case(wrangler: &Wrangler) -> UsernameCase {
    variable(wrangler, "USERNAME_CASE").and_then(|name| UsernameCase::parse(&name)).unwrap_or(UsernameCase::Exact)
}

/// A variable as `wrangler dev` sees it: from `.dev.vars` for local work, or else from `wrangler.toml`.
fn variable(wrangler: &Wrangler, variable: &str) -> Option<String> {
    let read = |name: &str| fs::read_to_string(wrangler.project.join(name)).unwrap_or_default();
    let dev_vars = if wrangler.place == Place::Local { read(".dev.vars") } else { String::new() };
    let from_dev_vars = dev_vars.lines().find_map(|line| {
        let (name, value) = line.trim().trim_start_matches("export ").split_once('=')?;
        (name.trim() == variable).then(|| value.trim().trim_matches(['"', '\'']).to_owned())
    });
    let from_config = || {
        let config: Config = toml::from_str(&read("wrangler.toml")).ok()?;
        Some(config.vars.get(variable)?.as_str()?.to_owned())
    };
    from_dev_vars.or_else(from_config)
}
