use std::{
    collections::BTreeMap,
    io::{self, BufRead, BufReader, Seek, Write},
};

use accounts::{
    Username,
    kv::{self, PREFIX, key},
};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{SeqAccess, Visitor},
};
use serde_json::Value;

use super::{path, spool::Spool};
use crate::{
    user::User,
    wrangler::{Wrangler, WranglerError},
};

/// The deployed KV gives so many values at once.
const MOST_READ: usize = 100;

/// The namespace bound as `USERS`.
#[derive(Debug)]
pub(crate) struct Kv(pub(super) Wrangler);

/// A record as the Worker reads it.
#[derive(Serialize, Deserialize)]
struct Record {
    password_hash: String,
    #[serde(default)]
    disabled: bool,
    #[serde(default, deserialize_with = "time", skip_serializing_if = "Option::is_none")]
    created_at: Option<i64>,
    #[serde(default, deserialize_with = "time", skip_serializing_if = "Option::is_none")]
    changed_at: Option<i64>,
}

/// The Worker doesn't read the times: they may be anything.
fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(Value::deserialize(deserializer)?.as_i64())
}

#[derive(Serialize)]
struct Pair {
    key: String,
    value: String,
}

#[derive(Deserialize)]
struct Found {
    value: Option<String>,
}

#[derive(Deserialize)]
struct Key {
    name: String,
}

impl Kv {
    pub(super) fn get(&self, username: &Username) -> Result<Option<User>, WranglerError> {
        Ok(self.get_all(std::slice::from_ref(username))?.pop())
    }

    /// The users of these names, without those that are gone.
    pub(crate) fn get_all(&self, usernames: &[Username]) -> Result<Vec<User>, WranglerError> {
        let mut users = Vec::with_capacity(usernames.len());
        for usernames in usernames.chunks(MOST_READ) {
            let keys: Vec<String> = usernames.iter().map(key).collect();
            let file = Spool::new(|file| Ok(serde_json::to_writer(file, &keys)?))?;
            let mut found: BTreeMap<String, Found> =
                self.0.json(&["kv", "bulk", "get", path(&file)?, "--binding", "USERS"])?;
            for username in usernames {
                let value = found.remove(&key(username)).and_then(|found| found.value);
                if let Some(value) = value {
                    let broken = |_| WranglerError::BrokenRecord(username.as_str().to_owned());
                    users.push(user(username.clone(), serde_json::from_str(&value).map_err(broken)?));
                }
            }
        }
        Ok(users)
    }

    pub(super) fn pages(&self) -> Result<impl Iterator<Item = Result<Vec<User>, WranglerError>>, WranglerError> {
        let mut usernames = self.usernames()?;
        Ok(std::iter::from_fn(move || match usernames.by_ref().take(MOST_READ).collect::<Result<Vec<_>, _>>() {
            Ok(page) if page.is_empty() => None,
            page => Some(page.and_then(|page| self.get_all(&page))),
        }))
    }

    /// All usernames, in order: KV lists keys by their bytes.
    pub(crate) fn usernames(
        &self,
    ) -> Result<impl Iterator<Item = Result<Username, WranglerError>> + use<>, WranglerError> {
        let listed = self.0.run(&["kv", "key", "list", "--binding", "USERS", "--prefix", PREFIX])?;
        let mut names = tempfile::tempfile()?;
        let mut lines = io::BufWriter::new(&names);
        serde_json::Deserializer::from_reader(listed).deserialize_seq(EachKey(|name: &str| {
            let username = kv::username(name);
            username.map_or(Ok(()), |username| writeln!(lines, "{}", username.as_str()))
        }))?;
        lines.flush()?;
        drop(lines);
        names.rewind()?;
        let username = |name: io::Result<String>| name.map(|name| Username::parse(&name)).transpose();
        Ok(BufReader::new(names).lines().filter_map(username).map(|username| Ok(username?)))
    }

    pub(super) fn put(&self, user: &User, now: i64) -> Result<(), WranglerError> {
        self.put_all(std::slice::from_ref(user), now)
    }

    /// Stores users, over those who are there.
    pub(crate) fn put_all(&self, users: &[User], now: i64) -> Result<(), WranglerError> {
        let pairs = users.iter().map(|user| {
            let record = Record {
                password_hash: user.password_hash.clone(),
                disabled: user.disabled,
                created_at: user.created_at.or(Some(now)),
                changed_at: user.changed_at.or(user.created_at).or(Some(now)),
            };
            Ok(Pair { key: key(&user.username), value: serde_json::to_string(&record)? })
        });
        let pairs = pairs.collect::<Result<Vec<_>, serde_json::Error>>()?;
        let file = Spool::new(|file| Ok(serde_json::to_writer(file, &pairs)?))?;
        self.0.run(&["kv", "bulk", "put", path(&file)?, "--binding", "USERS"]).map(drop)
    }

    pub(super) fn delete(&self, username: &Username) -> Result<(), WranglerError> {
        self.0.run(&["kv", "key", "delete", &key(username), "--binding", "USERS"]).map(drop)
    }
}

fn user(username: Username, record: Record) -> User {
    let Record { password_hash, disabled, created_at, changed_at } = record;
    User { username, password_hash, disabled, created_at, changed_at }
}

/// Goes through a list of keys without keeping it.
struct EachKey<F>(F);

impl<'de, F: FnMut(&str) -> io::Result<()>> Visitor<'de> for EachKey<F> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of keys")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut keys: A) -> Result<(), A::Error> {
        while let Some(Key { name }) = keys.next_element()? {
            (self.0)(&name).map_err(serde::de::Error::custom)?;
        }
        Ok(())
    }
}
