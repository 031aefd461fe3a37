//! Users in D1 and in KV, as the Worker reads them. See `src/store/` for its side.

mod d1;
mod kv;
pub(crate) mod spool;

use std::fs;

use accounts::{UserStore, Username};
use serde::Deserialize;

use crate::{
    user::User,
    wrangler::{Wrangler, WranglerError},
};

use self::spool::Spool;
pub(crate) use self::{d1::D1, kv::Kv};

/// A store through wrangler.
#[derive(Debug)]
pub(crate) enum Store {
    D1(D1),
    Kv(Kv),
}

/// Users in order, some at a time.
pub(crate) type Pages<'a> = Box<dyn Iterator<Item = Result<Vec<User>, WranglerError>> + 'a>;

impl Store {
    pub(crate) fn new(kind: UserStore, wrangler: Wrangler) -> Self {
        match kind {
            UserStore::D1 => Self::D1(D1(wrangler)),
            UserStore::Kv => Self::Kv(Kv(wrangler)),
        }
    }

    pub(crate) fn kind(&self) -> UserStore {
        match self {
            Self::D1(_) => UserStore::D1,
            Self::Kv(_) => UserStore::Kv,
        }
    }

    pub(crate) fn wrangler(&self) -> &Wrangler {
        match self {
            Self::D1(D1(wrangler)) | Self::Kv(Kv(wrangler)) => wrangler,
        }
    }

    pub(crate) fn get(&self, username: &Username) -> Result<Option<User>, WranglerError> {
        match self {
            Self::D1(d1) => d1.get(username),
            Self::Kv(kv) => kv.get(username),
        }
    }

    /// The users after one, in order.
    pub(crate) fn page(&self, after: Option<&Username>, most: usize) -> Result<Vec<User>, WranglerError> {
        match self {
            Self::D1(d1) => d1.page(after, most),
            Self::Kv(kv) => {
                let is_before = |username: &Username| after.is_some_and(|after| username <= after);
                let rest = kv.usernames()?.skip_while(|name| name.as_ref().is_ok_and(is_before));
                kv.get_all(&rest.take(most).collect::<Result<Vec<_>, _>>()?)
            }
        }
    }

    /// All users in order, so many at a time.
    pub(crate) fn pages(&self, size: usize) -> Result<Pages<'_>, WranglerError> {
        Ok(match self {
            Self::D1(d1) => Box::new(d1.pages(size)),
            Self::Kv(kv) => Box::new(kv.pages()?),
        })
    }

    /// Adds one who isn't there.
    pub(crate) fn add(&self, user: &User, now: i64) -> Result<(), WranglerError> {
        match self {
            Self::D1(d1) => d1.add(user),
            Self::Kv(kv) => kv.put(user, now),
        }
    }

    /// Changes the hash of one who is there.
    pub(crate) fn set_password(&self, user: User, hash: &str, now: i64) -> Result<(), WranglerError> {
        match self {
            Self::D1(d1) => d1.set_password(&user.username, hash, now),
            Self::Kv(kv) => kv.put(&User { password_hash: hash.to_owned(), changed_at: Some(now), ..user }, now),
        }
    }

    /// Lets one who is there log in, or not.
    pub(crate) fn set_disabled(&self, user: User, disabled: bool, now: i64) -> Result<(), WranglerError> {
        match self {
            Self::D1(d1) => d1.set_disabled(&user.username, disabled, now),
            Self::Kv(kv) => kv.put(&User { disabled, changed_at: Some(now), ..user }, now),
        }
    }

    pub(crate) fn delete(&self, username: &Username) -> Result<(), WranglerError> {
        match self {
            Self::D1(d1) => d1.delete(username),
            Self::Kv(kv) => kv.delete(username),
        }
    }
}

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    vars: toml::Table,
}

/// `USER_STORE` as `wrangler dev` sees it: of `.dev.vars`, for local work, else of `wrangler.toml`.
pub(crate) fn configured(wrangler: &Wrangler) -> UserStore {
    let read = |name: &str| fs::read_to_string(wrangler.project.join(name)).unwrap_or_default();
    let dev_vars = if wrangler.flag() == "--local" { read(".dev.vars") } else { String::new() };
    let from_dev_vars = dev_vars.lines().find_map(|line| {
        let (name, value) = line.trim().trim_start_matches("export ").split_once('=')?;
        (name.trim() == "USER_STORE").then(|| value.trim().trim_matches(['"', '\'']).to_owned())
    });
    let from_config = || {
        let config: Config = toml::from_str(&read("wrangler.toml")).ok()?;
        Some(config.vars.get("USER_STORE")?.as_str()?.to_owned())
    };
    from_dev_vars.or_else(from_config).and_then(|name| UserStore::parse(&name)).unwrap_or(UserStore::D1)
}

fn path(file: &Spool) -> Result<&str, WranglerError> {
    file.path()
        .to_str()
        .ok_or_else(|| WranglerError::Failed("the folder of temporary files has no name in UTF-8".to_owned()))
}
