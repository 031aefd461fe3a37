//! Users in D1: the table `users` of `migrations/`.

use login::{Outcome, Replacement, StoreError, UserRecord, Username};
use worker::{
    D1SessionConstraint, D1Type, Env, Error,
    js_sys::Array,
    wasm_bindgen::{JsCast, JsValue},
};

use crate::fault::reason;

const BINDING: &str = "DB";
const BY_USERNAME: &str = "SELECT password_hash, disabled FROM users WHERE username = ?1";
/// `changed_at` stays: the password is the same.
const UPGRADE: &str = "UPDATE users SET password_hash = ?3 WHERE username = ?1 AND password_hash = ?2 RETURNING 1";

/// `start`: which copy of the database to ask, the nearest or the one that is written to.
pub(crate) async fn find(
    env: &Env,
    username: &Username,
    start: D1SessionConstraint,
) -> Result<Option<UserRecord>, StoreError> {
    let rows = query(env, BY_USERNAME, [username.as_str()], start).await?;
    rows.first().map(|row| record(row).ok_or(StoreError::Malformed)).transpose()
}

/// Replaces a hash if it is still there, in one step.
pub(crate) async fn upgrade(env: &Env, replacement: &Replacement) -> Result<Outcome, StoreError> {
    let values = [replacement.username.as_str(), replacement.old.expose(), replacement.new.expose()];
    let rows = query(env, UPGRADE, values, D1SessionConstraint::FirstPrimary).await?;
    Ok(if rows.is_empty() { Outcome::ChangedMeanwhile } else { Outcome::Ok })
}

async fn query<const N: usize>(
    env: &Env,
    query: &str,
    values: [&str; N],
    start: D1SessionConstraint,
) -> Result<Vec<JsValue>, StoreError> {
    let rows = async {
        let statement = env.d1(BINDING)?.with_session_constraint(start)?.prepare(query);
        statement.bind_refs(&values.map(D1Type::Text))?.raw_js_value().await
    };
    rows.await.map_err(|error: Error| StoreError::Unavailable(reason(&error)))
}

fn record(row: &JsValue) -> Option<UserRecord> {
    let row = row.dyn_ref::<Array>()?;
    Some(UserRecord { password_hash: row.get(0).as_string()?, disabled: row.get(1).as_f64()? != 0.0 })
}
