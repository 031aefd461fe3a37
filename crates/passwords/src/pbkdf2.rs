//! PBKDF2 (RFC 8018 §5.2) as three libraries write it:
//! - passlib: `$pbkdf2-sha256$29000$salt$digest` (`$pbkdf2$` for SHA-1), with the salt and the digest in
//!   passlib's own Base64.
//! - Django: `pbkdf2_sha256$1000000$salt$digest`. The salt is a plain string, and the digest is in Base64.
//! - Werkzeug: `pbkdf2:sha256:1000000$salt$digest`. The salt is a plain string, and the digest is in hex.

use ::pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{Cost, Digest, HashError, base64, cost::decimal};

#[derive(Clone)]
pub(crate) struct Pbkdf2Hash {
    pub(crate) digest: Digest,
    iterations: u32,
    salt: Vec<u8>,
    key: Vec<u8>,
}

const MALFORMED: HashError = HashError::Malformed("pbkdf2");
/// The iterations that Werkzeug 3.1 assumes if a hash doesn't state them.
const WERKZEUG_ITERATIONS: &str = "1000000";

impl Pbkdf2Hash {
    /// Parses passlib's format from the iterations on.
    pub(crate) fn parse_passlib(digest: Digest, text: &str) -> Result<Self, HashError> {
        let [iterations, salt, key] = three_parts(text)?;
        Self::of(digest, iterations, base64::decode_adapted(salt), base64::decode_adapted(key))
    }

    /// Parses Django's format from the iterations on.
    pub(crate) fn parse_django(digest: Digest, text: &str) -> Result<Self, HashError> {
        let [iterations, salt, key] = three_parts(text)?;
        Self::of(digest, iterations, Some(salt.into()), base64::decode(key))
    }

    /// Parses Werkzeug's format from the digest's name on.
    pub(crate) fn parse_werkzeug(text: &str) -> Result<Self, HashError> {
        let [method, salt, key] = three_parts(text)?;
        let (digest, iterations) = method.split_once(':').unwrap_or((method, WERKZEUG_ITERATIONS));
        Self::of(
            Digest::of(digest).ok_or(MALFORMED)?,
            iterations,
            Some(salt.into()),
            base16ct::mixed::decode_vec(key).ok(),
        )
    }

    fn of(digest: Digest, iterations: &str, salt: Option<Vec<u8>>, key: Option<Vec<u8>>) -> Result<Self, HashError> {
        let iterations = decimal(iterations).filter(|iterations| *iterations > 0).ok_or(MALFORMED)?;
        Cost::Pbkdf2 { digest, iterations }.affordable()?;
        let key = key.filter(|key| key.len() == digest.bytes()).ok_or(MALFORMED)?;
        Ok(Self { digest, iterations, salt: salt.ok_or(MALFORMED)?, key })
    }

    pub(crate) fn cost(&self) -> Cost {
        Cost::Pbkdf2 { digest: self.digest, iterations: self.iterations }
    }

    pub(crate) fn verify(&self, password: &[u8]) -> bool {
        let mut key = Zeroizing::new(vec![0; self.key.len()]);
        match self.digest {
            Digest::Sha1 => pbkdf2_hmac::<Sha1>(password, &self.salt, self.iterations, &mut key),
            Digest::Sha256 => pbkdf2_hmac::<Sha256>(password, &self.salt, self.iterations, &mut key),
            Digest::Sha512 => pbkdf2_hmac::<Sha512>(password, &self.salt, self.iterations, &mut key),
        }
        key.ct_eq(&self.key).into()
    }
}

/// Splits a string into the three parts between `$` signs.
fn three_parts(text: &str) -> Result<[&str; 3], HashError> {
    text.split('$').collect::<Vec<_>>().try_into().map_err(|_| MALFORMED)
}
