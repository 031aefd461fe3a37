//! `application/x-www-form-urlencoded`, as python-multipart splits it and `unquote_plus` decodes
//! it: raw bytes are Latin-1, escaped ones UTF-8.

use zeroize::Zeroizing;

use super::{FormError, MAX_FIELDS, Value, latin1};

pub(super) fn parse(body: &[u8]) -> Result<Vec<(String, Value)>, FormError> {
    // Every text is a list of pairs to `serde_urlencoded`: this does not fail.
    let pairs: Vec<(String, Zeroizing<String>)> = serde_urlencoded::from_str(&latin1(body)).unwrap_or_default();
    if pairs.len() > MAX_FIELDS {
        return Err(FormError::TooManyFields);
    }
    Ok(pairs.into_iter().map(|(name, value)| (name, Value::Text(value))).collect())
}
