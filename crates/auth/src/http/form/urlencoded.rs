//! `application/x-www-form-urlencoded`, split as python-multipart splits it and decoded as Python's
//! `unquote_plus` decodes it: raw bytes are Latin-1, and escaped bytes are UTF-8.

use zeroize::Zeroizing;

use super::{
    error::FormError,
    value::{MAX_FIELDS, Value, latin1},
};

pub(super) fn parse(body: &[u8]) -> Result<Vec<(String, Value)>, FormError> {
    // `serde_urlencoded` reads any string as a list of pairs, so this can't fail.
    let pairs: Vec<(String, Zeroizing<String>)> = serde_urlencoded::from_str(&latin1(body)).unwrap_or_default();
    if pairs.len() > MAX_FIELDS {
        return Err(FormError::TooManyFields);
    }
    Ok(pairs.into_iter().map(|(name, value)| (name, Value::Text(value))).collect())
}
