//! `application/x-www-form-urlencoded`, as python-multipart splits it and `unquote_plus` decodes
//! it.

use std::fmt::Write as _;

use zeroize::Zeroizing;

use super::{FormError, MAX_FIELDS, Value};

pub(super) fn parse(body: &[u8]) -> Result<Vec<(String, Value)>, FormError> {
    let body = escape_latin1(body);
    // Every sequence of bytes is a list of pairs to `serde_urlencoded`: this does not fail.
    let pairs: Vec<(String, Zeroizing<String>)> = serde_urlencoded::from_str(&body).unwrap_or_default();
    if pairs.len() > MAX_FIELDS {
        return Err(FormError::TooManyFields);
    }
    Ok(pairs.into_iter().map(|(name, value)| (name, Value::Text(value))).collect())
}

/// FastAPI takes raw bytes above ASCII for Latin-1. As escapes of the same characters in UTF-8
/// they mean that to any decoder.
fn escape_latin1(body: &[u8]) -> Zeroizing<String> {
    // Six bytes for one, at most: `%C3%BF`. The text must not move, it may hold a password.
    let above_ascii = body.iter().filter(|byte| !byte.is_ascii()).count();
    let mut escaped = Zeroizing::new(String::with_capacity(body.len() + 5 * above_ascii));
    for character in body.iter().map(|byte| char::from(*byte)) {
        if character.is_ascii() {
            escaped.push(character);
        } else {
            for byte in character.encode_utf8(&mut [0; 2]).bytes() {
                // Writing to a `String` does not fail.
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
    }
    escaped
}
