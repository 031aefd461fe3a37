//! Users in Workers KV: the key `user:<username>`, a JSON object with `password_hash` and, where
//! it is true, `disabled`.

use login::{StoreError, UserRecord, Username};
use serde::Deserialize;
use worker::Env;

use super::fault::reason;

const BINDING: &str = "USERS";

#[derive(Deserialize)]
struct Record {
    password_hash: String,
    #[serde(default)]
    disabled: bool,
}

pub(crate) async fn find(env: &Env, username: &Username) -> Result<Option<UserRecord>, StoreError> {
    let Some(text) = get(env, username).await.map_err(|error| StoreError::Unavailable(reason(&error)))? else {
        return Ok(None);
    };
    let Record { password_hash, disabled } = serde_json::from_str(&text).map_err(|_| StoreError::Malformed)?;
    Ok(Some(UserRecord { password_hash, disabled }))
}

async fn get(env: &Env, username: &Username) -> worker::Result<Option<String>> {
    Ok(env.kv(BINDING)?.get(&format!("user:{}", username.as_str())).text().await?)
}
