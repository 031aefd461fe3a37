//! A response: its status, headers and body.

use std::borrow::Cow;

use serde::Serialize;

/// The response to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, and their values.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body. An empty string means that there is none.
    pub body: String,
    /// Whether the status, the body and its own headers are those of the static asset at the request's path.
    /// The headers here are added to them.
    pub is_asset: bool,
}

/// Who may store a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caching {
    /// Nobody. A response that carries a token must say so (RFC 6749 §5.1), and one that refuses a
    /// token does too.
    NoStore,
    /// Every cache, for a time (RFC 9111 §5.2.2).
    Public {
        /// For how many seconds.
        max_age: u32,
    },
}

impl Response {
    /// A response with a body.
    #[must_use]
    pub fn new(status: u16, caching: Caching, content_type: &'static str, body: String) -> Self {
        Self::with_caching(status, caching, body).with("content-type", content_type)
    }

    /// A JSON response that nobody may store.
    #[must_use]
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        match serde_json::to_string(body) {
            Ok(body) => Self::new(status, Caching::NoStore, "application/json", body),
            // Only a map with keys that are not strings fails to serialise, and no body has one.
            Err(_) => Self::empty(500),
        }
    }

    /// `{"detail": …}`, the shape of every FastAPI error.
    #[must_use]
    pub fn detail(status: u16, detail: impl Serialize) -> Self {
        #[derive(Serialize)]
        struct Body<D> {
            detail: D,
        }
        Self::json(status, &Body { detail })
    }

    /// A response without a body, which nobody may store.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self::with_caching(status, Caching::NoStore, String::new())
    }

    /// The static asset at the request's path.
    #[must_use]
    pub(crate) fn asset() -> Self {
        Self { status: 200, headers: Vec::new(), body: String::new(), is_asset: true }
    }

    /// The response with one more header. `name` is in lower case.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn with_caching(status: u16, caching: Caching, body: String) -> Self {
        let headers = match caching {
            Caching::NoStore => vec![("cache-control", "no-store".into()), ("pragma", "no-cache".into())],
            Caching::Public { max_age } => vec![("cache-control", format!("public, max-age={max_age}").into())],
        };
        Self { status, headers, body, is_asset: false }
    }
}
