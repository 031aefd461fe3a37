//! Argon2 (RFC 9106) in PHC string form: `$argon2id$v=19$m=19456,t=2,p=1$salt$tag`.

use argon2::{Algorithm, MIN_SALT_LEN, Params, Version};
use argon2_kernel::Argon2;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{Argon2Kind, Cost, HashError, NoMemory, base64, cost::decimal, room};

#[derive(Clone)]
pub(crate) struct Argon2Hash {
    pub(crate) kind: Argon2Kind,
    argon2: Argon2<'static>,
    salt: Vec<u8>,
    tag: Vec<u8>,
}

const MALFORMED: HashError = HashError::Malformed("argon2");
/// The length of new tags.
const TAG_BYTES: usize = 32;
/// The length of new salts.
const SALT_BYTES: usize = 16;

impl Argon2Hash {
    pub(crate) fn parse(text: &str) -> Result<Self, HashError> {
        let (kind, version, parameters, salt, tag) = match *text.split('$').collect::<Vec<_>>().as_slice() {
            ["", kind, "v=19", parameters, salt, tag] => (kind, Version::V0x13, parameters, salt, tag),
            // A hash without `v=` is from Argon2 1.0, before hashes stated the version.
            ["", kind, "v=16", parameters, salt, tag] | ["", kind, parameters, salt, tag] => {
                (kind, Version::V0x10, parameters, salt, tag)
            }
            _ => return Err(MALFORMED),
        };
        let kind = Argon2Kind::of(kind).ok_or(MALFORMED)?;
        let [memory, passes, lanes] = *parameters.split(',').collect::<Vec<_>>().as_slice() else {
            return Err(MALFORMED);
        };
        let parameter = |text: &str, name| text.strip_prefix(name).and_then(decimal).ok_or(MALFORMED);
        let (memory_kib, passes, lanes) = (parameter(memory, "m=")?, parameter(passes, "t=")?, parameter(lanes, "p=")?);
        Cost::Argon2 { kind, memory_kib, passes, lanes }.affordable()?;
        // The memory must have room for all lanes. `Params::new` would overflow for very large numbers.
        if lanes > memory_kib / 8 {
            return Err(MALFORMED);
        }
        let salt = base64::decode(salt).filter(|salt| salt.len() >= MIN_SALT_LEN).ok_or(MALFORMED)?;
        let tag = base64::decode(tag).ok_or(MALFORMED)?;
        let params = Params::new(memory_kib, passes, lanes, Some(tag.len())).map_err(|_| MALFORMED)?;
        Ok(Self { kind, argon2: Argon2::new(algorithm(kind), version, params), salt, tag })
    }

    pub(crate) fn cost(&self) -> Cost {
        let params = self.argon2.params();
        Cost::Argon2 { kind: self.kind, memory_kib: params.m_cost(), passes: params.t_cost(), lanes: params.p_cost() }
    }

    /// Whether a new hash would be created with the same parameters.
    pub(crate) fn is_current(&self, text: &str) -> bool {
        self.cost() == Cost::CURRENT
            && text.starts_with("$argon2id$v=19$")
            && self.salt.len() >= SALT_BYTES
            && self.tag.len() == TAG_BYTES
    }

    pub(crate) fn verify(&self, password: &[u8]) -> Result<bool, NoMemory> {
        room::make(self.cost());
        self.compare(|tag| self.argon2.hash_password_into(password, &self.salt, tag))
    }

    /// Compares the tag with the one that `hash` writes. What `hash` may need was checked while the hash
    /// was parsed, so it fails only without memory.
    fn compare(&self, hash: impl Fn(&mut [u8]) -> Result<(), argon2::Error>) -> Result<bool, NoMemory> {
        let mut tag = Zeroizing::new(vec![0; self.tag.len()]);
        hash(&mut tag).map_err(|_| NoMemory)?;
        Ok(tag.ct_eq(&self.tag).into())
    }

    /// Creates a new hash. Returns its string and the parsed hash, or `None` if there is not enough memory.
    pub(crate) fn create(password: &[u8], salt: &[u8; SALT_BYTES]) -> Option<(String, Self)> {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
        let mut tag = vec![0; TAG_BYTES];
        argon2.hash_password_into(password, salt, &mut tag).ok()?;
        let text = format!("$argon2id$v=19$m=19456,t=2,p=1${}${}", base64::encode(salt), base64::encode(&tag));
        Some((text, Self { kind: Argon2Kind::Id, argon2, salt: salt.to_vec(), tag }))
    }

    /// The string and the parsed hash of `StoredHash::dummy`.
    pub(crate) fn dummy() -> (String, Self) {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
        let hash = Self { kind: Argon2Kind::Id, argon2, salt: DUMMY_SALT.to_vec(), tag: DUMMY_TAG.to_vec() };
        (DUMMY.to_owned(), hash)
    }
}

fn algorithm(kind: Argon2Kind) -> Algorithm {
    match kind {
        Argon2Kind::D => Algorithm::Argon2d,
        Argon2Kind::I => Algorithm::Argon2i,
        Argon2Kind::Id => Algorithm::Argon2id,
    }
}

/// The salt in [`DUMMY`].
const DUMMY_SALT: &[u8] =
    &[0x82, 0xd7, 0x15, 0x1d, 0x7b, 0xb4, 0xdd, 0xd1, 0x25, 0xfa, 0xd3, 0x00, 0xe3, 0x98, 0x2a, 0x45];
/// The tag in [`DUMMY`].
const DUMMY_TAG: &[u8] = &[
    0x0e, 0x3f, 0x12, 0x85, 0x5e, 0x61, 0xf7, 0xf1, 0xf1, 0x3e, 0x58, 0x90, 0xd2, 0x73, 0x9c, 0x42, 0x60, 0x65, 0x67,
    0xe0, 0x18, 0x62, 0xaf, 0x53, 0x2d, 0x6c, 0xa2, 0x53, 0xad, 0x22, 0xf2, 0x49,
];
/// A hash that no password is known to match.
const DUMMY: &str = "$argon2id$v=19$m=19456,t=2,p=1$gtcVHXu03dEl+tMA45gqRQ$Dj8ShV5h9/HxPliQ0nOcQmBlZ+AYYq9TLWyiU60i8kk";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_memory_nothing_is_said_about_the_password() {
        let (_, dummy) = Argon2Hash::dummy();
        assert_eq!(dummy.compare(|_| Err(argon2::Error::MemoryTooMuch)), Err(NoMemory));
        assert_eq!(dummy.compare(|_| Ok(())), Ok(false));
    }

    #[test]
    fn the_dummy_is_what_its_text_says() -> Result<(), HashError> {
        let (text, dummy) = Argon2Hash::dummy();
        let parsed = Argon2Hash::parse(&text)?;
        assert_eq!((&parsed.salt, &parsed.tag), (&dummy.salt, &dummy.tag));
        assert_eq!((parsed.kind, parsed.cost()), (dummy.kind, dummy.cost()));
        assert!(dummy.is_current(&text) && dummy.cost() == Cost::CURRENT);
        Ok(())
    }
}
