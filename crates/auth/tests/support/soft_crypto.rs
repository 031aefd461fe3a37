//! Cryptography in Rust, in place of the runtime's.

use auth::{
    EncryptionKey, SignatureAlgorithm, SigningKey,
    platform::{Crypto, CryptoError},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ed25519_dalek::{Signer, Verifier};
use serde_json::Value;

/// Stands in for the runtime's cryptography. Its signatures are real. What it seals says which key and nonce it was sealed
/// with, and is no secret.
pub struct SoftCrypto;

/// 32 bytes of a JSON Web Key.
fn member(jwk: &str, name: &str) -> Result<[u8; 32], CryptoError> {
    let jwk: Value = serde_json::from_str(jwk).unwrap();
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    bytes.try_into().map_err(|_| CryptoError(format!("{name} has another length")))
}

impl Crypto for SoftCrypto {
    async fn sign(&self, key: &SigningKey, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let unusable = || CryptoError("the key can't be used".to_owned());
        let d = member(key.private.as_ref().ok_or_else(unusable)?, "d")?;
        Ok(match key.algorithm {
            SignatureAlgorithm::Es256 => {
                let key = p256::ecdsa::SigningKey::from_slice(&d).map_err(|_| unusable())?;
                let signature: p256::ecdsa::Signature = key.sign(message);
                signature.to_bytes().to_vec()
            }
            SignatureAlgorithm::EdDsa => ed25519_dalek::SigningKey::from_bytes(&d).sign(message).to_bytes().to_vec(),
        })
    }

    async fn verify(&self, key: &SigningKey, message: &[u8], signature: &[u8]) -> Result<bool, CryptoError> {
        let unusable = || CryptoError("the key can't be used".to_owned());
        let x = member(&key.public, "x")?;
        Ok(match key.algorithm {
            SignatureAlgorithm::Es256 => {
                let y = member(&key.public, "y")?;
                let point = p256::EncodedPoint::from_affine_coordinates(&x.into(), &y.into(), false);
                let key = p256::ecdsa::VerifyingKey::from_encoded_point(&point).map_err(|_| unusable())?;
                p256::ecdsa::Signature::from_slice(signature)
                    .is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }
            SignatureAlgorithm::EdDsa => {
                let key = ed25519_dalek::VerifyingKey::from_bytes(&x).map_err(|_| unusable())?;
                ed25519_dalek::Signature::from_slice(signature)
                    .is_ok_and(|signature| key.verify(message, &signature).is_ok())
            }
        })
    }

    async fn seal(&self, key: &EncryptionKey, nonce: [u8; 12], plain: &[u8]) -> Result<Vec<u8>, CryptoError> {
        Ok([key.expose().as_slice(), &nonce, plain].concat())
    }

    async fn open(&self, key: &EncryptionKey, nonce: [u8; 12], sealed: &[u8]) -> Result<Option<Vec<u8>>, CryptoError> {
        Ok(sealed.strip_prefix([key.expose().as_slice(), &nonce].concat().as_slice()).map(<[u8]>::to_vec))
    }
}
