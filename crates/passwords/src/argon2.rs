//! Argon2 (RFC 9106) in PHC string form: `$argon2id$v=19$m=19456,t=2,p=1$salt$tag`.

use argon2::{
    Algorithm, Argon2, MIN_SALT_LEN, Params, Version,
    password_hash::{PasswordHash, Salt},
};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{HashError, limits};

#[derive(Clone)]
pub(crate) struct Argon2Hash {
    pub(crate) algorithm: Algorithm,
    argon2: Argon2<'static>,
    salt: Vec<u8>,
    tag: Vec<u8>,
}

impl Argon2Hash {
    pub(crate) fn parse(text: &str) -> Result<Self, HashError> {
        let malformed = HashError::Malformed("argon2");
        let hash = PasswordHash::new(text).map_err(|_| malformed)?;
        let algorithm = Algorithm::try_from(hash.algorithm).map_err(|_| malformed)?;
        // A string without `v=` is of Argon2 1.0 (version 16), from before it was written down.
        let version = hash.version.unwrap_or(Version::V0x10.into());
        let version = Version::try_from(version).map_err(|_| malformed)?;
        // More lanes than the memory has room for are refused anyway; many more overflow on the way.
        if hash.params.get_decimal("p").is_some_and(|lanes| lanes > limits::ARGON2_MEMORY_KIB / 8) {
            return Err(HashError::TooCostly("argon2"));
        }
        let params = Params::try_from(&hash).map_err(|_| malformed)?;
        let (Some(salt), Some(tag)) = (hash.salt, hash.hash) else { return Err(malformed) };
        let mut buffer = [0; Salt::MAX_LENGTH];
        let salt = salt.decode_b64(&mut buffer).map_err(|_| malformed)?;
        if salt.len() < MIN_SALT_LEN {
            return Err(malformed);
        }

        let work = u64::from(params.m_cost()) * u64::from(params.t_cost());
        if params.m_cost() > limits::ARGON2_MEMORY_KIB || work > limits::ARGON2_KIB_PASSES {
            return Err(HashError::TooCostly("argon2"));
        }
        Ok(Self {
            algorithm,
            argon2: Argon2::new(algorithm, version, params),
            salt: salt.to_owned(),
            tag: tag.as_bytes().to_owned(),
        })
    }

    /// Argon2id at today's parameters with a tag that was drawn at random: no password is known
    /// to give it.
    pub(crate) fn dummy() -> Self {
        Self {
            algorithm: Algorithm::Argon2id,
            argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT),
            salt: DUMMY_SALT.to_vec(),
            tag: DUMMY_TAG.to_vec(),
        }
    }

    pub(crate) fn verify(&self, password: &[u8]) -> bool {
        let mut tag = Zeroizing::new(vec![0; self.tag.len()]);
        self.argon2.hash_password_into(password, &self.salt, &mut tag).is_ok() && bool::from(tag.ct_eq(&self.tag))
    }
}

const DUMMY_SALT: &[u8] =
    &[0x82, 0xd7, 0x15, 0x1d, 0x7b, 0xb4, 0xdd, 0xd1, 0x25, 0xfa, 0xd3, 0x00, 0xe3, 0x98, 0x2a, 0x45];
const DUMMY_TAG: &[u8] = &[
    0x0e, 0x3f, 0x12, 0x85, 0x5e, 0x61, 0xf7, 0xf1, 0xf1, 0x3e, 0x58, 0x90, 0xd2, 0x73, 0x9c, 0x42, 0x60, 0x65, 0x67,
    0xe0, 0x18, 0x62, 0xaf, 0x53, 0x2d, 0x6c, 0xa2, 0x53, 0xad, 0x22, 0xf2, 0x49,
];
pub(crate) const DUMMY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$gtcVHXu03dEl+tMA45gqRQ$Dj8ShV5h9/HxPliQ0nOcQmBlZ+AYYq9TLWyiU60i8kk";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dummy_is_what_its_text_says() -> Result<(), HashError> {
        let (parsed, dummy) = (&Argon2Hash::parse(DUMMY)?, &Argon2Hash::dummy());
        assert_eq!((&parsed.salt, &parsed.tag), (&dummy.salt, &dummy.tag));
        assert_eq!(parsed.algorithm, dummy.algorithm);
        let cost = |hash: &Argon2Hash| {
            let params = hash.argon2.params();
            (params.m_cost(), params.t_cost(), params.p_cost())
        };
        assert_eq!(cost(parsed), cost(dummy));
        Ok(())
    }
}
