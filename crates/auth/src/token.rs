//! Access tokens: JSON Web Tokens (RFC 7519) that are signed with HS256.

use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use jwt_compact::{
    AlgorithmExt, Claims, CreationError, Header,
    alg::{Hs256, Hs256Key},
};
use serde::Serialize;

/// Signs access tokens. The type of the key pins the algorithm to HS256 (RFC 7518 §3.2).
#[derive(Debug, Clone)]
pub(crate) struct TokenIssuer {
    pub(crate) key: Hs256Key,
    pub(crate) lifetime: TimeDelta,
    pub(crate) issuer: Option<String>,
    pub(crate) audience: Option<String>,
}

/// The registered claims (RFC 7519 §4.1) except `exp` and `iat`, which `Claims` adds.
#[derive(Serialize)]
struct LoginClaims<'a> {
    sub: &'a str,
    jti: Hex,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
}

impl TokenIssuer {
    /// A token which says that `username` logged in at `now`. `jti` is the token's identifier, 128
    /// random bits.
    pub(crate) fn issue(&self, username: &str, now: DateTime<Utc>, jti: [u8; 16]) -> Result<String, CreationError> {
        let header = Header::empty().with_token_type("JWT");
        let mut claims = Claims::new(LoginClaims {
            sub: username,
            jti: Hex(jti),
            iss: self.issuer.as_deref(),
            aud: self.audience.as_deref(),
        });
        claims.issued_at = Some(now);
        claims.expiration = now.checked_add_signed(self.lifetime);
        Hs256.token(&header, &claims, &self.key)
    }
}

struct Hex([u8; 16]);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl Serialize for Hex {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
