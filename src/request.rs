//! From the runtime's request to the domain's.

use login::Client;
use worker::{
    Request, Result,
    js_sys::Reflect,
    wasm_bindgen::{JsCast, JsValue},
    web_sys,
};

/// `address_header`: the header that is trusted to hold the client's address.
pub(crate) fn read(request: &Request, address_header: Option<&str>) -> Result<login::Request> {
    let header = |name| request.headers().get(name);
    let url = request.inner().url();
    Ok(login::Request {
        method: request.inner().method(),
        path: request.path(),
        query: url.split_once('?').map(|(_, query)| query.split('#').next().unwrap_or_default().to_owned()),
        content_type: header("content-type")?,
        content_length: header("content-length")?,
        client: Client { address: address_header.map_or(Ok(None), header)?, ..client(request.inner()) },
    })
}

/// `request.cf` holds what Cloudflare knows of the client; outside Cloudflare all or parts of it
/// are missing.
fn client(request: &web_sys::Request) -> Client {
    let property = |of: &JsValue, name: &str| Reflect::get(of, &JsValue::from_str(name)).ok();
    let Some(cf) = property(request.unchecked_ref(), "cf").filter(JsValue::is_object) else {
        return Client::default();
    };
    let text = |name| property(&cf, name)?.as_string();
    Client { address: None, country: text("country"), continent: text("continent"), colo: text("colo") }
}
