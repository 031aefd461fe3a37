//! The keys of tokens: which one signs, and which one a token has to be verified with.

use crate::{
    keys::Mac,
    platform::{Crypto, CryptoError},
};

/// The keys that are configured.
#[derive(Debug, Clone)]
pub struct TokenKeys {
    /// `SECRET_KEY`.
    pub(crate) secret: Mac,
}

/// What the header of a token says about its signature.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    pub(super) algorithm: &'a str,
    pub(super) kid: Option<&'a str>,
}

impl TokenKeys {
    /// The header of the tokens that are signed now, as JSON.
    pub(super) fn header(&self) -> String {
        r#"{"alg":"HS256","typ":"JWT"}"#.to_owned()
    }

    pub(super) async fn sign(&self, _crypto: &impl Crypto, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Ok(self.secret.of(message))
    }

    /// Whether the signature is that of the key which the header names. A key has one algorithm, and the header has to
    /// name that one too.
    pub(super) async fn verify(
        &self,
        _crypto: &impl Crypto,
        named: Named<'_>,
        message: &[u8],
        signature: &[u8],
    ) -> Result<bool, CryptoError> {
        Ok(match named {
            Named { algorithm: "HS256", kid: None } => {
                signature.try_into().is_ok_and(|mac| self.secret.fits(message, mac))
            }
            _ => false,
        })
    }
}
