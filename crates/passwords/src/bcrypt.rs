//! bcrypt in modular-crypt form: `$2b$12$` then 22 characters of salt and 31 of digest.
//!
//! `$2a$`, `$2b$` and `$2y$` name fixes to old implementations, not different functions, so all three
//! are computed in the same way. Some formats give bcrypt a digest of the password, so that the limit
//! of 72 bytes does not apply:
//! - Django: `bcrypt_sha256$$2b$12$…`, of the SHA-256 in hex;
//! - passlib 1.7.3 and later: `$bcrypt-sha256$v=2,t=2b,r=12$salt$digest`, of the HMAC-SHA-256 with
//!   the salt's string as its key, in Base64;
//! - passlib before: `$bcrypt-sha256$2b,12$salt$digest`, of the SHA-256 in Base64.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{Cost, HashError, base64, cost::decimal};

/// How many bytes of a password bcrypt reads, including the closing NUL.
const KEY_BYTES: usize = 72;

#[derive(Clone)]
pub(crate) struct BcryptHash {
    cost: u32,
    salt: [u8; 16],
    digest: [u8; 23],
    before: Before,
}

/// What happens to the password before bcrypt.
#[derive(Clone)]
enum Before {
    Nothing,
    Sha256Hex,
    Sha256Base64,
    HmacSha256Base64 { key: String },
}

const MALFORMED: HashError = HashError::Malformed("bcrypt");

impl BcryptHash {
    /// `$2b$12$…`
    pub(crate) fn parse(text: &str) -> Result<Self, HashError> {
        let mut parts = text.split('$').skip(1);
        let (Some("2a" | "2b" | "2y"), Some(cost), Some(rest), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(MALFORMED);
        };
        let (salt, digest) = rest.split_at_checked(22).ok_or(MALFORMED)?;
        if cost.len() != 2 {
            return Err(MALFORMED);
        }
        Self::of(cost, salt, digest, Before::Nothing)
    }

    /// Django's `bcrypt_sha256$`, which was already removed.
    pub(crate) fn parse_django_sha256(text: &str) -> Result<Self, HashError> {
        Ok(Self { before: Before::Sha256Hex, ..Self::parse(text)? })
    }

    /// passlib's `$bcrypt-sha256$`, which was already removed.
    pub(crate) fn parse_passlib_sha256(text: &str) -> Result<Self, HashError> {
        let mut parts = text.split('$');
        let (Some(parameters), Some(salt), Some(digest), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(MALFORMED);
        };
        match parameters.split(',').collect::<Vec<_>>().as_slice() {
            ["v=2", "t=2b", rounds] => {
                let rounds = rounds.strip_prefix("r=").ok_or(MALFORMED)?;
                Self::of(rounds, salt, digest, Before::HmacSha256Base64 { key: salt.to_owned() })
            }
            ["2a" | "2b", rounds] => Self::of(rounds, salt, digest, Before::Sha256Base64),
            _ => Err(MALFORMED),
        }
    }

    fn of(cost: &str, salt: &str, digest: &str, before: Before) -> Result<Self, HashError> {
        let cost = decimal(cost).filter(|cost| (4..=31).contains(cost)).ok_or(MALFORMED)?;
        Cost::Bcrypt { cost }.affordable()?;
        let salt = base64::decode_bcrypt(salt).ok_or(MALFORMED)?;
        let digest = base64::decode_bcrypt(digest).ok_or(MALFORMED)?;
        Ok(Self { cost, salt, digest, before })
    }

    pub(crate) fn cost(&self) -> Cost {
        Cost::Bcrypt { cost: self.cost }
    }

    pub(crate) fn verify(&self, password: &[u8]) -> bool {
        match &self.before {
            Before::Nothing => self.verify_key(password),
            Before::Sha256Hex => {
                self.verify_key(Zeroizing::new(base16ct::lower::encode_string(&*sha256(password))).as_bytes())
            }
            Before::Sha256Base64 => {
                self.verify_key(Zeroizing::new(base64::encode_padded(&*sha256(password))).as_bytes())
            }
            Before::HmacSha256Base64 { key } => {
                // HMAC takes a key of any length.
                let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return false };
                hmac.update(password);
                let digest = Zeroizing::new(<[u8; 32]>::from(hmac.finalize().into_bytes()));
                self.verify_key(Zeroizing::new(base64::encode_padded(&*digest)).as_bytes())
            }
        }
    }

    fn verify_key(&self, password: &[u8]) -> bool {
        let mut key = Zeroizing::new([0; KEY_BYTES]);
        let read = password.len().min(KEY_BYTES);
        let key_bytes = (read + 1).min(KEY_BYTES);
        let (Some(head), Some(start)) = (key.get_mut(..read), password.get(..read)) else {
            return false;
        };
        head.copy_from_slice(start);
        let Some(key) = key.get(..key_bytes) else { return false };

        let output = bcrypt::bcrypt(self.cost, self.salt, key);
        let matches = output.get(..23).is_some_and(|digest| bool::from(digest.ct_eq(&self.digest)));
        // With a NUL inside, another password could have the same repeated key. Nobody can have set
        // such a password, because bcrypt's own libraries cut it off there or refuse it.
        matches & !password.contains(&0)
    }
}

fn sha256(password: &[u8]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(Sha256::digest(password).into())
}
