//! Users in the KV namespace that is bound as `USERS`. Keys and records are defined in
//! [`accounts::kv`].

use std::time::Duration;

use accounts::{
    Email, User, Username,
    change::Stored,
    kv::{Record, email_key, key},
};
use auth::platform::StoreError;
use futures_util::future::join;
use guard::home::{RecordWrite, Write};
use worker::{Env, kv::KvStore};

use crate::console::reason;

const BINDING: &str = "USERS";
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
    let record = record?;
    // What is no address was written by hand, and is in nobody's way.
    let email = email.map_err(unavailable)?.and_then(|email| Email::try_from(email).ok());
    Ok(Stored { version: record.as_ref().map_or_else(Default::default, |record| record.version), record, email })
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
