//! What went wrong, as a log may say it.

use worker::{
    Error, KvError,
    js_sys::{self, JsString},
    wasm_bindgen::{JsCast, JsValue},
};

/// An error's text for the log: what was thrown as an error, and nothing of other values, which
/// might be a user's.
pub(crate) fn reason(error: &Error) -> String {
    match error {
        Error::D1(error) => AsRef::<js_sys::Error>::as_ref(error).message().into(),
        Error::UnknownJsError { message, .. } => message.clone(),
        Error::KvError(KvError::JavaScript(thrown)) => thrown_text(thrown),
        Error::KvError(KvError::InvalidKvStore(binding)) => format!("Binding `{binding}` is undefined."),
        Error::RustError(text) => text.clone(),
        other => <&str>::from(other).to_owned(),
    }
}

fn thrown_text(thrown: &JsValue) -> String {
    let message = thrown.dyn_ref::<js_sys::Error>().map(js_sys::Error::message);
    message.unwrap_or_else(|| JsString::from("something that is no error was thrown")).into()
}
