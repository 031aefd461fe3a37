//! Which store a project is configured to use.

use accounts::UserStore;

use super::{config::Config, error::StoreError};
use crate::wrangler::{Place, Wrangler};

/// `USER_STORE` as `wrangler dev` sees it: from `.dev.vars` for local work, or else from `wrangler.toml`.
pub(crate) fn configured(wrangler: &Wrangler) -> Result<UserStore, StoreError> {
    let dev_vars = if wrangler.place == Place::Local { wrangler.read(".dev.vars")? } else { String::new() };
    let from_dev_vars = dev_vars.lines().find_map(|line| {
        let (name, value) = line.trim().trim_start_matches("export ").split_once('=')?;
        (name.trim() == "USER_STORE").then(|| value.trim().trim_matches(['"', '\'']).to_owned())
    });
    let name = match from_dev_vars {
        Some(name) => Some(name),
        // TOML is read here; wrangler's other formats aren't.
        None if !wrangler.project.join("wrangler.toml").exists() => return Err(StoreError::NotConfigured),
        None => Config::of(wrangler)?.user_store(),
    };
    match name.as_deref() {
        None | Some("") => Ok(UserStore::D1),
        Some(name) => UserStore::parse(name).ok_or_else(|| StoreError::UnknownStore(name.to_owned())),
    }
}
