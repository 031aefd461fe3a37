//! `application/x-www-form-urlencoded`, as python-multipart splits it and `unquote_plus` decodes
//! it: raw bytes are Latin-1, escaped ones UTF-8.

use zeroize::Zeroizing;

use super::{
    error::FormError,
    value::{MAX_FIELDS, Value, latin1},
};

pub(super) fn parse(body: &[u8]) -> Result<Vec<(String, Value)>, FormError> {
    // To `serde_urlencoded` every string is a list of pairs, so this can't fail.
    let pairs: Vec<(String, Zeroizing<String>)> = serde_urlencoded::from_str(&latin1(body)).unwrap_or_default();
    if pairs.len() > MAX_FIELDS {
        return Err(FormError::TooManyFields);
    }
    Ok(pairs.into_iter().map(|(name, value)| (name, Value::Text(value))).collect())
}
