//! Users in the KV namespace that is bound as `USERS`. Keys and records are defined in
//! [`accounts::kv`].

use std::{collections::HashMap, time::Duration};

use accounts::{
    Email, User, Username,
    change::Stored,
    kv::{PREFIX, Record, email_key, key, username},
};
use auth::platform::{Page, StoreError};
use futures_util::future::join;
use guard::home::{RecordWrite, Write};
use worker::{Env, kv::KvStore};

use crate::console::reason;

const BINDING: &str = "USERS";
/// How many keys one read may name.
const AT_ONCE: u64 = 100;
/// How long a write may take. After that, it is too late to come to pass, and may be tried again.
pub(crate) const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

pub(crate) async fn find(env: &Env, username: &Username) -> Result<Option<User>, StoreError> {
    Ok(get(&users(env)?, &key(username)).await?.map(User::from))
}

/// All that there is of a user.
pub(crate) async fn read(env: &Env, username: &Username) -> Result<Stored, StoreError> {
    let users = users(env)?;
    let (key, email_key) = (key(username), email_key(username));
    let (record, email) = join(get(&users, &key), users.get(&email_key).text()).await;
    Ok(stored(record?, email.map_err(unavailable)?))
}

/// What is no address was written by hand, and is in nobody's way.
fn stored(record: Option<Record>, email: Option<String>) -> Stored {
    let version = record.as_ref().map(|record| record.version).unwrap_or_default();
    Stored { record, version, email: email.and_then(|email| Email::try_from(email).ok()), reset: None }
}

/// Some of the users, after a cursor. The list and the copies may be a minute old.
pub(crate) async fn page(env: &Env, after: Option<&str>, limit: u32) -> Result<Page, StoreError> {
    let users = users(env)?;
    let mut list = users.list().prefix(PREFIX.to_owned()).limit(AT_ONCE.min(limit.into()));
    if let Some(cursor) = after {
        list = list.cursor(cursor.to_owned());
    }
    let listed = list.execute().await.map_err(unavailable)?;
    let names: Vec<Username> = listed.keys.iter().filter_map(|listed| username(&listed.name)).collect();
    let next = if listed.list_complete { None } else { listed.cursor };
    if names.is_empty() {
        return Ok(Page { users: Vec::new(), next });
    }
    let all = async |key: fn(&Username) -> String| -> Result<HashMap<String, Option<String>>, StoreError> {
        let keys: Vec<String> = names.iter().map(key).collect();
        users.get_bulk(&keys).text().await.map_err(unavailable)
    };
    let (records, emails) = join(all(key), all(email_key)).await;
    let (mut records, mut emails) = (records?, emails?);
    let user = |username: Username| {
        let record = Record::parse(&records.remove(&key(&username))??).ok()?;
        let email = emails.remove(&email_key(&username)).flatten();
        Some((username, stored(Some(record), email)))
    };
    Ok(Page { users: names.into_iter().filter_map(user).collect(), next })
}

/// Writes what the home of an account has of a user.
pub(crate) async fn write(env: &Env, username: &Username, Write { record, email }: &Write) -> Result<(), StoreError> {
    let users = users(env)?;
    match record {
        Some(RecordWrite::Put { record, is_new }) => put(&users, &key(username), record, *is_new).await?,
        Some(RecordWrite::Delete) => users.delete(&key(username)).await.map_err(unavailable)?,
        None => {}
    }
    let key = email_key(username);
    match email {
        Some(Some(email)) => users.put(&key, email.as_str()).map_err(unavailable)?.execute().await.map_err(unavailable),
        Some(None) => users.delete(&key).await.map_err(unavailable),
        None => Ok(()),
    }
}

/// Puts a record. Unless it is a new user's, the key's metadata and expiration stay, which a write drops unless it repeats
/// them.
async fn put(users: &KvStore, key: &str, record: &str, is_new: bool) -> Result<(), StoreError> {
    let mut put = users.put(key, record).map_err(unavailable)?;
    if !is_new {
        // Of all keys that begin with this key, the first is the key itself.
        let listed = users.list().prefix(key.to_owned()).limit(1).execute().await.map_err(unavailable)?;
        if let Some(listed) = listed.keys.into_iter().next().filter(|listed| listed.name == key) {
            if let Some(expiration) = listed.expiration {
                put = put.expiration(expiration);
            }
            if let Some(metadata) = listed.metadata {
                put = put.metadata(metadata).map_err(unavailable)?;
            }
        }
    }
    put.execute().await.map_err(unavailable)
}

fn users(env: &Env) -> Result<KvStore, StoreError> {
    env.kv(BINDING).map_err(unavailable)
}

async fn get(users: &KvStore, key: &str) -> Result<Option<Record>, StoreError> {
    let json = users.get(key).text().await.map_err(unavailable)?;
    json.map(|json| Record::parse(&json).map_err(|_| StoreError::Malformed)).transpose()
}

fn unavailable(error: impl Into<worker::Error>) -> StoreError {
    StoreError::Unavailable(reason(&error.into()))
}
