//! Users in Workers KV: the key `user:<username>`, a JSON object with `password_hash` and, if need
//! be, `disabled`, `created_at` and `changed_at`. A field of another name is an error: it might be
//! a `disabled` that was misspelt.

use login::{Outcome, Replacement, StoreError, UserRecord, Username};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use worker::{Env, kv::KvStore};

use crate::fault::reason;

const BINDING: &str = "USERS";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    password_hash: String,
    #[serde(default)]
    disabled: bool,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    created_at: Value,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    changed_at: Value,
}

pub(crate) async fn find(env: &Env, username: &Username) -> Result<Option<UserRecord>, StoreError> {
    let record = get(&users(env)?, &key(username)).await?;
    Ok(record.map(|Record { password_hash, disabled, .. }| UserRecord { password_hash, disabled }))
}

/// Replaces a hash if it is still there, as far as a read can tell. The rest of the record stays, and
/// so do the key's metadata and when it expires, which a write that does not name them would drop.
pub(crate) async fn upgrade(env: &Env, replacement: &Replacement) -> Result<Outcome, StoreError> {
    let (users, key) = (users(env)?, key(&replacement.username));
    // Of all keys that start like this one, itself is the first.
    let listed = users.list().prefix(key.clone()).limit(1).execute().await.map_err(unavailable)?;
    let Some(listed) = listed.keys.into_iter().next().filter(|listed| listed.name == key) else {
        return Ok(Outcome::ChangedMeanwhile);
    };
    let Some(mut record) = get(&users, &key).await?.filter(|record| record.password_hash == replacement.old.expose())
    else {
        return Ok(Outcome::ChangedMeanwhile);
    };
    replacement.new.expose().clone_into(&mut record.password_hash);
    let record = serde_json::to_string(&record).map_err(|_| StoreError::Malformed)?;
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

fn key(username: &Username) -> String {
    format!("user:{}", username.as_str())
}

async fn get(users: &KvStore, key: &str) -> Result<Option<Record>, StoreError> {
    let text = users.get(key).text().await.map_err(unavailable)?;
    text.map(|text| serde_json::from_str(&text).map_err(|_| StoreError::Malformed)).transpose()
}

fn unavailable(error: impl Into<worker::Error>) -> StoreError {
    StoreError::Unavailable(reason(&error.into()))
}
