//! Users in Workers KV, read and written through wrangler.

use std::{
    collections::{BTreeMap, BinaryHeap},
    io::{self, BufRead, BufReader, Seek, Write},
};

use accounts::{
    Account, Username,
    kv::{self, Record},
};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{SeqAccess, Visitor},
};
use sha2::{Digest, Sha256};

use super::{
    error::{MalformedUser, StoreError},
    spool::Spool,
};
use crate::wrangler::{Wrangler, WranglerError};

/// The deployed KV returns at most this many values per request.
const MAX_VALUES: usize = 100;

/// The namespace bound as `USERS`.
#[derive(Debug)]
pub(crate) struct Kv(pub(super) Wrangler);

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
    pub(super) fn get(&self, username: &Username) -> Result<Option<Account>, StoreError> {
        Ok(self.get_all(std::slice::from_ref(username))?.pop().transpose()?)
    }

    /// Whether there is a record, well-formed or not.
    pub(super) fn exists(&self, username: &Username) -> Result<bool, StoreError> {
        Ok(!self.values(std::slice::from_ref(username))?.is_empty())
    }

    /// The users of these names, without those that are gone.
    pub(super) fn get_all(&self, usernames: &[Username]) -> Result<Vec<Result<Account, MalformedUser>>, StoreError> {
        let values = self.values(usernames)?.into_iter();
        Ok(values.map(|(username, value)| Ok(record(&username, &value)?.into_account(username))).collect())
    }

    /// What is stored under these names, without those that are gone.
    fn values(&self, usernames: &[Username]) -> Result<Vec<(Username, String)>, StoreError> {
        let mut values = Vec::with_capacity(usernames.len());
        for usernames in usernames.chunks(MAX_VALUES) {
            let keys: Vec<String> = usernames.iter().map(kv::key).collect();
            let file = Spool::new(|file| Ok(serde_json::to_writer(file, &keys)?))?;
            let mut found: BTreeMap<String, Found> =
                self.0.json(&["kv", "bulk", "get", file.path()?, "--binding", "USERS"])?;
            for (username, key) in usernames.iter().zip(keys) {
                let value = found.remove(&key).and_then(|found| found.value);
                values.extend(value.map(|value| (username.clone(), value)));
            }
        }
        Ok(values)
    }

    pub(super) fn pages(
        &self,
    ) -> Result<impl Iterator<Item = Result<Vec<Result<Account, MalformedUser>>, StoreError>>, StoreError> {
        let mut usernames = self.usernames()?;
        Ok(std::iter::from_fn(move || match usernames.by_ref().take(MAX_VALUES).collect::<Result<Vec<_>, _>>() {
            Ok(page) if page.is_empty() => None,
            page => Some(page.and_then(|page| self.get_all(&page))),
        }))
    }

    /// The users whose names have the smallest digests.
    pub(super) fn sample(&self, size: usize) -> Result<Vec<Account>, StoreError> {
        let mut smallest = BinaryHeap::with_capacity(size + 1);
        for username in self.usernames()? {
            let username = username?;
            smallest.push((Sha256::digest(username.as_str()), username));
            if smallest.len() > size {
                smallest.pop();
            }
        }
        let usernames: Vec<Username> = smallest.into_iter().map(|(_, username)| username).collect();
        Ok(self.get_all(&usernames)?.into_iter().filter_map(Result::ok).collect())
    }

    /// All usernames, in order: KV lists keys by their bytes.
    pub(crate) fn usernames(&self) -> Result<impl Iterator<Item = Result<Username, StoreError>> + use<>, StoreError> {
        let listed = self.0.run(&["kv", "key", "list", "--binding", "USERS", "--prefix", kv::PREFIX])?;
        let mut names = tempfile::tempfile()?;
        let mut lines = io::BufWriter::new(&names);
        serde_json::Deserializer::from_reader(listed)
            .deserialize_seq(EachKey(|key: &str| {
                kv::username(key).map_or(Ok(()), |username| writeln!(lines, "{}", username.as_str()))
            }))
            .map_err(WranglerError::from)?;
        lines.flush()?;
        drop(lines);
        names.rewind()?;
        let username = |name: io::Result<String>| name.map(|name| Username::parse(&name)).transpose();
        Ok(BufReader::new(names).lines().filter_map(username).map(|username| Ok(username?)))
    }

    /// Stores users, and overwrites those that exist.
    pub(crate) fn put_all(&self, accounts: &[Account], now: i64) -> Result<(), StoreError> {
        self.put(accounts.iter().map(|account| (&account.username, Record::new(account, now))))
    }

    pub(super) fn set_password(&self, username: &Username, hash: &str, now: i64) -> Result<(), StoreError> {
        let record = self.existing(username)?;
        let record = Record { password_hash: hash.to_owned(), changed_at: now.into(), ..record };
        self.put([(username, record)])
    }

    pub(super) fn set_disabled(&self, username: &Username, disabled: bool, now: i64) -> Result<(), StoreError> {
        let record = self.existing(username)?;
        self.put([(username, Record { disabled, changed_at: now.into(), ..record })])
    }

    pub(super) fn delete(&self, username: &Username) -> Result<(), StoreError> {
        if !self.exists(username)? {
            return Err(StoreError::no_user(username));
        }
        Ok(self.0.run(&["kv", "key", "delete", &kv::key(username), "--binding", "USERS"]).map(drop)?)
    }

    /// The whole record of an existing user, to be changed and put back.
    fn existing(&self, username: &Username) -> Result<Record, StoreError> {
        let (_, value) =
            self.values(std::slice::from_ref(username))?.pop().ok_or_else(|| StoreError::no_user(username))?;
        Ok(record(username, &value)?)
    }

    fn put<'a>(&self, records: impl IntoIterator<Item = (&'a Username, Record)>) -> Result<(), StoreError> {
        let pairs = records.into_iter().map(|(username, record)| {
            let value = record.to_json().map_err(|_| malformed(username))?;
            Ok(Pair { key: kv::key(username), value })
        });
        let pairs = pairs.collect::<Result<Vec<_>, MalformedUser>>()?;
        let file = Spool::new(|file| Ok(serde_json::to_writer(file, &pairs)?))?;
        Ok(self.0.run(&["kv", "bulk", "put", file.path()?, "--binding", "USERS"]).map(drop)?)
    }
}

fn record(username: &Username, value: &str) -> Result<Record, MalformedUser> {
    Record::parse(value).map_err(|_| malformed(username))
}

fn malformed(username: &Username) -> MalformedUser {
    MalformedUser(username.clone())
}

/// Visits a list of keys without keeping it.
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
