//! scrypt (RFC 7914) as four libraries write it:
//! - passlib: `$scrypt$ln=16,r=8,p=1$salt$key`, with the salt and the key in Base64. The key has 32
//!   bytes; the other libraries' keys have 64.
//! - Django: `scrypt$16384$salt$8$5$key`, where the numbers are N, r and p. The salt is a plain string,
//!   and the key is in Base64.
//! - Werkzeug: `scrypt:32768:8:1$salt$key`. The salt is a plain string, and the key is in hex.
//! - Better Auth: `salt:key`, both in hex, with N=16384, r=16 and p=1. The password is converted to
//!   NFKC, and the salt is hashed in its hex form.

// Every index is either a constant or below the length of slices that have the same length.
#[allow(clippy::indexing_slicing)]
mod function;

use function::{Parameters, derive};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{Cost, HashError, NoMemory, base64, cost::decimal, room};

#[derive(Clone)]
pub(crate) struct ScryptHash {
    parameters: Parameters,
    salt: Vec<u8>,
    key: Vec<u8>,
    /// Whether the password is converted to NFKC first.
    normalizes: bool,
}

const MALFORMED: HashError = HashError::Malformed("scrypt");

impl ScryptHash {
    /// Parses passlib's format from `ln=` on.
    pub(crate) fn parse_passlib(text: &str) -> Result<Self, HashError> {
        let [parameters, salt, key] = parts(text.split('$'))?;
        let [log_n, r, p] = parts(parameters.split(','))?;
        let parameter = |text: &str, name| text.strip_prefix(name).and_then(decimal).ok_or(MALFORMED);
        let cost = (parameter(log_n, "ln=")?, parameter(r, "r=")?, parameter(p, "p=")?);
        Self::of(cost, base64::decode(salt), base64::decode(key), 32)
    }

    /// Parses Django's format from N on.
    pub(crate) fn parse_django(text: &str) -> Result<Self, HashError> {
        let [n, salt, r, p, key] = parts(text.split('$'))?;
        Self::of((log2(n)?, number(r)?, number(p)?), Some(salt.into()), base64::decode(key), 64)
    }

    /// Parses Werkzeug's format from N on.
    pub(crate) fn parse_werkzeug(text: &str) -> Result<Self, HashError> {
        let [parameters, salt, key] = parts(text.split('$'))?;
        let [n, r, p] = parts(parameters.split(':'))?;
        Self::of((log2(n)?, number(r)?, number(p)?), Some(salt.into()), base16ct::mixed::decode_vec(key).ok(), 64)
    }

    /// Parses Better Auth's format.
    pub(crate) fn parse_better_auth(text: &str) -> Result<Self, HashError> {
        let [salt, key] = parts(text.split(':'))?;
        let hash = Self::of((14, 16, 1), Some(salt.into()), base16ct::mixed::decode_vec(key).ok(), 64)?;
        Ok(Self { normalizes: true, ..hash })
    }

    fn of(
        (log_n, r, p): (u32, u32, u32),
        salt: Option<Vec<u8>>,
        key: Option<Vec<u8>>,
        key_bytes: usize,
    ) -> Result<Self, HashError> {
        let log_n = u8::try_from(log_n).ok().filter(|log_n| (1..64).contains(log_n)).ok_or(MALFORMED)?;
        Cost::Scrypt { log_n, r, p }.affordable()?;
        let parameters =
            Some(Parameters { log_n, r, p }).filter(|parameters| parameters.are_valid()).ok_or(MALFORMED)?;
        let key = key.filter(|key| key.len() == key_bytes).ok_or(MALFORMED)?;
        Ok(Self { parameters, salt: salt.ok_or(MALFORMED)?, key, normalizes: false })
    }

    pub(crate) fn cost(&self) -> Cost {
        let Parameters { log_n, r, p } = self.parameters;
        Cost::Scrypt { log_n, r, p }
    }

    /// Verifies a password, given as it was sent and in NFKC.
    pub(crate) fn verify(&self, password: &str, normalized: &str) -> Result<bool, NoMemory> {
        let password = if self.normalizes { normalized } else { password }.as_bytes();
        room::make(self.cost());
        self.compare(|key| derive(password, &self.salt, self.parameters, key))
    }

    /// Whether a key that `derive` writes, unless it lacks memory, is this hash's.
    fn compare(&self, derive: impl FnOnce(&mut [u8]) -> Option<()>) -> Result<bool, NoMemory> {
        let mut key = Zeroizing::new(vec![0; self.key.len()]);
        derive(&mut key).ok_or(NoMemory)?;
        Ok(key.ct_eq(&self.key).into())
    }
}

fn parts<'a, const N: usize>(parts: impl Iterator<Item = &'a str>) -> Result<[&'a str; N], HashError> {
    parts.collect::<Vec<_>>().try_into().map_err(|_| MALFORMED)
}

fn number(text: &str) -> Result<u32, HashError> {
    decimal(text).ok_or(MALFORMED)
}

fn log2(n: &str) -> Result<u32, HashError> {
    let n = number(n)?;
    if n.is_power_of_two() { Ok(n.trailing_zeros()) } else { Err(MALFORMED) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_memory_nothing_is_said_about_the_password() -> Result<(), HashError> {
        let hash = ScryptHash::parse_passlib(&format!("ln=4,r=8,p=1$OOY0GHo6SbXSlO44${}", base64::encode(&[0; 32])))?;
        assert_eq!(hash.compare(|_| None), Err(NoMemory));
        assert_eq!(hash.compare(|_| Some(())), Ok(true));
        assert_eq!(hash.verify("password", "password"), Ok(false));
        Ok(())
    }
}
