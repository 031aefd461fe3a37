//! `GET /.well-known/jwks.json`: the keys with which everyone can verify a token (RFC 7517 §5).

use crate::{
    config::Config,
    http::{Caching, Response},
};

pub(crate) const JWKS_PATH: &str = "/.well-known/jwks.json";

/// How long a service may keep the keys, in seconds. A key has to be on standby for at least as long before it signs.
const MAX_AGE: u32 = 600;

/// Lists each key that signs, has signed, or will sign. `SECRET_KEY` has no public half, so it is not among them.
pub(crate) fn jwks(config: &Config) -> Response {
    let keys: Vec<&str> = config.tokens.keys.signing.published().map(|key| key.public.as_str()).collect();
    let body = format!(r#"{{"keys":[{}]}}"#, keys.join(","));
    Response::new(200, Caching::Public { max_age: MAX_AGE }, "application/jwk-set+json", body)
}
