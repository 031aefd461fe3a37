//! From the runtime's request to that of the crate `auth`.

use auth::http::{Client, Headers, Request};
use worker::{
    wasm_bindgen::{self, JsCast, JsValue, prelude::wasm_bindgen},
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

#[wasm_bindgen]
extern "C" {
    /// The runtime's request, with its property `cf`, which is not standard.
    type Incoming;
    #[wasm_bindgen(method, getter)]
    fn cf(this: &Incoming) -> Option<Cf>;

    type Cf;
    #[wasm_bindgen(method, getter)]
    fn country(this: &Cf) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn continent(this: &Cf) -> JsValue;
    #[wasm_bindgen(method, getter)]
    fn colo(this: &Cf) -> JsValue;
}

/// `request.cf` holds what Cloudflare knows about the client. Outside Cloudflare all or parts of it
/// are missing.
fn client(request: &web_sys::Request) -> Client {
    let Some(cf) = request.unchecked_ref::<Incoming>().cf() else { return Client::default() };
    Client { country: cf.country().as_string(), continent: cf.continent().as_string(), colo: cf.colo().as_string() }
}
