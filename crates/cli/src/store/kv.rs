//! Users in Workers KV, read and written through wrangler.

use std::{
    collections::{BTreeMap, BinaryHeap},
    io::{self, BufRead, BufReader, Seek, Write},
    iter::Peekable,
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

/// What `kv bulk put` takes.
#[derive(Serialize)]
struct Pair {
    key: String,
    value: String,
    #[serde(flatten)]
    kept: Kept,
}

/// What KV keeps with a key besides its value. A write without them drops them.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Kept {
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<serde_json::Value>,
}

#[derive(Deserialize)]
struct Found {
    value: Option<String>,
}

#[derive(Deserialize)]
struct Key {
    name: String,
    #[serde(flatten)]
    kept: Kept,
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
    pub(crate) fn get_all(&self, usernames: &[Username]) -> Result<Vec<Result<Account, MalformedUser>>, StoreError> {
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
        self.usernames_from("")
    }

    /// The usernames that begin like this, in order.
    fn usernames_from(
        &self,
        beginning: &str,
    ) -> Result<impl Iterator<Item = Result<Username, StoreError>> + use<>, StoreError> {
        let mut names = tempfile::tempfile()?;
        let mut lines = io::BufWriter::new(&names);
        self.each_key(beginning, |Key { name, .. }| {
            kv::username(&name).map_or(Ok(()), |username| writeln!(lines, "{}", username.as_str()))
        })?;
        lines.flush()?;
        drop(lines);
        names.rewind()?;
        let username = |name: io::Result<String>| name.map(|name| Username::parse(&name)).transpose();
        Ok(BufReader::new(names).lines().filter_map(username).map(|username| Ok(username?)))
    }

    /// Calls a function with the key of each user whose name begins like this.
    fn each_key(&self, beginning: &str, each: impl FnMut(Key) -> io::Result<()>) -> Result<(), StoreError> {
        let prefix = format!("{}{beginning}", kv::PREFIX);
        let listed = self.0.run(&["kv", "key", "list", "--binding", "USERS", "--prefix", &prefix])?;
        let visited = serde_json::Deserializer::from_reader(listed).deserialize_seq(EachKey(each));
        Ok(visited.map_err(WranglerError::from)?)
    }

    /// Stores those users who don't exist, of a list in order. Returns how many. Which users exist is listed right
    /// before, because KV can't tell while it writes: a user whom somebody adds in between is overwritten.
    pub(crate) fn add_missing<'a>(
        &self,
        accounts: impl Iterator<Item = &'a Account> + Clone,
        now: i64,
    ) -> Result<u64, StoreError> {
        let beginning = common_beginning(accounts.clone().map(|account| account.username.as_str()));
        let mut existing = self.usernames_from(beginning)?.peekable();
        let mut missing = Vec::new();
        for account in accounts {
            if !contains(&mut existing, &account.username)? {
                missing.push(account);
            }
        }
        self.put(missing.iter().map(|account| (&account.username, Record::new(account, now), Kept::default())))?;
        Ok(missing.len() as u64)
    }

    /// Stores a user, and overwrites one that exists.
    pub(super) fn add(&self, account: &Account, now: i64) -> Result<(), StoreError> {
        self.put([(&account.username, Record::new(account, now), Kept::default())])
    }

    pub(super) fn set_password(&self, username: &Username, hash: &str, now: i64) -> Result<Vec<Username>, StoreError> {
        self.change(std::slice::from_ref(username), |record| Record {
            password_hash: hash.to_owned(),
            ..changed(record, now)
        })
    }

    /// Returns those users who don't exist.
    pub(super) fn set_disabled(
        &self,
        usernames: &[Username],
        disabled: bool,
        now: i64,
    ) -> Result<Vec<Username>, StoreError> {
        self.change(usernames, |record| Record { disabled, ..changed(record, now) })
    }

    /// Replaces everything but the times of those of these users, in order, for whom `update` returns something else.
    /// They are read right before they are written: a change by somebody else in between is lost. A user whose record is
    /// malformed stays.
    pub(crate) fn update(
        &self,
        usernames: &[Username],
        now: i64,
        mut update: impl FnMut(&Account) -> Option<Account>,
    ) -> Result<(), StoreError> {
        let found = self.values(usernames)?;
        let found = found.into_iter().filter(|(username, value)| record(username, value).is_ok()).collect();
        self.change_found(found, |username, record| {
            let old = record.clone().into_account(username.clone());
            let new = update(&old)?;
            let has_changed = (&new.password_hash, new.disabled) != (&old.password_hash, old.disabled);
            let Record { created_at, changed_at, version, .. } =
                if has_changed { changed(record, now) } else { record };
            Some(Record { created_at, changed_at, version, ..Record::new(&new, now) })
        })
    }

    /// Returns those users who don't exist.
    pub(super) fn delete(&self, usernames: &[Username]) -> Result<Vec<Username>, StoreError> {
        let found = self.values(usernames)?;
        if !found.is_empty() {
            // The address goes too: a later user of this name is somebody else.
            let keys: Vec<String> =
                found.iter().flat_map(|(username, _)| [kv::key(username), kv::email_key(username)]).collect();
            let file = Spool::new(|file| Ok(serde_json::to_writer(file, &keys)?))?;
            self.0.run(&["kv", "bulk", "delete", file.path()?, "--force", "--binding", "USERS"])?;
        }
        Ok(missing(usernames, &found))
    }

    /// Changes the records of users. Returns those who don't exist. Nothing is changed if a record is malformed.
    fn change(&self, usernames: &[Username], change: impl Fn(Record) -> Record) -> Result<Vec<Username>, StoreError> {
        let found = self.values(usernames)?;
        let missing = missing(usernames, &found);
        self.change_found(found, |_, record| Some(change(record)))?;
        Ok(missing)
    }

    /// Changes these records, except where the change is `None`, and keeps what KV has with their keys.
    fn change_found(
        &self,
        found: Vec<(Username, String)>,
        mut change: impl FnMut(&Username, Record) -> Option<Record>,
    ) -> Result<(), StoreError> {
        let mut changed = Vec::new();
        for (username, value) in found {
            let record = change(&username, record(&username, &value)?);
            changed.extend(record.map(|record| (username, record)));
        }
        let mut kept = self.kept(&changed)?;
        self.put(changed.iter().map(|(username, record)| {
            let kept = kept.remove(&kv::key(username)).unwrap_or_default();
            (username, record.clone(), kept)
        }))
    }

    /// What KV keeps with the keys of these users, by key.
    fn kept(&self, users: &[(Username, Record)]) -> Result<BTreeMap<String, Kept>, StoreError> {
        let mut kept: BTreeMap<String, Kept> =
            users.iter().map(|(username, _)| (kv::key(username), Kept::default())).collect();
        if !kept.is_empty() {
            let beginning = common_beginning(users.iter().map(|(username, _)| username.as_str()));
            self.each_key(beginning, |key| {
                if let Some(place) = kept.get_mut(&key.name) {
                    *place = key.kept;
                }
                Ok(())
            })?;
        }
        Ok(kept)
    }

    fn put<'a>(&self, records: impl IntoIterator<Item = (&'a Username, Record, Kept)>) -> Result<(), StoreError> {
        let pairs = records.into_iter().map(|(username, record, kept)| {
            let value = record.to_json().map_err(|_| malformed(username))?;
            Ok(Pair { key: kv::key(username), value, kept })
        });
        let pairs = pairs.collect::<Result<Vec<_>, MalformedUser>>()?;
        if pairs.is_empty() {
            return Ok(());
        }
        let file = Spool::new(|file| Ok(serde_json::to_writer(file, &pairs)?))?;
        Ok(self.0.run(&["kv", "bulk", "put", file.path()?, "--binding", "USERS"]).map(drop)?)
    }
}

/// Which of the users were not found.
fn missing(usernames: &[Username], found: &[(Username, String)]) -> Vec<Username> {
    let is_missing = |username: &&Username| !found.iter().any(|(found, _)| found == *username);
    usernames.iter().filter(is_missing).cloned().collect()
}

/// What all names begin with.
fn common_beginning<'a>(mut names: impl Iterator<Item = &'a str>) -> &'a str {
    let first = names.next().unwrap_or_default();
    names.fold(first, |common, name| {
        let ends = common.char_indices().zip(name.chars()).find(|((_, one), other)| one != other);
        let end = ends.map_or(common.len().min(name.len()), |((end, _), _)| end);
        common.get(..end).unwrap_or_default()
    })
}

/// Whether a name is among those that come in order. A name that can't be read is not skipped: its user
/// would be overwritten.
fn contains<E>(
    existing: &mut Peekable<impl Iterator<Item = Result<Username, E>>>,
    username: &Username,
) -> Result<bool, E> {
    while existing.next_if(|next| next.as_ref().is_ok_and(|next| next < username)).is_some() {}
    existing.next_if(Result::is_err).transpose()?;
    Ok(existing.peek().is_some_and(|next| next.as_ref().is_ok_and(|next| next == username)))
}

fn record(username: &Username, value: &str) -> Result<Record, MalformedUser> {
    Record::parse(value).map_err(|_| malformed(username))
}

/// A record whose hash or `disabled` is changed at `now`, in Unix milliseconds.
fn changed(record: Record, now: i64) -> Record {
    Record { changed_at: (now / 1000).into(), version: record.version.after(now), ..record }
}

fn malformed(username: &Username) -> MalformedUser {
    MalformedUser(username.clone())
}

/// Visits a list of keys without keeping it.
struct EachKey<F>(F);

impl<'de, F: FnMut(Key) -> io::Result<()>> Visitor<'de> for EachKey<F> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of keys")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut keys: A) -> Result<(), A::Error> {
        while let Some(key) = keys.next_element()? {
            (self.0)(key).map_err(serde::de::Error::custom)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_cant_be_read_ends_the_import() {
        let name = |text: &str| Username::parse(text).unwrap();
        let existing = [Ok(name("a")), Ok(name("c")), Err("broken"), Ok(name("e"))];
        let mut existing = existing.into_iter().peekable();
        assert!(contains(&mut existing, &name("a")).unwrap());
        assert!(!contains(&mut existing, &name("b")).unwrap());
        assert!(contains(&mut existing, &name("c")).unwrap());
        assert_eq!(contains(&mut existing, &name("e")), Err("broken"));
    }

    #[test]
    fn names_begin_with_what_they_have_in_common() {
        let common = |names: &[&'static str]| common_beginning(names.iter().copied());
        assert_eq!(common(&["anna", "anne", "an"]), "an");
        assert_eq!(common(&["ä1", "ä2"]), "ä");
        // These letters share their first byte only.
        assert_eq!(common(&["ä", "ö"]), "");
        assert_eq!(common(&["bob"]), "bob");
        assert_eq!(common(&["bob", "bobby"]), "bob");
        assert_eq!(common(&[]), "");
    }
}
