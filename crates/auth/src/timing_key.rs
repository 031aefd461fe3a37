//! The key with which an operator may ask for timings.

use crate::keys::Mac;

/// The key with which an operator may ask how long the parts of a request took. Only a MAC of it is kept.
#[derive(Debug, Clone)]
pub(crate) struct TimingKey {
    key: Mac,
    mac: Vec<u8>,
}

impl TimingKey {
    pub(crate) fn new(secret: &str, key: Mac) -> Self {
        Self { mac: key.of(secret.as_bytes()), key }
    }

    /// Compares MACs, so that the time doesn't tell how much of a key is right.
    pub(crate) fn fits(&self, sent: &str) -> bool {
        self.mac.as_slice().try_into().is_ok_and(|mac| self.key.fits(sent.as_bytes(), mac))
    }
}
