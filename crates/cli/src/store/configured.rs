//! What a project is configured to use.

use std::env;

use accounts::{UserStore, UsernameCase};

use super::{config::Config, error::StoreError};
use crate::wrangler::{Place, Wrangler};

/// `USER_STORE`.
pub(crate) fn user_store(wrangler: &Wrangler) -> Result<UserStore, StoreError> {
    match variable(wrangler, "USER_STORE")? {
        // TOML is read here; wrangler's other formats aren't.
        None if !wrangler.project.join("wrangler.toml").exists() => Err(StoreError::NotConfigured),
        None => Ok(UserStore::D1),
        Some(name) => UserStore::parse(&name).ok_or(StoreError::UnknownStore(name)),
    }
}

/// `USERNAME_CASE`. Under a wrong one, users would be stored whom the Worker doesn't find: it is not guessed.
pub(crate) fn username_case(wrangler: &Wrangler) -> Result<UsernameCase, StoreError> {
    let without_toml = || env::var("USERNAME_CASE").ok().filter(|value| !value.is_empty());
    let value = match variable(wrangler, "USERNAME_CASE")? {
        None if !wrangler.project.join("wrangler.toml").exists() => {
            Some(without_toml().ok_or(StoreError::CaseNotConfigured)?)
        }
        value => value,
    };
    match value {
        None => Ok(UsernameCase::Exact),
        Some(name) => UsernameCase::parse(&name).ok_or(StoreError::UnknownCase(name)),
    }
}

/// A variable as `wrangler dev` sees it: from `.dev.vars` for local work, or else from `wrangler.toml`. An empty one
/// counts as absent.
fn variable(wrangler: &Wrangler, variable: &str) -> Result<Option<String>, StoreError> {
    let dev_vars = if wrangler.place == Place::Local { wrangler.read(".dev.vars")? } else { String::new() };
    let from_dev_vars = dev_vars.lines().find_map(|line| {
        let (name, value) = line.trim().trim_start_matches("export ").split_once('=')?;
        (name.trim() == variable).then(|| value.trim().trim_matches(['"', '\'']).to_owned())
    });
    let value = match from_dev_vars {
        Some(value) => Some(value),
        None => Config::of(wrangler)?.variable(variable),
    };
    Ok(value.filter(|value| !value.is_empty()))
}
