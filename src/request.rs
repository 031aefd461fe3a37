//! From the runtime's request to that of the crate `auth`.

use auth::http::{Client, Headers, Request};
use worker::{
    js_sys::Reflect,
    wasm_bindgen::{JsCast, JsValue},
    web_sys,
};

/// The runtime's headers, each read when it is asked for.
pub(crate) struct JsHeaders(pub(crate) web_sys::Headers);

impl Headers for JsHeaders {
    fn get(&self, name: &str) -> Option<String> {
        // This throws only for a name that is not valid for a header.
        self.0.get(name).ok().flatten()
    }
}

pub(crate) fn read<'a>(request: &web_sys::Request, headers: &'a JsHeaders) -> Request<'a> {
    let (origin, path, query) = split(&request.url());
    Request { method: request.method(), origin, path, query, headers, client: client(request) }
}

/// The origin, path and query of a URL as the runtime writes it: `https://host/path?query`, without a fragment.
fn split(url: &str) -> (String, String, Option<String>) {
    let (url, query) = url.split_once('?').map_or((url, None), |(url, query)| (url, Some(query.to_owned())));
    let host = url.find("://").map_or(0, |scheme| scheme + 3);
    let end = url.get(host..).and_then(|rest| rest.find('/')).map_or(url.len(), |slash| host + slash);
    let (origin, path) = url.split_at_checked(end).unwrap_or((url, ""));
    (origin.to_owned(), if path.is_empty() { "/" } else { path }.to_owned(), query)
}

/// `request.cf` holds what Cloudflare knows about the client. Outside Cloudflare all or parts of it
/// are missing.
fn client(request: &web_sys::Request) -> Client {
    let property = |of: &JsValue, name: &str| Reflect::get(of, &JsValue::from_str(name)).ok();
    let Some(cf) = property(request.unchecked_ref(), "cf").filter(JsValue::is_object) else {
        return Client::default();
    };
    let text = |name| property(&cf, name)?.as_string();
    Client { country: text("country"), continent: text("continent"), colo: text("colo") }
}
