//! From the response of the crate `auth` to the runtime's.

use auth::http::Response;
use std::{borrow::Cow, cell::RefCell, collections::HashMap};

use worker::{
    Result,
    js_sys::{Object, Reflect},
    wasm_bindgen::JsValue,
    web_sys,
};

pub(crate) fn respond(response: &Response) -> Result<web_sys::Response> {
    let headers = Object::new();
    for (name, value) in &response.headers {
        let value = match value {
            Cow::Borrowed(value) => literal(value),
            Cow::Owned(value) => JsValue::from_str(value),
        };
        Reflect::set(&headers, &literal(name), &value)?;
    }
    let init = web_sys::ResponseInit::new();
    init.set_status(response.status);
    init.set_headers(&headers);
    let body = Some(response.body.as_str()).filter(|body| !body.is_empty());
    Ok(web_sys::Response::new_with_opt_str_and_init(body, &init)?)
}

/// A string of the program, as the runtime has it. Each is handed over once.
fn literal(text: &'static str) -> JsValue {
    thread_local!(static KNOWN: RefCell<HashMap<(*const u8, usize), JsValue>> = RefCell::default());
    KNOWN.with_borrow_mut(|known| {
        known.entry((text.as_ptr(), text.len())).or_insert_with(|| JsValue::from_str(text)).clone()
    })
}
