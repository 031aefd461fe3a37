//! Verifies an access token (RFC 7519 §7.2, RFC 8725).

use accounts::{Subject, Username};
use base64ct::{Base64UrlUnpadded, Encoding};
use chrono::{DateTime, TimeDelta, Utc};
use guard::session::Sid;
use serde::Deserialize;

use super::{Tokens, keys::Named, object::Object};
use crate::platform::{Crypto, CryptoError};

/// The longest token that is read, in bytes. A token with the longest claims has less than half of it.
const MAX_BYTES: usize = 8192;
/// By how much the clocks of two machines may differ.
const CLOCKS: TimeDelta = TimeDelta::minutes(1);
/// The last second of the year 9999. Later times are mistakes.
const MAX_TIME: i64 = 253_402_300_799;

/// What a token says whose signature is right. Whether it was ended is not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessToken {
    /// Whose token it is, as the stores have the name: `preferred_username`, or else `sub`.
    pub username: Username,
    /// Whether the token has `preferred_username`, so that nobody can take an application's id for the username.
    pub names_user: bool,
    /// The claim `sub`.
    pub subject: Subject,
    /// The session. Tokens of other applications have none.
    pub sid: Option<Sid>,
    /// The version of the user's record when the session began, or 0.
    pub version: i64,
    /// When it was issued: by its `iat`, or else as long before its `exp` as a token lives.
    pub issued: DateTime<Utc>,
    /// When it expires, or did.
    pub expires: DateTime<Utc>,
    /// 128 bits of a keyed hash of the signed bytes, in hexadecimal digits.
    pub digest: String,
}

/// Why a token is not taken. The client is never told the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It is not three parts in base64url, the first two of them JSON objects, or is too long.
    #[error("the token is not a signed JSON Web Token")]
    NotToken,
    /// Its header asks for something that is not supported.
    #[error("the token's header asks for something that is not supported")]
    Header,
    /// No configured key signed it.
    #[error("no configured key signed the token")]
    Signature,
    /// A claim is missing, or is not of the form that it has in a token of this service.
    #[error("a claim of the token is missing or malformed")]
    Claims,
    /// It is for somebody else, or from somebody else.
    #[error("the token has another issuer or another audience")]
    Elsewhere,
    /// It is from the future.
    #[error("the token is not good yet")]
    Early,
    /// It lives longer than any token of this service.
    #[error("the token lives too long")]
    Long,
    /// It could not be verified.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
}

impl AccessToken {
    /// Whether the token has expired at `now` (RFC 7519 §4.1.4).
    #[must_use]
    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires <= now
    }
}

/// One audience, or several (RFC 7519 §4.1.3).
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Tokens {
    /// Verifies a token. One that has expired is returned all the same, because it can still be logged out: a caller
    /// that needs one that is good asks [`AccessToken::is_expired`].
    ///
    /// `iss` and `aud` have to be those that are configured, if the token has them. Tokens of the application that users
    /// come from may lack both. A token with `aud` is refused if no audience is configured: it is for somebody
    /// else.
    ///
    /// # Errors
    /// [`TokenError`] if the token isn't one of this service.
    pub async fn verify(
        &self,
        crypto: &impl Crypto,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<AccessToken, TokenError> {
        if token.len() > MAX_BYTES {
            return Err(TokenError::NotToken);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(TokenError::NotToken)?;
        let (header, claims) = signed.split_once('.').ok_or(TokenError::NotToken)?;
        let (header, claims, signature) = (decode(header)?, decode(claims)?, decode(signature)?);
        self.verify_signature(crypto, &header, signed, &signature).await?;
        self.read(&claims, signed, now)
    }

    async fn verify_signature(
        &self,
        crypto: &impl Crypto,
        header: &[u8],
        signed: &str,
        signature: &[u8],
    ) -> Result<(), TokenError> {
        let header = Object::parse(header).ok_or(TokenError::NotToken)?;
        let text = |name| header.get::<String>(name).map_err(|_| TokenError::Header);
        // Everything that the signature means is in `alg` and `kid`. `crit` asks for more (RFC 7515 §4.1.11), and `cty`
        // says that the claims are a token of their own (RFC 7519 §5.2).
        let is_jwt = text("typ")?.is_none_or(|typ| typ.eq_ignore_ascii_case("JWT"));
        if !is_jwt || header.has("crit") || header.has("cty") {
            return Err(TokenError::Header);
        }
        let (algorithm, kid) = (text("alg")?.ok_or(TokenError::Header)?, text("kid")?);
        let named = Named { algorithm: &algorithm, kid: kid.as_deref() };
        let is_right = self.keys.verify(crypto, named, signed.as_bytes(), signature).await?;
        if is_right { Ok(()) } else { Err(TokenError::Signature) }
    }

    fn read(&self, claims: &[u8], signed: &str, now: DateTime<Utc>) -> Result<AccessToken, TokenError> {
        let claims = Object::parse(claims).ok_or(TokenError::NotToken)?;
        let text = |name| claims.get::<String>(name).map_err(|_| TokenError::Claims);
        let time = |name| time(&claims, name);

        let expires = time("exp")?.ok_or(TokenError::Claims)?;
        // Tokens that reset passwords may have `nbf` in place of `iat`, and live longer.
        let issued_at = time("iat")?.or(time("nbf")?);
        // Without either, a token is taken for as old as it can be.
        let issued = issued_at.or_else(|| expires.checked_sub_signed(self.lifetime)).ok_or(TokenError::Claims)?;
        if expires < issued {
            return Err(TokenError::Claims);
        }
        let is_early = |time: DateTime<Utc>| time > now + CLOCKS;
        if issued_at.is_some_and(is_early) || time("nbf")?.is_some_and(is_early) {
            return Err(TokenError::Early);
        }
        if expires - issued > self.lifetime + CLOCKS || is_early(issued) {
            return Err(TokenError::Long);
        }
        let audience = claims.get("aud").map_err(|_| TokenError::Claims)?;
        if !self.is_from_here(text("iss")?.as_deref()) || !self.is_for_here(audience) {
            return Err(TokenError::Elsewhere);
        }

        let subject = text("sub")?.and_then(|sub| Subject::try_from(sub).ok()).ok_or(TokenError::Claims)?;
        let preferred = text("preferred_username")?;
        let username = self.username_case.username(preferred.as_deref().unwrap_or(subject.as_str()));
        let sid = text("sid")?.map(|sid| Sid::parse(&sid).ok_or(TokenError::Claims)).transpose()?;
        // Another application may mean something else by `ver`.
        let version = if sid.is_some() { claims.get("ver").map_err(|_| TokenError::Claims)? } else { None };
        Ok(AccessToken {
            username: username.ok_or(TokenError::Claims)?,
            names_user: preferred.is_some(),
            subject,
            sid,
            version: version.unwrap_or_default(),
            issued,
            expires,
            digest: self.digests.name(signed.as_bytes()),
        })
    }

    fn is_from_here(&self, issuer: Option<&str>) -> bool {
        issuer.is_none() || self.issuer.is_none() || issuer == self.issuer.as_deref()
    }

    fn is_for_here(&self, audience: Option<Audience>) -> bool {
        match audience {
            None => true,
            Some(Audience::One(one)) => self.audience.as_ref() == Some(&one),
            Some(Audience::Several(several)) => self.audience.as_ref().is_some_and(|own| several.contains(own)),
        }
    }
}

/// Decodes base64url in its only spelling: without padding, line breaks and stray bits (RFC 7515 §2).
fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    Base64UrlUnpadded::decode_vec(part).map_err(|_| TokenError::NotToken)
}

/// A time in whole seconds since 1970. RFC 7519 §2 allows fractions, but no application that signs with its `SECRET_KEY`
/// has been seen to write any, and readers round them differently.
fn time(claims: &Object, name: &str) -> Result<Option<DateTime<Utc>>, TokenError> {
    let seconds = claims.get::<i64>(name).map_err(|_| TokenError::Claims)?;
    let time = |seconds| Some(seconds).filter(|seconds| (0..=MAX_TIME).contains(seconds));
    let time =
        |seconds| time(seconds).and_then(|seconds| DateTime::from_timestamp(seconds, 0)).ok_or(TokenError::Claims);
    seconds.map(time).transpose()
}
