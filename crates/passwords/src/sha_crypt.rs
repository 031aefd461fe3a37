//! SHA-crypt as Unix and passlib write it: `$6$rounds=656000$salt$digest` for SHA-512, and `$5$` instead
//! of `$6$` for SHA-256. A hash without `rounds=` has 5,000 rounds
//! (<https://www.akkadia.org/drepper/SHA-crypt.txt>).

use ::sha_crypt::{ROUNDS_DEFAULT, Sha256Params, Sha512Params, sha256_crypt_b64, sha512_crypt_b64};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{Cost, Digest, HashError, cost::decimal, limits};

#[derive(Clone)]
pub(crate) struct ShaCryptHash {
    digest: Digest,
    rounds: u32,
    salt: String,
    /// The digest in SHA-crypt's own Base64.
    output: String,
}

const MALFORMED: HashError = HashError::Malformed("sha_crypt");

impl ShaCryptHash {
    /// Parses a hash from `rounds=` on, or from the salt on if there is no `rounds=`.
    pub(crate) fn parse(digest: Digest, text: &str) -> Result<Self, HashError> {
        let parts: Vec<&str> = text.split('$').collect();
        let (rounds, salt, output) = match *parts.as_slice() {
            [salt, output] => (u32::try_from(ROUNDS_DEFAULT).ok(), salt, output),
            [rounds, salt, output] => (rounds.strip_prefix("rounds=").and_then(decimal), salt, output),
            _ => return Err(MALFORMED),
        };
        let rounds = rounds.filter(|rounds| (1000..=999_999_999).contains(rounds)).ok_or(MALFORMED)?;
        Cost::ShaCrypt { digest, rounds }.affordable()?;
        let length = if digest == Digest::Sha512 { 86 } else { 43 };
        if salt.len() > 16 || output.len() != length {
            return Err(MALFORMED);
        }
        Ok(Self { digest, rounds, salt: salt.to_owned(), output: output.to_owned() })
    }

    pub(crate) fn cost(&self) -> Cost {
        Cost::ShaCrypt { digest: self.digest, rounds: self.rounds }
    }

    pub(crate) fn verify(&self, password: &[u8]) -> bool {
        let start = password.get(..limits::sha_crypt_password_bytes(self.rounds)).unwrap_or(password);
        let (rounds, salt) = (self.rounds as usize, self.salt.as_bytes());
        let output = match self.digest {
            Digest::Sha512 => Sha512Params::new(rounds).and_then(|params| sha512_crypt_b64(start, salt, &params)),
            _ => Sha256Params::new(rounds).and_then(|params| sha256_crypt_b64(start, salt, &params)),
        };
        let matches = output.is_ok_and(|output| Zeroizing::new(output).as_bytes().ct_eq(self.output.as_bytes()).into());
        matches & (start.len() == password.len())
    }
}
