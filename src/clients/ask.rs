//! Sending a message to a Durable Object.

use worker::{Method, Request, RequestInit, Result, Stub, wasm_bindgen::JsValue};

/// Sends a message to an object, and returns its answer. `question` says what is asked.
pub(super) async fn ask(stub: &Stub, question: &str, message: &str) -> Result<String> {
    let mut init = RequestInit::new();
    init.with_method(Method::Post).with_body(Some(JsValue::from_str(message)));
    // Only the object sees this URL.
    let request = Request::new_with_init(&format!("https://object/{question}"), &init)?;
    let mut answer = stub.fetch_with_request(request).await?;
    match answer.status_code() {
        200 => answer.text().await,
        status => Err(format!("it answered {status}").into()),
    }
}
