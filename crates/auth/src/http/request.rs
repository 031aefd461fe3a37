//! A request without its body, which is read only if its endpoint needs it.

/// A request's head: everything but the body.
#[derive(Clone)]
pub struct Request<'a> {
    /// The method, as sent.
    pub method: String,
    /// The URL's scheme and host, such as `https://login.example.com`.
    pub origin: String,
    /// The URL's path, percent-encoded.
    pub path: String,
    /// The URL's query without the `?`, if it has one.
    pub query: Option<String>,
    /// The headers.
    pub headers: &'a dyn Headers,
    /// Where the client is.
    pub client: Client,
}

/// A request's headers. Each is read only when it is asked for.
pub trait Headers {
    /// The value of a header, or `None` if it was not sent. `name` is in lower case.
    fn get(&self, name: &str) -> Option<String>;
}

/// What Cloudflare's `request.cf` says about where the client is. Any of it may be absent.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// The country as an ISO 3166-1 alpha-2 code, such as `KR`.
    pub country: Option<String>,
    /// The continent as a two-letter code, such as `AS`.
    pub continent: Option<String>,
    /// The data centre that received the request, as an airport code such as `ICN`.
    pub colo: Option<String>,
}
