//! Access tokens: JSON Web Tokens (RFC 7519) that are signed with HS256.

use std::fmt;

use accounts::{Claims as UserClaims, Subject, Username};
use chrono::{DateTime, TimeDelta, Utc};
use guard::session::Sid;
use jwt_compact::{
    AlgorithmExt, Claims, CreationError, Header,
    alg::{Hs256, Hs256Key},
};
use serde::{Serialize, Serializer};

/// Signs access tokens. The type of the key pins the algorithm to HS256 (RFC 7518 §3.2).
#[derive(Debug, Clone)]
pub(crate) struct TokenIssuer {
    pub(crate) key: Hs256Key,
    pub(crate) lifetime: TimeDelta,
    pub(crate) issuer: Option<String>,
    pub(crate) audience: Option<String>,
}

/// Whom a token is for.
#[derive(Debug)]
pub(crate) struct Holder {
    pub(crate) username: Username,
    /// What the token names the user by. Without one, it is the username.
    pub(crate) subject: Option<Subject>,
    /// What else the token carries.
    pub(crate) claims: Option<UserClaims>,
}

/// All claims except `exp` and `iat`, which `Claims` adds. The registered ones are those of RFC 7519 §4.1.
#[derive(Serialize)]
struct LoginClaims<'a> {
    sub: &'a str,
    jti: Hex,
    /// The session (`OpenID` Connect Front-Channel Logout §3).
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
    /// The username where `sub` is not (`OpenID` Connect Core §5.1).
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_username: Option<&'a str>,
    #[serde(flatten)]
    others: Option<Each<'a>>,
}

/// The user's claims one by one, among the others.
struct Each<'a>(&'a UserClaims);

impl Serialize for Each<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize_each(serializer)
    }
}

impl TokenIssuer {
    /// A token which says that `holder` logged in at `now`. `jti` is the token's identifier, 128 random
    /// bits.
    pub(crate) fn issue(
        &self,
        holder: &Holder,
        sid: Option<Sid>,
        now: DateTime<Utc>,
        lifetime: TimeDelta,
        jti: [u8; 16],
    ) -> Result<String, CreationError> {
        let username = holder.username.as_str();
        let subject = holder.subject.as_ref().map(Subject::as_str);
        let header = Header::empty().with_token_type("JWT");
        let mut claims = Claims::new(LoginClaims {
            sub: subject.unwrap_or(username),
            jti: Hex(jti),
            sid: sid.map(|sid| sid.to_string()),
            iss: self.issuer.as_deref(),
            aud: self.audience.as_deref(),
            preferred_username: subject.map(|_| username),
            others: holder.claims.as_ref().map(Each),
        });
        claims.issued_at = Some(now);
        claims.expiration = now.checked_add_signed(lifetime);
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
