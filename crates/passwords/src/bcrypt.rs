//! bcrypt in modular-crypt form: `$2b$12$`, then 22 characters of salt and 31 characters of digest.
//!
//! `$2a$`, `$2b$` and `$2y$` are not different functions: they mark fixes to old implementations. All
//! three are computed in the same way.
//!
//! Some formats hash the password with SHA-256 first and pass the digest to bcrypt, to avoid bcrypt's
//! limit of 72 bytes:
//! - Django: `bcrypt_sha256$$2b$12$…`, with the SHA-256 digest in hex.
//! - passlib 1.7.3 and later: `$bcrypt-sha256$v=2,t=2b,r=12$salt$digest`, with an HMAC-SHA-256 in Base64,
//!   whose key is the encoded salt.
//! - passlib before 1.7.3: `$bcrypt-sha256$2b,12$salt$digest`, with the SHA-256 digest in Base64.

use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{Cost, HashError, base64, cost::decimal};

/// The most bytes that bcrypt reads of a password, including the NUL byte at its end.
const KEY_BYTES: usize = 72;

#[derive(Clone)]
pub(crate) struct BcryptHash {
    cost: u32,
    salt: [u8; 16],
    digest: [u8; 23],
    prehash: Prehash,
}

/// What is done to the password before bcrypt hashes it.
#[derive(Clone)]
enum Prehash {
    Nothing,
    Sha256Hex,
    Sha256Base64,
    HmacSha256Base64 { key: String },
}

const MALFORMED: HashError = HashError::Malformed("bcrypt");

impl BcryptHash {
    /// Parses `$2b$12$…`.
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
        Self::of(cost, salt, digest, Prehash::Nothing)
    }

    /// Parses what follows `bcrypt_sha256$` in Django's format.
    pub(crate) fn parse_django_sha256(text: &str) -> Result<Self, HashError> {
        Ok(Self { prehash: Prehash::Sha256Hex, ..Self::parse(text)? })
    }

    /// Parses what follows `$bcrypt-sha256$` in passlib's format.
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
                Self::of(rounds, salt, digest, Prehash::HmacSha256Base64 { key: salt.to_owned() })
            }
            ["2a" | "2b", rounds] => Self::of(rounds, salt, digest, Prehash::Sha256Base64),
            _ => Err(MALFORMED),
        }
    }

    fn of(cost: &str, salt: &str, digest: &str, prehash: Prehash) -> Result<Self, HashError> {
        let cost = decimal(cost).filter(|cost| (4..=31).contains(cost)).ok_or(MALFORMED)?;
        Cost::Bcrypt { cost }.affordable()?;
        let salt = base64::decode_bcrypt(salt).ok_or(MALFORMED)?;
        let digest = base64::decode_bcrypt(digest).ok_or(MALFORMED)?;
        Ok(Self { cost, salt, digest, prehash })
    }

    pub(crate) fn cost(&self) -> Cost {
        Cost::Bcrypt { cost: self.cost }
    }

    pub(crate) fn verify(&self, password: &[u8]) -> bool {
        match &self.prehash {
            Prehash::Nothing => self.verify_key(password),
            Prehash::Sha256Hex => {
                self.verify_key(Zeroizing::new(base16ct::lower::encode_string(&*sha256(password))).as_bytes())
            }
            Prehash::Sha256Base64 => {
                self.verify_key(Zeroizing::new(base64::encode_padded(&*sha256(password))).as_bytes())
            }
            Prehash::HmacSha256Base64 { key } => {
                // This can't fail: HMAC accepts keys of any length.
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
        // bcrypt repeats the key, so a password that contains a NUL byte could have the same repeated key
        // as another password. Nobody can have set such a password: bcrypt libraries either cut it off at
        // the NUL byte or refuse it.
        matches & !password.contains(&0)
    }
}

fn sha256(password: &[u8]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(Sha256::digest(password).into())
}
