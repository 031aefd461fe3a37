//! Keys that are derived from the root secret, one for each purpose, so that what one of them shows
//! says nothing about the others.
//!
//! HMAC comes from `jwt-compact`, which signs tokens with it, because the constructor of the crate
//! `hmac` returns an error that can't happen and would have to be handled everywhere.

use jwt_compact::{
    Algorithm, AlgorithmSignature,
    alg::{Hs256, Hs256Key},
};

/// The secret that keys for names in logs, buckets and shards are derived from. Tokens are signed
/// with a key of their own, so that this one can outlive it.
#[derive(Debug, Clone)]
pub(crate) struct RootSecret(Hs256Key);

/// HMAC-SHA256 under a key of its own, cut to 64 bits. That is enough to tell accounts apart, and
/// without the key nothing leads back to a username.
#[derive(Debug, Clone)]
pub(crate) struct KeyedHash(Hs256Key);

impl RootSecret {
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self(Hs256Key::new(secret))
    }

    /// The key of a purpose is HMAC(secret, purpose). If the secret signs tokens too, no purpose can
    /// be taken for a token: a token's signature is an HMAC over a string that begins with `eyJ`.
    pub(crate) fn keyed_hash(&self, purpose: &str) -> KeyedHash {
        KeyedHash(Hs256Key::new(hmac(&self.0, purpose)))
    }
}

impl KeyedHash {
    pub(crate) fn of(&self, text: &str) -> [u8; 8] {
        let mut hash = [0; 8];
        hash.iter_mut().zip(hmac(&self.0, text)).for_each(|(to, from)| *to = from);
        hash
    }

    /// The hash in hex: the name of an account or a network where nobody should read the real one.
    pub(crate) fn pseudonym(&self, text: &str) -> String {
        format!("{:016x}", u64::from_be_bytes(self.of(text)))
    }
}

fn hmac(key: &Hs256Key, text: &str) -> Vec<u8> {
    Hs256.sign(key, text.as_bytes()).as_bytes().into_owned()
}
