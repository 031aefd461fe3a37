//! Digests of hashes, by which an application's hash is compared with the one it gave before, without keeping that.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// 16 bytes are enough for what nobody gains from forging.
const BYTES: usize = 16;

/// The digest of a hash, in hexadecimal.
#[must_use]
pub fn of(hash: &str) -> String {
    let mut text = String::with_capacity(2 * BYTES);
    for byte in Sha256::digest(hash).iter().take(BYTES) {
        // Writing to a string can't fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Whether a text can be such a digest.
#[must_use]
pub fn is_one(text: &str) -> bool {
    text.len() == 2 * BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
