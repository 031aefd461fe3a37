//! Signatures and encryption by the runtime's `WebCrypto`. An isolate imports each key once.

use std::cell::RefCell;

use auth::{
    EncryptionKey, SignatureAlgorithm, SigningKey,
    platform::{Crypto, CryptoError},
};
use worker::{
    js_sys::{Array, JSON, Object, Promise, Reflect, Uint8Array, global},
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
    web_sys::{CryptoKey, SubtleCrypto, WorkerGlobalScope},
};
use zeroize::Zeroizing;

use crate::console::reason;

/// The runtime's cryptography.
pub(crate) struct WebCrypto;

thread_local! {
    /// The keys that were imported, each beside what it was imported from.
    static IMPORTED: RefCell<Vec<(Zeroizing<Vec<u8>>, CryptoKey)>> = const { RefCell::new(Vec::new()) };
}

impl Crypto for WebCrypto {
    async fn sign(&self, key: &SigningKey, message: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let subtle = subtle()?;
        let private = key.private.as_ref().ok_or_else(|| CryptoError("the key has no private half".to_owned()))?;
        let private = imported(&subtle, Source::Jwk(private, key.algorithm), "sign").await?;
        let message = Uint8Array::from(message);
        bytes(subtle.sign_with_object_and_js_u8_array(&signing(key.algorithm)?, &private, &message)).await
    }

    async fn verify(&self, key: &SigningKey, message: &[u8], signature: &[u8]) -> Result<bool, CryptoError> {
        let subtle = subtle()?;
        let public = imported(&subtle, Source::Jwk(&key.public, key.algorithm), "verify").await?;
        let (message, signature) = (Uint8Array::from(message), Uint8Array::from(signature));
        let algorithm = signing(key.algorithm)?;
        let verified =
            subtle.verify_with_object_and_js_u8_array_and_js_u8_array(&algorithm, &public, &signature, &message);
        Ok(done(verified).await?.is_truthy())
    }

    async fn seal(&self, key: &EncryptionKey, nonce: [u8; 12], plain: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let subtle = subtle()?;
        let key = imported(&subtle, Source::Aes(key), "encrypt").await?;
        bytes(subtle.encrypt_with_object_and_js_u8_array(&aes(nonce)?, &key, &Uint8Array::from(plain))).await
    }

    async fn open(&self, key: &EncryptionKey, nonce: [u8; 12], sealed: &[u8]) -> Result<Option<Vec<u8>>, CryptoError> {
        let subtle = subtle()?;
        let key = imported(&subtle, Source::Aes(key), "decrypt").await?;
        let opened = subtle.decrypt_with_object_and_js_u8_array(&aes(nonce)?, &key, &Uint8Array::from(sealed));
        // All that can fail now is the comparison of the tag.
        Ok(bytes(opened).await.ok())
    }
}

/// What a key is imported from.
#[derive(Clone, Copy)]
enum Source<'a> {
    Jwk(&'a str, SignatureAlgorithm),
    Aes(&'a EncryptionKey),
}

impl Source<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Jwk(jwk, _) => jwk.as_bytes(),
            Self::Aes(key) => key.expose(),
        }
    }
}

async fn imported(subtle: &SubtleCrypto, source: Source<'_>, usage: &str) -> Result<CryptoKey, CryptoError> {
    let kept = IMPORTED.with_borrow(|keys| {
        let key = keys.iter().find(|(from, _)| from.as_slice() == source.bytes());
        key.map(|(_, key)| key.clone())
    });
    if let Some(kept) = kept {
        return Ok(kept);
    }
    let (usages, aes_usages) = (Array::of1(&usage.into()), Array::of2(&"encrypt".into(), &"decrypt".into()));
    let importing = match source {
        Source::Jwk(jwk, algorithm) => {
            let jwk = JSON::parse(jwk).map_err(thrown)?.unchecked_into();
            subtle.import_key_with_object("jwk", &jwk, &signing(algorithm)?, false, &usages)
        }
        Source::Aes(key) => {
            let key = Uint8Array::from(key.expose().as_slice());
            subtle.import_key_with_str("raw", key.unchecked_ref(), "AES-GCM", false, &aes_usages)
        }
    };
    let key: CryptoKey = done(importing).await?.unchecked_into();
    IMPORTED.with_borrow_mut(|keys| keys.push((source.bytes().to_vec().into(), key.clone())));
    Ok(key)
}

fn subtle() -> Result<SubtleCrypto, CryptoError> {
    let scope: WorkerGlobalScope = global().unchecked_into();
    Ok(scope.crypto().map_err(thrown)?.subtle())
}

fn signing(algorithm: SignatureAlgorithm) -> Result<Object, CryptoError> {
    let parameters = match algorithm {
        SignatureAlgorithm::Es256 => r#"{"name":"ECDSA","namedCurve":"P-256","hash":"SHA-256"}"#,
        SignatureAlgorithm::EdDsa => r#"{"name":"Ed25519"}"#,
    };
    Ok(JSON::parse(parameters).map_err(thrown)?.unchecked_into())
}

fn aes(nonce: [u8; 12]) -> Result<Object, CryptoError> {
    let parameters = Object::new();
    for (name, value) in [("name", "AES-GCM".into()), ("iv", JsValue::from(Uint8Array::from(nonce.as_slice())))] {
        Reflect::set(&parameters, &name.into(), &value).map_err(thrown)?;
    }
    Ok(parameters)
}

async fn bytes(promise: Result<Promise, JsValue>) -> Result<Vec<u8>, CryptoError> {
    Ok(Uint8Array::new(&done(promise).await?).to_vec())
}

async fn done(promise: Result<Promise, JsValue>) -> Result<JsValue, CryptoError> {
    JsFuture::from(promise.map_err(thrown)?).await.map_err(thrown)
}

fn thrown(error: JsValue) -> CryptoError {
    CryptoError(reason(&error.into()))
}
