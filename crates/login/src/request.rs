use chrono::{DateTime, Utc};

/// A request without its body, which is read only where a route needs it.
#[derive(Debug, Default)]
pub struct Request {
    /// The method, as sent.
    pub method: String,
    /// The URL's path, percent-encoded.
    pub path: String,
    /// The URL's query without its `?`, if it has one.
    pub query: Option<String>,
    /// The `Content-Type` header.
    pub content_type: Option<String>,
    /// The `Content-Length` header.
    pub content_length: Option<String>,
    /// Who is asking, as Cloudflare sees it.
    pub client: Client,
}

/// What Cloudflare says of the client, its place from `request.cf`. All of it may be absent.
#[derive(Debug, Default)]
pub struct Client {
    /// Its address: the header that is trusted to hold it, `CF-Connecting-IP` if no other is named.
    pub address: Option<String>,
    /// Country, ISO 3166-1 alpha-2, such as `KR`.
    pub country: Option<String>,
    /// Continent, two letters, such as `AS`.
    pub continent: Option<String>,
    /// The data centre that took the request, an airport code such as `ICN`.
    pub colo: Option<String>,
}

/// What the domain may not read for itself: the time, and randomness for one request.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// The time at which the request came in.
    pub now: DateTime<Utc>,
    /// 128 fresh random bits.
    pub random: [u8; 16],
}
