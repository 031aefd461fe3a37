//! Talking to Durable Objects, and what all of them need.

use worker::{Date, Method, Request, RequestInit, Result, Stub, wasm_bindgen::JsValue};

/// Sends a message to an object; gives its answer. `question` says what is asked.
pub(crate) async fn ask(stub: &Stub, question: &str, message: &str) -> Result<String> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(JsValue::from_str(message)));
    // Only the object sees this address.
    let request = Request::new_with_init(&format!("https://object/{question}"), &init)?;
    let mut answer = stub.fetch_with_request(request).await?;
    match answer.status_code() {
        200 => answer.text().await,
        status => Err(format!("it answered {status}").into()),
    }
}

/// The time in Unix milliseconds.
pub(crate) fn now() -> i64 {
    Date::now().as_millis().cast_signed()
}
