//! Users in the D1 database that is bound as `DB`. The SQL comes from [`accounts::d1`].

use accounts::{
    User, Username,
    change::{NewUser, Stored},
    d1::{self, CREATE_MISSING, FIND, PAGE, READ, REPLACE_HASH, StoredRow, Value},
};
use auth::{
    platform::{Page, StoreError},
    users::Records,
};
use guard::rehash::{Outcome, Replacement};
use worker::{
    D1SessionConstraint, D1Type, Env, Error,
    js_sys::{Array, BigInt},
    wasm_bindgen::{JsCast, JsValue},
};

use crate::{console::reason, environment::now_ms, store::timely};

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

/// The database as whole records, each compared and set in one step.
pub(crate) struct D1Records<'a>(pub(crate) &'a Env);

impl Records for D1Records<'_> {
    async fn read(&self, username: &Username) -> Result<Stored, StoreError> {
        let rows = timely(query(self.0, READ, [username.as_str()], D1SessionConstraint::FirstPrimary)).await?;
        // The first row is the user's, if there is one.
        rows.first().map_or(Ok(Stored::default()), |row| stored(row, 0).ok_or(StoreError::Malformed))
    }

    async fn set(&self, username: &Username, old: &Stored, new: &Stored) -> Result<bool, StoreError> {
        let mut rows = Vec::new();
        for (statement, values) in d1::set(username, old, new) {
            rows = timely(run(self.0, statement, values.iter().map(js_value).collect())).await?;
        }
        Ok(!rows.is_empty())
    }
}

/// The users after a name, in order.
pub(crate) async fn page(env: &Env, after: Option<&str>, limit: u32) -> Result<Page, StoreError> {
    let values = vec![JsValue::from_str(after.unwrap_or_default()), limit.into()];
    let rows = run(env, PAGE, values).await?;
    let name = |row: &JsValue| row.dyn_ref::<Array>()?.get(0).as_string();
    let next = if rows.len() == limit as usize { rows.last().and_then(name) } else { None };
    // Nobody can log in under a name that can't be read, or with a record that can't be.
    let user = |row: &JsValue| Some((Username::parse(&name(row)?)?, stored(row, 1)?));
    Ok(Page { users: rows.iter().filter_map(user).collect(), next })
}

/// Creates those who are not there, in one statement.
pub(crate) async fn create_missing(
    env: &Env,
    users: &[(&Username, &NewUser)],
) -> Result<Vec<(Username, i64)>, StoreError> {
    #[allow(clippy::cast_precision_loss, reason = "a time in milliseconds is exact as a double")]
    let values = vec![JsValue::from_str(&d1::new_users(users.iter().copied())), (now_ms() as f64).into()];
    let rows = run(env, CREATE_MISSING, values).await?;
    let created = |row: &JsValue| {
        let row = row.dyn_ref::<Array>()?;
        Some((Username::parse(&row.get(0).as_string()?)?, integer(&row.get(1))?))
    };
    rows.iter().map(|row| created(row).ok_or(StoreError::Malformed)).collect()
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

/// A statement for the copy that is written to.
async fn run(env: &Env, statement: &str, values: Vec<JsValue>) -> Result<Vec<JsValue>, StoreError> {
    let rows = async {
        let statement = env.d1(BINDING)?.with_session_constraint(D1SessionConstraint::FirstPrimary)?.prepare(statement);
        statement.bind(&values)?.raw_js_value().await
    };
    rows.await.map_err(|error: Error| StoreError::of_database(reason(&error)))
}

#[allow(clippy::cast_precision_loss, reason = "the integer is exact as a double")]
fn js_value(value: &Value) -> JsValue {
    match value {
        Value::Null => JsValue::NULL,
        Value::Integer(integer) => (*integer as f64).into(),
        Value::Text(text) => text.as_str().into(),
    }
}

/// The columns of a record, of which the first is at `first`.
fn stored(row: &JsValue, first: u32) -> Option<Stored> {
    let row = row.dyn_ref::<Array>()?;
    let text = |column| optional(&row.get(first + column));
    let row = StoredRow {
        password_hash: text(0)?,
        disabled: row.get(first + 1).as_f64()? != 0.0,
        subject: text(2)?,
        claims: text(3)?,
        imported_hash: text(4)?,
        created_at: integer(&row.get(first + 5))?,
        changed_at: integer(&row.get(first + 6))?,
        version: integer(&row.get(first + 7))?,
        email: text(8)?,
        reset: text(9)?,
    };
    row.into_stored()
}

#[allow(clippy::option_option, reason = "NULL is not a value of another type")]
fn optional(value: &JsValue) -> Option<Option<String>> {
    if value.is_null() { Some(None) } else { value.as_string().map(Some) }
}

fn integer(value: &JsValue) -> Option<i64> {
    i64::try_from(BigInt::new(value).ok()?).ok()
}

fn user(row: &JsValue) -> Option<User> {
    let row = row.dyn_ref::<Array>()?;
    let (subject, claims) = (optional(&row.get(2))?, optional(&row.get(3))?);
    let (version, changed_at) = (integer(&row.get(4))?, integer(&row.get(5))?);
    d1::user(row.get(0).as_string()?, row.get(1).as_f64()? != 0.0, subject, claims.as_deref(), version, changed_at)
}
