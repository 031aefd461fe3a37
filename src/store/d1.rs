//! Users in D1: the table `users` of `migrations/`.

use login::{StoreError, UserRecord, Username};
use worker::{
    D1SessionConstraint, D1Type, Env, Error,
    js_sys::Array,
    wasm_bindgen::{JsCast, JsValue},
};

use super::fault::reason;

const BINDING: &str = "DB";
const BY_USERNAME: &str = "SELECT password_hash, disabled FROM users WHERE username = ?1";

/// `start`: which copy of the database to ask, the nearest or the one that is written to.
pub(crate) async fn find(
    env: &Env,
    username: &Username,
    start: D1SessionConstraint,
) -> Result<Option<UserRecord>, StoreError> {
    let rows = query(env, username, start).await.map_err(|error| StoreError::Unavailable(reason(&error)))?;
    rows.first().map(|row| record(row).ok_or(StoreError::Malformed)).transpose()
}

async fn query(env: &Env, username: &Username, start: D1SessionConstraint) -> Result<Vec<JsValue>, Error> {
    let statement = env.d1(BINDING)?.with_session_constraint(start)?.prepare(BY_USERNAME);
    statement.bind_refs(&D1Type::Text(username.as_str()))?.raw_js_value().await
}

fn record(row: &JsValue) -> Option<UserRecord> {
    let row = row.dyn_ref::<Array>()?;
    Some(UserRecord { password_hash: row.get(0).as_string()?, disabled: row.get(1).as_f64()? != 0.0 })
}
