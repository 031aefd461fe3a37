//! Users in Workers KV: the key `user:<username>`, a JSON object with `password_hash` and, if need
//! be, `disabled`, `created_at` and `changed_at`. A field of another name is an error: it might be
//! a `disabled` that was misspelt.

use login::{StoreError, UserRecord, Username};
use serde::{Deserialize, de::IgnoredAny};
use worker::Env;

use super::fault::reason;

const BINDING: &str = "USERS";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    password_hash: String,
    #[serde(default)]
    disabled: bool,
    #[serde(default, rename = "created_at")]
    _created_at: IgnoredAny,
    #[serde(default, rename = "changed_at")]
    _changed_at: IgnoredAny,
}

pub(crate) async fn find(env: &Env, username: &Username) -> Result<Option<UserRecord>, StoreError> {
    let Some(text) = get(env, username).await.map_err(|error| StoreError::Unavailable(reason(&error)))? else {
        return Ok(None);
    };
    let Record { password_hash, disabled, .. } = serde_json::from_str(&text).map_err(|_| StoreError::Malformed)?;
    Ok(Some(UserRecord { password_hash, disabled }))
}

async fn get(env: &Env, username: &Username) -> worker::Result<Option<String>> {
    Ok(env.kv(BINDING)?.get(&format!("user:{}", username.as_str())).text().await?)
}
