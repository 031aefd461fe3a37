//! Users in the KV namespace that is bound as `USERS`. Keys and records are defined in
//! [`accounts::kv`].

use accounts::{
    User, Username, Version,
    kv::{Record, key},
};
use auth::platform::StoreError;
use guard::rehash::{Change, Outcome, PasswordChange, Replacement};
use passwords::StoredHash;
use worker::{Env, kv::KvStore};

use crate::{console::reason, environment::now_ms};

const BINDING: &str = "USERS";

pub(crate) async fn find(env: &Env, username: &Username) -> Result<Option<User>, StoreError> {
    Ok(get(&users(env)?, &key(username)).await?.map(User::from))
}

/// Replaces a hash if it is still stored, as far as a read can tell.
pub(crate) async fn replace_hash(env: &Env, replacement: &Replacement) -> Result<Outcome, StoreError> {
    let written = rewrite(env, &replacement.username, &replacement.old, |record| {
        replacement.new.expose().clone_into(&mut record.password_hash);
    });
    Ok(if written.await?.is_some() { Outcome::Ok } else { Outcome::ChangedMeanwhile })
}

/// Changes a password if the old hash is still stored, as far as a read can tell.
pub(crate) async fn change_password(
    env: &Env,
    change: &PasswordChange,
    version: Version,
) -> Result<Change, StoreError> {
    let written = rewrite(env, &change.username, &change.old, |record| {
        change.new.expose().clone_into(&mut record.password_hash);
        record.version = version;
        record.changed_at = (now_ms() / 1000).into();
    });
    Ok(match written.await? {
        Some(record) => Change::Done { version: version.millis(), record: Some(record) },
        None => Change::ChangedMeanwhile,
    })
}

/// Edits the record with this hash, and returns it. The rest of the record stays. So do the key's
/// metadata and expiration, which a write drops unless it repeats them.
async fn rewrite(
    env: &Env,
    username: &Username,
    old: &StoredHash,
    edit: impl FnOnce(&mut Record),
) -> Result<Option<String>, StoreError> {
    let (users, key) = (users(env)?, key(username));
    // Of all keys that begin with this key, the first is the key itself.
    let listed = users.list().prefix(key.clone()).limit(1).execute().await.map_err(unavailable)?;
    let Some(listed) = listed.keys.into_iter().next().filter(|listed| listed.name == key) else {
        return Ok(None);
    };
    let Some(mut record) = get(&users, &key).await?.filter(|record| record.password_hash == old.expose()) else {
        return Ok(None);
    };
    edit(&mut record);
    let record = record.to_json().map_err(|_| StoreError::Malformed)?;
    let mut put = users.put(&key, &record).map_err(unavailable)?;
    if let Some(expiration) = listed.expiration {
        put = put.expiration(expiration);
    }
    if let Some(metadata) = listed.metadata {
        put = put.metadata(metadata).map_err(unavailable)?;
    }
    put.execute().await.map_err(unavailable)?;
    Ok(Some(record))
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
