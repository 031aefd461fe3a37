//! What an access token says.

use chrono::{DateTime, Utc};
use jwt_compact::{AlgorithmExt, UntrustedToken, alg::Hs256};
use serde::Deserialize;

use crate::config::Config;

/// What a token with a right signature says.
pub(crate) struct AccessToken {
    pub(crate) sub: String,
    pub(crate) preferred_username: Option<String>,
    pub(crate) sid: Option<String>,
    pub(crate) issued: Option<DateTime<Utc>>,
    pub(crate) expires: DateTime<Utc>,
    /// A digest of the signed bytes.
    pub(crate) digest: String,
}

#[derive(Deserialize)]
struct Payload {
    sub: String,
    preferred_username: Option<String>,
    sid: Option<String>,
}

impl AccessToken {
    /// Reads a token. `None` if it isn't signed with the configured key.
    pub(crate) fn verify(config: &Config, token: &str) -> Option<Self> {
        let untrusted = UntrustedToken::new(token).ok()?;
        let valid = Hs256.validator::<Payload>(&config.tokens.key).validate(&untrusted).ok()?;
        let (signed, _) = token.rsplit_once('.')?;
        let claims = valid.claims();
        let Payload { sub, preferred_username, sid } = &claims.custom;
        Some(Self {
            sub: sub.clone(),
            preferred_username: preferred_username.clone(),
            sid: sid.clone(),
            issued: claims.issued_at,
            expires: claims.expiration?,
            digest: config.refresh_secrets.name(signed.as_bytes()),
        })
    }
}
