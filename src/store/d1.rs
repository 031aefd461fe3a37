//! Users in the D1 database that is bound as `DB`. The SQL comes from [`accounts::d1`].

use accounts::{
    User, Username,
    change::{self, Change, Condition, Edit, NewHash, Patch},
    d1::{self, CHANGE_PASSWORD, FIND, REPLACE_HASH},
};
use auth::platform::StoreError;
use guard::rehash::{Outcome, Replacement};
use worker::{
    D1SessionConstraint, D1Type, Env, Error,
    js_sys::{Array, BigInt},
    wasm_bindgen::{JsCast, JsValue},
};

use crate::console::reason;

const BINDING: &str = "DB";

/// Finds a user. `start` says which copy of the database to ask: the nearest, or the one that is
/// written to.
pub(crate) async fn find(
    env: &Env,
    username: &Username,
    start: D1SessionConstraint,
) -> Result<Option<User>, StoreError> {
    let rows = query(env, FIND, [username.as_str()], start).await?;
    rows.first().map(|row| user(row).ok_or(StoreError::Malformed)).transpose()
}

/// Replaces a hash if it is still stored. Comparing and writing are one step.
pub(crate) async fn replace_hash(env: &Env, replacement: &Replacement) -> Result<Outcome, StoreError> {
    let values = [replacement.username.as_str(), replacement.old.expose(), replacement.new.expose()];
    let rows = query(env, REPLACE_HASH, values, D1SessionConstraint::FirstPrimary).await?;
    Ok(if rows.is_empty() { Outcome::ChangedMeanwhile } else { Outcome::Ok })
}

/// Changes a password if the old hash is still stored. Comparing and writing are one step.
pub(crate) async fn change_password(env: &Env, change: &Change) -> Result<change::Outcome, StoreError> {
    let (Condition::Hash(old), Edit::Patch(Patch { hash: Some(NewHash { hash: new, .. }), .. })) =
        (&change.condition, &change.edit)
    else {
        return Err(StoreError::Unavailable("only passwords are changed".to_owned()));
    };
    let values = [change.username.as_str(), old, new];
    let rows = query(env, CHANGE_PASSWORD, values, D1SessionConstraint::FirstPrimary).await?;
    let Some(row) = rows.first() else { return Ok(change::Outcome::ConditionFailed { version: None }) };
    let version = row.dyn_ref::<Array>().and_then(|row| row.get(0).as_f64()).ok_or(StoreError::Malformed)?;
    // A version is a whole number that is exact as a double.
    #[allow(clippy::cast_possible_truncation)]
    Ok(change::Outcome::Changed { version: version as i64 })
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
    rows.await.map_err(|error: Error| StoreError::of_database(reason(&error)))
}

fn user(row: &JsValue) -> Option<User> {
    let row = row.dyn_ref::<Array>()?;
    let optional = |value: JsValue| if value.is_null() { Some(None) } else { value.as_string().map(Some) };
    let (subject, claims) = (optional(row.get(2))?, optional(row.get(3))?);
    let integer = |value: JsValue| i64::try_from(BigInt::new(&value).ok()?).ok();
    let (version, changed_at) = (integer(row.get(4))?, integer(row.get(5))?);
    d1::user(row.get(0).as_string()?, row.get(1).as_f64()? != 0.0, subject, claims.as_deref(), version, changed_at)
}
