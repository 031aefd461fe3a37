//! From the response of the crate `auth` to the runtime's.

use auth::http::Response;
use worker::{
    Result,
    js_sys::{Object, Reflect},
    wasm_bindgen::JsValue,
    web_sys,
};

pub(crate) fn respond(response: &Response) -> Result<web_sys::Response> {
    let headers = Object::new();
    for (name, value) in &response.headers {
        Reflect::set(&headers, &JsValue::from_str(name), &JsValue::from_str(value))?;
    }
    let init = web_sys::ResponseInit::new();
    init.set_status(response.status);
    init.set_headers(&headers);
    let body = Some(response.body.as_str()).filter(|body| !body.is_empty());
    Ok(web_sys::Response::new_with_opt_str_and_init(body, &init)?)
}
