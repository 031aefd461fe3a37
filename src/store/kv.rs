//! Users in the KV namespace that is bound as `USERS`. Keys and records are defined in
//! [`accounts::kv`].

use accounts::{
    User, Username,
    kv::{Record, key},
};
use auth::platform::StoreError;
use guard::rehash::{Outcome, Replacement};
use worker::{Env, kv::KvStore};

use crate::console::reason;

const BINDING: &str = "USERS";

pub(crate) async fn find(env: &Env, username: &Username) -> Result<Option<User>, StoreError> {
    Ok(get(&users(env)?, &key(username)).await?.map(User::from))
}

/// Replaces a hash if it is still stored, as far as a read can tell. The rest of the record stays. So
/// do the key's metadata and expiration, which a write drops unless it repeats them.
pub(crate) async fn replace_hash(env: &Env, replacement: &Replacement) -> Result<Outcome, StoreError> {
    let (users, key) = (users(env)?, key(&replacement.username));
    // Of all keys that begin with this key, the first is the key itself.
    let listed = users.list().prefix(key.clone()).limit(1).execute().await.map_err(unavailable)?;
    let Some(listed) = listed.keys.into_iter().next().filter(|listed| listed.name == key) else {
        return Ok(Outcome::ChangedMeanwhile);
    };
    let Some(mut record) = get(&users, &key).await?.filter(|record| record.password_hash == replacement.old.expose())
    else {
        return Ok(Outcome::ChangedMeanwhile);
    };
    replacement.new.expose().clone_into(&mut record.password_hash);
    let record = record.to_json().map_err(|_| StoreError::Malformed)?;
    let mut put = users.put(&key, record).map_err(unavailable)?;
    if let Some(expiration) = listed.expiration {
        put = put.expiration(expiration);
    }
    if let Some(metadata) = listed.metadata {
        put = put.metadata(metadata).map_err(unavailable)?;
    }
    put.execute().await.map_err(unavailable)?;
    Ok(Outcome::Ok)
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
