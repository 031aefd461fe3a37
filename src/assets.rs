//! The static assets of the docs, which the runtime keeps apart from the Worker.

use auth::http::Response;
use worker::{Env, Request, Result, web_sys};

/// The asset at the path of a request, with a response's headers added to its own.
pub(crate) async fn respond(incoming: web_sys::Request, env: &Env, response: &Response) -> Result<web_sys::Response> {
    let asset: web_sys::Response = env.assets(auth::ASSETS)?.fetch_request(Request::from(incoming)).await?.into();
    let headers = web_sys::Headers::new_with_headers(&asset.headers())?;
    for (name, value) in &response.headers {
        headers.set(name, value)?;
    }
    let init = web_sys::ResponseInit::new();
    init.set_status(asset.status());
    init.set_headers(&headers);
    Ok(web_sys::Response::new_with_opt_readable_stream_and_init(asset.body().as_ref(), &init)?)
}
