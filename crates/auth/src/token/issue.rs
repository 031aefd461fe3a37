//! Issues an access token.

use std::fmt;

use accounts::{Claims as UserClaims, Subject, Username};
use base64ct::{Base64UrlUnpadded, Encoding};
use chrono::{DateTime, TimeDelta, Utc};
use guard::session::Sid;
use serde::{Serialize, Serializer};

use super::{Tokens, keys::Named};
use crate::platform::{Crypto, CryptoError};

/// Whom a token is for.
#[derive(Debug)]
pub(crate) struct Holder {
    pub(crate) username: Username,
    /// What the token names the user by. Without one, it is the username.
    pub(crate) subject: Option<Subject>,
    /// What else the token carries.
    pub(crate) claims: Option<UserClaims>,
    /// The version of the record that let the user in, or 0.
    pub(crate) version: i64,
}

#[derive(Serialize)]
struct JoseHeader<'a> {
    #[serde(flatten)]
    named: Named<'a>,
    typ: &'static str,
}

/// All claims. The registered ones are those of RFC 7519 §4.1.
#[derive(Serialize)]
struct LoginClaims<'a> {
    exp: i64,
    iat: i64,
    sub: &'a str,
    jti: Hex,
    /// The session (`OpenID` Connect Front-Channel Logout §3).
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<String>,
    /// The version of the user's record, by which a token is known that is older than a change of the password.
    #[serde(skip_serializing_if = "Option::is_none")]
    ver: Option<i64>,
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

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The claims can't be written.
    #[error("the token's claims can't be written: {0}")]
    Claims(#[from] serde_json::Error),
    /// The token could not be signed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

impl Tokens {
    /// A token which says that `holder` logged in at `now`, in the session `sid`. `jti` is the token's identifier, 128
    /// random bits.
    pub(crate) async fn issue(
        &self,
        crypto: &impl Crypto,
        holder: &Holder,
        sid: Option<Sid>,
        (now, lifetime): (DateTime<Utc>, TimeDelta),
        jti: [u8; 16],
    ) -> Result<String, IssueError> {
        let username = holder.username.as_str();
        let subject = holder.subject.as_ref().map(Subject::as_str);
        let iat = now.timestamp();
        let claims = LoginClaims {
            exp: iat.saturating_add(lifetime.num_seconds()),
            iat,
            sub: subject.unwrap_or(username),
            jti: Hex(jti),
            sid: sid.map(|sid| sid.to_string()),
            ver: Some(holder.version).filter(|version| *version > 0),
            iss: self.issuer.as_deref(),
            aud: self.audience.as_deref(),
            preferred_username: subject.map(|_| username),
            others: holder.claims.as_ref().map(Each),
        };
        let header = JoseHeader { named: self.keys.named(), typ: "JWT" };
        let mut token = format!("{}.{}", encode(&serde_json::to_vec(&header)?), encode(&serde_json::to_vec(&claims)?));
        let signature = self.keys.sign(crypto, token.as_bytes()).await?;
        token.push('.');
        token.push_str(&encode(&signature));
        Ok(token)
    }
}

fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

struct Hex([u8; 16]);

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
