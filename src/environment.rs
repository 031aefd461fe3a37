//! What the domain asks of its surroundings: variables, the clock, randomness, Unicode's tables.

use chrono::{DateTime, Utc};
use login::{Moment, config::Variable};
use worker::{
    Date, Env, Error, Result,
    js_sys::{JsString, Reflect},
    wasm_bindgen::JsValue,
};
use zeroize::Zeroizing;

/// A variable or secret. `wrangler.toml` takes numbers as well as strings, and whole objects.
pub(crate) fn variable(env: &Env, name: &str) -> Variable {
    let value = Reflect::get(env, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED);
    match value.as_string().or_else(|| value.as_f64().map(|number| number.to_string())) {
        Some(text) => Variable::Text(text),
        None if value.is_null_or_undefined() => Variable::Absent,
        None => Variable::NotText,
    }
}

/// The time, and randomness from the runtime's `crypto.getRandomValues`.
pub(crate) fn moment() -> Result<Moment> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|error| Error::RustError(error.to_string()))?;
    Ok(Moment { now: now()?, random })
}

/// The time.
pub(crate) fn now() -> Result<DateTime<Utc>> {
    let millis = i64::try_from(Date::now().as_millis()).ok();
    millis.and_then(DateTime::from_timestamp_millis).ok_or(Error::Infallible)
}

/// A text in normal form NFKC, by the runtime's own tables. Its copies of the text can't be wiped.
pub(crate) fn nfkc(text: &str) -> Zeroizing<String> {
    Zeroizing::new(JsString::from(text).normalize("NFKC").into())
}
