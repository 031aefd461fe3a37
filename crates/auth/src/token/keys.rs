//! The keys of tokens: which one signs, and which one a token has to be verified with.

use serde::Serialize;

use crate::{
    keys::Mac,
    platform::{Crypto, CryptoError},
    signing_key::SigningKeys,
};

/// The keys that are configured.
#[derive(Debug, Clone)]
pub struct TokenKeys {
    /// `SECRET_KEY`.
    pub(crate) secret: Mac,
    /// `SECRET_KEY_PREVIOUS`.
    pub(crate) previous_secret: Option<Mac>,
    /// `SIGNING_KEYS`.
    pub(crate) signing: SigningKeys,
}

/// What the header of a token says about its signature.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Named<'a> {
    #[serde(rename = "alg")]
    pub(super) algorithm: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) kid: Option<&'a str>,
}

const HS256: &str = "HS256";

impl TokenKeys {
    /// What the header says of the tokens that are signed now.
    pub(super) fn named(&self) -> Named<'_> {
        match self.signing.current() {
            Some(key) => Named { algorithm: key.algorithm.name(), kid: Some(&key.kid) },
            None => Named { algorithm: HS256, kid: None },
        }
    }

    pub(super) async fn sign(&self, crypto: &impl Crypto, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        match self.signing.current() {
            Some(key) => crypto.sign(key, message).await,
            None => Ok(self.secret.of(message)),
        }
    }

    /// Whether the signature is that of the key which the header names. A key has one algorithm, and the header has to
    /// name that one too.
    pub(super) async fn verify(
        &self,
        crypto: &impl Crypto,
        Named { algorithm, kid }: Named<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoError> {
        let Some(kid) = kid else {
            let mut secrets = [Some(&self.secret), self.previous_secret.as_ref()].into_iter().flatten();
            let mac = signature.try_into().ok().filter(|_| algorithm == HS256);
            return Ok(mac.is_some_and(|mac| secrets.any(|secret| secret.fits(message, mac))));
        };
        match self.signing.verifying(kid).filter(|key| key.algorithm.name() == algorithm) {
            // Both kinds of signatures have 64 bytes.
            Some(key) if signature.len() == 64 => crypto.verify(key, message, signature).await,
            _ => Ok(false),
        }
    }
}
