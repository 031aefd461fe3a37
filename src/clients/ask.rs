//! Sending a message to a Durable Object.

use worker::{
    Result, Stub,
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
    web_sys, worker_sys,
};

/// Sends a message to an object, and returns its answer. `question` says what is asked. Any status but
/// 200 is an error.
pub(super) async fn ask(stub: Stub, question: &str, message: &str) -> Result<String> {
    // The crate `worker`'s requests and responses would add code to the upload, and read the answer as a stream.
    let stub: worker_sys::DurableObject = stub.into_rpc();
    let init = web_sys::RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from_str(message));
    // Only the object sees this URL.
    let request = web_sys::Request::new_with_str_and_init(&format!("https://object/{question}"), &init)?;
    let answer: web_sys::Response = JsFuture::from(stub.fetch_with_request(&request)?).await?.dyn_into()?;
    match answer.status() {
        200 => Ok(JsFuture::from(answer.text()?).await?.as_string().unwrap_or_default()),
        status => Err(format!("it answered {status}").into()),
    }
}
