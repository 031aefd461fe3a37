//! A request without its body. The body is read only where a route needs it.

/// A request's head.
#[derive(Clone)]
pub struct Request<'a> {
    /// The method, as sent.
    pub method: String,
    /// The URL's path, percent-encoded.
    pub path: String,
    /// The URL's query without its `?`, if it has one.
    pub query: Option<String>,
    /// The headers.
    pub headers: &'a dyn Headers,
    /// Where the client is.
    pub client: Client,
}

/// A request's headers, each read only when it is asked for.
pub trait Headers {
    /// The value of a header whose name is given in lower case, or `None` if it was not sent.
    fn get(&self, name: &str) -> Option<String>;
}

/// What Cloudflare says about the client's place in `request.cf`. All of it may be absent.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// The country, ISO 3166-1 alpha-2, such as `KR`.
    pub country: Option<String>,
    /// The continent, two letters, such as `AS`.
    pub continent: Option<String>,
    /// The data centre that took the request, an airport code such as `ICN`.
    pub colo: Option<String>,
}
