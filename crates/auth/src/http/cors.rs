//! Which pages of other origins may call the endpoints: the Fetch standard's CORS protocol.

use super::{
    Request, Response,
    routes::{self, Route, RouteError},
};

/// The origins whose pages may call the endpoints and read the answers. None are listed by default.
#[derive(Debug, Clone, Default)]
pub struct Origins(Vec<String>);

/// What a page may send beyond the headers that every page may send.
const ALLOWED_HEADERS: &str = "authorization, content-type";
/// What a page may read beyond the headers that every page may read.
const EXPOSED_HEADERS: &str = "retry-after, www-authenticate";
/// For how many seconds a browser may remember the answer to a preflight. Chromium caps it at this.
const PREFLIGHT_SECONDS: &str = "7200";

impl Origins {
    /// Reads a list of origins separated by commas. Each has to be written as browsers send it: scheme, host
    /// and a port that isn't the scheme's own, in lower case, without a path. Returns `None` for any other.
    #[must_use]
    pub fn parse(list: &str) -> Option<Self> {
        let origins: Vec<_> = list.split(',').map(|origin| origin.trim().to_owned()).collect();
        origins.iter().all(|origin| is_origin(origin)).then_some(Self(origins))
    }

    /// The answer to a listed origin's question whether it may call a route with a method. It is `None` for any
    /// other request.
    pub(crate) fn preflight<E: Copy>(&self, routes: &[Route<E>], request: &Request<'_>) -> Option<Response> {
        if request.method != "OPTIONS" || self.sender(request).is_none() {
            return None;
        }
        request.headers.get("access-control-request-method")?;
        let Err(RouteError::MethodNotAllowed { allow }) = routes::find(routes, request) else { return None };
        let answer = Response::empty(204)
            .with("access-control-allow-methods", allow)
            .with("access-control-allow-headers", ALLOWED_HEADERS)
            .with("access-control-max-age", PREFLIGHT_SECONDS);
        Some(answer)
    }

    /// Lets the page that sent a request read the response, if its origin is listed. Caches are told that the
    /// response depends on the origin, whoever asks.
    pub(crate) fn share(&self, request: &Request<'_>, mut response: Response) -> Response {
        if self.0.is_empty() {
            return response;
        }
        response = response.with("vary", "Origin");
        let Some(origin) = self.sender(request) else { return response };
        response
            .with("access-control-allow-origin", origin)
            .with("access-control-allow-credentials", "true")
            .with("access-control-expose-headers", EXPOSED_HEADERS)
    }

    /// The listed origin that sent a request.
    fn sender(&self, request: &Request<'_>) -> Option<String> {
        if self.0.is_empty() {
            return None;
        }
        request.headers.get("origin").filter(|origin| self.has(origin))
    }

    /// Whether an origin is listed.
    pub(crate) fn has(&self, origin: &str) -> bool {
        self.0.iter().any(|listed| listed == origin)
    }
}

/// Whether a text is an origin as RFC 6454 §6.2 serialises it.
fn is_origin(text: &str) -> bool {
    let (rest, own_port) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(rest), _) => (rest, "443"),
        (_, Some(rest)) => (rest, "80"),
        _ => return false,
    };
    let (host, port) = match rest.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (rest, None),
    };
    let is_host = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-._[]:".contains(&byte);
    !host.is_empty()
        && host.bytes().all(is_host)
        && (host.starts_with('[') || !host.contains(':'))
        && port.is_none_or(|port| {
            port != own_port && !port.starts_with('0') && port.parse::<u16>().is_ok_and(|port| port > 0)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_written_as_browsers_send_it() {
        for origin in ["https://app.example.com", "http://localhost:5173", "https://[::1]:8443", "http://[::1]"] {
            assert!(is_origin(origin), "{origin}");
        }
        for other in [
            "",
            "*",
            "null",
            "app.example.com",
            "https://",
            "https://*.example.com",
            "https://app.example.com/",
            "https://app.example.com/path",
            "https://App.example.com",
            "HTTPS://app.example.com",
            "https://app.example.com:443",
            "http://localhost:80",
            "https://a:b:1",
            "https://a:0",
            "https://a:065",
            "https://a:65536",
            "https://user@a",
            "ftp://a",
        ] {
            assert!(!is_origin(other), "{other}");
        }
    }

    #[test]
    fn a_list_has_only_origins() {
        assert_eq!(Origins::parse("https://a.example, http://b.example").map(|list| list.0.len()), Some(2));
        for list in [",", "https://a.example,", "https://a.example,*", "https://a.example https://b.example"] {
            assert!(Origins::parse(list).is_none(), "{list}");
        }
    }
}
