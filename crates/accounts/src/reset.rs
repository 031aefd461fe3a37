//! A reset of a password that was asked for: it is kept beside the record until it is used, replaced or void.

use serde::{Deserialize, Serialize};

use crate::{hash_digest, kv::Record};

/// A reset that was asked for. Times are in Unix milliseconds.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// The keyed hash of the token's random bits.
    pub secret: String,
    /// When it was asked for.
    pub asked_at: i64,
    /// When it is void.
    pub expires_at: i64,
    /// The digest of the hash that was stored then. Another hash, however it was stored, makes the reset void.
    pub of_hash: String,
}

impl Reset {
    /// What is kept of a reset of this record's password.
    #[must_use]
    pub fn of(record: &Record, secret: &str, asked_at: i64, expires_at: i64) -> Self {
        Self { secret: secret.to_owned(), asked_at, expires_at, of_hash: hash_digest::of(&record.password_hash) }
    }

    /// Whether a token with this keyed hash may be used for this record. `now` is in Unix milliseconds.
    #[must_use]
    pub fn admits(&self, secret: &str, record: &Record, now: i64) -> bool {
        self.secret == secret && now < self.expires_at && self.of_hash == hash_digest::of(&record.password_hash)
    }
}
