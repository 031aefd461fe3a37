//! Messages between the Worker and its objects: how they are written, and the error if one can't be
//! read.

use serde::Serialize;
use zeroize::Zeroizing;

/// A message does not have the documented shape. While a new version is rolled out, the Worker and its
/// objects may be of different versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message between the Worker and its object was not understood")]
pub struct MessageError;

/// Writes a message that holds a password. `secret_bytes` is the length of its secret strings together.
pub(crate) fn write_secret(message: &impl Serialize, secret_bytes: usize) -> Result<Zeroizing<String>, MessageError> {
    // Memory for the longest escape (`\u00ff`) of every byte is reserved, because a string that grows
    // may leave a copy of a password behind.
    let mut json = Zeroizing::new(Vec::with_capacity(6 * secret_bytes + 256));
    serde_json::to_writer(&mut *json, message).map_err(|_| MessageError)?;
    String::from_utf8(std::mem::take(&mut json)).map(Zeroizing::new).map_err(|_| MessageError)
}
