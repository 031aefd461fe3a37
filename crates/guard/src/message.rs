//! How messages between the Worker and its objects are written.

use serde::Serialize;
use zeroize::Zeroizing;

/// A message is not of the documented shape. While a new version is rolled out, the Worker and its
/// objects may differ in version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message between the Worker and its object was not understood")]
pub struct MessageError;

/// Writes a message that holds a password. `secret_bytes` is the length of its long strings.
pub(crate) fn write_secret(message: &impl Serialize, secret_bytes: usize) -> Result<Zeroizing<String>, MessageError> {
    // There is room for every character as `\u00ff`, because a string that moves while it grows
    // leaves its password behind.
    let mut json = Zeroizing::new(Vec::with_capacity(6 * secret_bytes + 256));
    serde_json::to_writer(&mut *json, message).map_err(|_| MessageError)?;
    String::from_utf8(std::mem::take(&mut json)).map(Zeroizing::new).map_err(|_| MessageError)
}
