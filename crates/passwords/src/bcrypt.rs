//! bcrypt in modular-crypt form: `$2b$12$` then 22 characters of salt and 31 of digest.
//!
//! `$2a$`, `$2b$` and `$2y$` name fixes to old implementations, not different functions: all
//! three are computed alike.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{HashError, limits};

/// bcrypt's own alphabet, unpadded. Its last characters carry bits that are not used; some
/// libraries have written something there.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// bcrypt reads no more of a password than this, its closing NUL included.
const KEY_BYTES: usize = 72;

#[derive(Clone)]
pub(crate) struct BcryptHash {
    cost: u32,
    salt: [u8; 16],
    digest: [u8; 23],
}

impl BcryptHash {
    pub(crate) fn parse(text: &str) -> Result<Self, HashError> {
        let malformed = HashError::Malformed("bcrypt");
        let mut parts = text.split('$').skip(2);
        let (Some(cost), Some(rest), None) = (parts.next(), parts.next(), parts.next()) else {
            return Err(malformed);
        };
        let cost = match cost.as_bytes() {
            &[tens @ b'0'..=b'3', ones @ b'0'..=b'9'] => u32::from(tens - b'0') * 10 + u32::from(ones - b'0'),
            _ => return Err(malformed),
        };
        if !(4..=31).contains(&cost) {
            return Err(malformed);
        }
        if cost > limits::BCRYPT_COST {
            return Err(HashError::TooCostly("bcrypt"));
        }
        let (salt, digest) = rest.split_at_checked(22).ok_or(malformed)?;
        Ok(Self { cost, salt: decode(salt).ok_or(malformed)?, digest: decode(digest).ok_or(malformed)? })
    }

    pub(crate) fn verify(&self, password: &[u8]) -> bool {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        let read = password.len().min(KEY_BYTES);
        let key_bytes = (read + 1).min(KEY_BYTES);
        let (Some(head), Some(password)) = (key.get_mut(..read), password.get(..read)) else {
            return false;
        };
        head.copy_from_slice(password);
        let Some(key) = key.get(..key_bytes) else { return false };

        let output = bcrypt::bcrypt(self.cost, self.salt, key);
        let matches = output.get(..23).is_some_and(|digest| bool::from(digest.ct_eq(&self.digest)));
        // With a NUL inside, the repeated key of another password could be the same. Nobody can
        // have set such a password: bcrypt's own libraries end it there or refuse it.
        matches & !password.contains(&0)
    }
}

/// A hash of this cost with a salt and a digest that were drawn at random: no password is known to
/// give it.
pub(crate) fn dummy(cost: &str) -> String {
    format!("$2b${cost}$052SALUtT6jRZEqnAXP14e0UTF8EDXbN3eIhoA6H998/kTxhekyV3")
}

fn decode<const N: usize>(text: &str) -> Option<[u8; N]> {
    BASE64.decode(text).ok()?.try_into().ok()
}
