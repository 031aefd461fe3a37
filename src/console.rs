//! The log, and the part of an error that it may show.

use auth::{Level, LogLine};
use serde_json::Value;
use worker::{
    Env, Error, KvError, console_error, console_log,
    js_sys::{self, JsString},
    wasm_bindgen::{JsCast, JsValue},
};

use crate::analytics;

/// Logs lines, and counts them.
pub(crate) fn log(env: &Env, lines: &[LogLine]) {
    if lines.is_empty() {
        return;
    }
    analytics::write(env, lines);
    for LogLine { level, json } in lines {
        match level {
            Level::Info => console_log!("{json}"),
            Level::Error => console_error!("{json}"),
        }
    }
}

/// Logs that an object failed. `object` becomes the line's `event`.
pub(crate) fn log_failure(object: &str, error: &impl ToString) {
    console_error!(r#"{{"event":"{object}","error":{}}}"#, Value::from(error.to_string()));
}

/// An error's message for the log. A thrown value that is not an error is left out, because it might
/// come from a user.
pub(crate) fn reason(error: &Error) -> String {
    match error {
        Error::D1(error) => AsRef::<js_sys::Error>::as_ref(error).message().into(),
        Error::UnknownJsError { message, .. } => message.clone(),
        Error::KvError(KvError::JavaScript(thrown)) => message(thrown),
        Error::KvError(KvError::InvalidKvStore(binding)) => format!("Binding `{binding}` is undefined."),
        Error::RustError(text) => text.clone(),
        other => <&str>::from(other).to_owned(),
    }
}

fn message(thrown: &JsValue) -> String {
    let message = thrown.dyn_ref::<js_sys::Error>().map(js_sys::Error::message);
    message.unwrap_or_else(|| JsString::from("a value that is not an error was thrown")).into()
}
