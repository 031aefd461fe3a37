//! Keys derived from `SECRET_KEY`, one a purpose, so that what one of them shows says nothing of
//! the others.

use jwt_compact::{
    Algorithm, AlgorithmSignature,
    alg::{Hs256, Hs256Key},
};

/// HMAC-SHA256 under a key of its own, cut to 64 bits: enough to tell accounts apart, and nothing
/// that leads back to a username without the key.
#[derive(Debug, Clone)]
pub(crate) struct KeyedHash(Hs256Key);

impl KeyedHash {
    /// The key is HMAC(secret, purpose). A token's signature is HMAC over text that starts with
    /// `eyJ`; no purpose does.
    pub(crate) fn derive(secret: &Hs256Key, purpose: &str) -> Self {
        Self(Hs256Key::new(mac(secret, purpose)))
    }

    pub(crate) fn of(&self, text: &str) -> [u8; 8] {
        let mut cut = [0; 8];
        cut.iter_mut().zip(mac(&self.0, text)).for_each(|(to, from)| *to = from);
        cut
    }
}

/// Such a hash, as the name of an account or a network where nobody should read the real one.
pub(crate) fn pseudonym(hash: [u8; 8]) -> String {
    format!("{:016x}", u64::from_be_bytes(hash))
}

fn mac(key: &Hs256Key, text: &str) -> Vec<u8> {
    Hs256.sign(key, text.as_bytes()).as_bytes().into_owned()
}
