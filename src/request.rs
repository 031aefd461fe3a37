//! From the runtime's request to the domain's.

use login::Client;
use worker::{
    Result,
    js_sys::Reflect,
    wasm_bindgen::{JsCast, JsValue},
    web_sys,
};

/// `address_header`: the header that is trusted to hold the client's address.
pub(crate) fn read(request: &web_sys::Request, address_header: Option<&str>) -> Result<login::Request> {
    let headers = request.headers();
    let header = |name| headers.get(name);
    let (path, query) = path_and_query(&request.url());
    Ok(login::Request {
        method: request.method(),
        path,
        query,
        content_type: header("content-type")?,
        content_length: header("content-length")?,
        client: Client { address: address_header.map_or(Ok(None), header)?, ..client(request) },
    })
}

/// Of a URL as the runtime writes it: `https://host/path?query#fragment`.
fn path_and_query(url: &str) -> (String, Option<String>) {
    let url = url.split('#').next().unwrap_or_default();
    let (url, query) = url.split_once('?').map_or((url, None), |(url, query)| (url, Some(query.to_owned())));
    let host = url.split_once("://").map_or(url, |(_, host)| host);
    (host.find('/').and_then(|start| host.get(start..)).unwrap_or("/").to_owned(), query)
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
