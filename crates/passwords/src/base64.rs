//! Encodes and decodes the three dialects of Base64 that the formats use.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Accepts any value in the unused bits of the last character: some libraries have set them.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_encode_padding(false)
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const BCRYPT: GeneralPurpose = GeneralPurpose::new(&alphabet::BCRYPT, LENIENT);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);

/// Decodes bcrypt's own alphabet. Returns `None` unless there are exactly `N` bytes.
pub(crate) fn decode_bcrypt<const N: usize>(text: &str) -> Option<[u8; N]> {
    BCRYPT.decode(text).ok()?.try_into().ok()
}

/// Decodes RFC 4648's alphabet, with or without padding.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Decodes passlib's alphabet: RFC 4648's with `.` instead of `+`. `+` is accepted as well.
pub(crate) fn decode_adapted(text: &str) -> Option<Vec<u8>> {
    decode(&text.replace('.', "+"))
}

/// Encodes in RFC 4648's alphabet without padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Encodes in RFC 4648's alphabet with padding.
pub(crate) fn encode_padded(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
