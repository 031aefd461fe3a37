use std::borrow::Cow;

use serde::Serialize;

/// A whole response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, and their values.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body: JSON, or nothing.
    pub body: String,
}

impl Response {
    /// A response with a JSON body. No answer of a login service may be kept by a cache
    /// (RFC 6749 §5.1).
    pub(crate) fn json(status: u16, body: &impl Serialize) -> Self {
        match serde_json::to_string(body) {
            Ok(body) => Self::new(status, body).with("content-type", "application/json"),
            // Only a map with keys that aren't strings fails to serialise; none is used.
            Err(_) => Self::new(500, String::new()),
        }
    }

    /// `{"detail": …}`, the shape of every FastAPI error.
    pub(crate) fn detail(status: u16, detail: impl Serialize) -> Self {
        #[derive(Serialize)]
        struct Body<D> {
            detail: D,
        }
        Self::json(status, &Body { detail })
    }

    /// A response without a body.
    pub(crate) fn empty(status: u16) -> Self {
        Self::new(status, String::new())
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn new(status: u16, body: String) -> Self {
        let headers = vec![("cache-control", "no-store".into()), ("pragma", "no-cache".into())];
        Self { status, headers, body }
    }
}
