//! Which path and method leads where, with the answers of FastAPI for all others.

use percent_encoding::percent_decode_str;

use crate::{request::Request, response::Response};

/// Every endpoint there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Login,
    Health,
}

const ROUTES: &[(&str, &str, Endpoint)] =
    &[("POST", "/api/user/login", Endpoint::Login), ("GET", "/health", Endpoint::Health)];

/// The endpoint for a request, or the answer where there is none: 405 for another method, a
/// redirect for a trailing slash, 404.
pub(crate) fn find(request: &Request) -> Result<Endpoint, Response> {
    let path = percent_decode_str(&request.path).decode_utf8_lossy();
    let on = |path: &str| ROUTES.iter().find(move |(_, route, _)| *route == path);

    if let Some((method, _, endpoint)) = on(&path) {
        return if *method == request.method {
            Ok(*endpoint)
        } else {
            Err(Response::detail(405, "Method Not Allowed").with("allow", *method))
        };
    }
    if let Some((_, route, _)) = on(path.trim_end_matches('/')) {
        let location = match &request.query {
            Some(query) => format!("{route}?{query}"),
            None => (*route).to_owned(),
        };
        return Err(Response::empty(307).with("location", location));
    }
    Err(Response::detail(404, "Not Found"))
}
