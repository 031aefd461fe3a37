//! What the other crates need from the runtime: the configuration, the clock, randomness and Unicode's
//! tables.

use std::sync::OnceLock;

use auth::{
    Config, ConfigError, Variable,
    http::{Random, RandomError, RequestContext},
};
use chrono::{DateTime, Utc};
use worker::{
    Env, Error, Result,
    js_sys::{Date, JsString, Reflect},
    wasm_bindgen::JsValue,
};
use zeroize::Zeroizing;

/// The configuration. An isolate parses it at its first request, and keeps it, because a deployment's
/// environment doesn't change.
pub(crate) fn config(env: &Env) -> Result<&'static Config, &'static ConfigError> {
    static CONFIG: OnceLock<Result<Config, ConfigError>> = OnceLock::new();
    CONFIG.get_or_init(|| Config::parse(|name| variable(env, name))).as_ref()
}

/// A variable or secret. In `wrangler.toml` a variable may also be a number or an object. A number
/// counts as its string.
fn variable(env: &Env, name: &str) -> Variable {
    let value = Reflect::get(env, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED);
    match value.as_string().or_else(|| value.as_f64().map(|number| number.to_string())) {
        Some(text) => Variable::Text(text),
        None if value.is_null_or_undefined() => Variable::Absent,
        None => Variable::NotText,
    }
}

/// The context of a request that comes in now.
pub(crate) fn context() -> Result<RequestContext<'static>> {
    Ok(RequestContext { now: now()?, random: &WebCrypto })
}

/// The current time.
pub(crate) fn now() -> Result<DateTime<Utc>> {
    DateTime::from_timestamp_millis(now_ms()).ok_or(Error::Infallible)
}

/// The current time in Unix milliseconds.
pub(crate) fn now_ms() -> i64 {
    #[allow(
        clippy::cast_possible_truncation,
        reason = "a time in milliseconds is a whole number, and exact as a double"
    )]
    let milliseconds = Date::now() as i64;
    milliseconds
}

/// The runtime's `crypto.getRandomValues`.
struct WebCrypto;

impl Random for WebCrypto {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(bytes).map_err(|_| RandomError)
    }
}

/// The string in normal form NFKC, by the runtime's own tables. The runtime's copies of the string
/// can't be wiped.
pub(crate) fn nfkc(text: &str) -> Zeroizing<String> {
    Zeroizing::new(JsString::from(text).normalize("NFKC").into())
}
