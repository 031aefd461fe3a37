//! A whole response.

use std::borrow::Cow;

use serde::Serialize;

/// The response to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, and their values.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body. An empty one means that there is none.
    pub body: String,
}

/// Who may keep a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caching {
    /// Nobody. That is the rule for whatever carries or refuses a token (RFC 6749 §5.1).
    NoStore,
    /// Every cache, for so many seconds (RFC 9111 §5.2.2).
    Public {
        /// How long, in seconds.
        max_age: u32,
    },
}

impl Response {
    /// A response of any content type and caching.
    #[must_use]
    pub fn new(status: u16, caching: Caching, content_type: &'static str, body: String) -> Self {
        Self::with_caching(status, caching, body).with("content-type", content_type)
    }

    /// A JSON response that nobody may keep.
    #[must_use]
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        match serde_json::to_string(body) {
            Ok(body) => Self::new(status, Caching::NoStore, "application/json", body),
            // Only a map whose keys aren't strings fails to serialise, and none is used.
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

    /// A response without a body that nobody may keep.
    #[must_use]
    pub fn empty(status: u16) -> Self {
        Self::with_caching(status, Caching::NoStore, String::new())
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
        Self { status, headers, body }
    }
}
