//! Sending a message to a Durable Object.

use worker::{Result, Stub, wasm_bindgen::JsValue, web_sys};

/// Sends a message to an object, and returns its answer. `question` says what is asked. Any status but
/// 200 is an error.
pub(super) async fn ask(stub: &Stub, question: &str, message: &str) -> Result<String> {
    // The request type of the crate `worker` would add the code of all its options to the upload.
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(message));
    // Only the object sees this URL.
    let request = web_sys::Request::new_with_str_and_init(&format!("https://object/{question}"), &init)?;
    let mut answer = stub.fetch_with_request(request.into()).await?;
    match answer.status_code() {
        200 => answer.text().await,
        status => Err(format!("it answered {status}").into()),
    }
}
