//! Recognizes the format of a stored hash, and verifies passwords with the function that it names.

use std::fmt;

use crate::{
    Cost, Digest, Format, HashError, Nfkc, NoMemory, Password, argon2::Argon2Hash, bcrypt::BcryptHash, dummy, limits,
    pbkdf2::Pbkdf2Hash, scrypt::ScryptHash, sha_crypt::ShaCryptHash,
};

/// A password hash from a user table, parsed and within the [`limits`].
#[derive(Clone)]
pub struct StoredHash {
    text: String,
    format: Format,
    scheme: Scheme,
}

/// A parsed hash, by the function that computes it.
#[derive(Clone)]
enum Scheme {
    Argon2(Argon2Hash),
    Bcrypt(BcryptHash),
    Pbkdf2(Pbkdf2Hash),
    Scrypt(ScryptHash),
    ShaCrypt(ShaCryptHash),
}

impl StoredHash {
    /// Parses a hash of any [`Format`].
    ///
    /// # Errors
    /// The string has no known format, is malformed, marks a user without a password, or asks for more
    /// than the [`limits`] allow.
    pub fn parse(text: &str) -> Result<Self, HashError> {
        if text.len() > limits::STORED_BYTES {
            return Err(HashError::UnknownFormat);
        }
        let (format, scheme) = read(text)?;
        Ok(Self { text: text.to_owned(), format, scheme })
    }

    /// Hashes the whole password with Argon2id at [`Cost::CURRENT`], as for every new hash. The salt has
    /// to be random. Returns `None` if there is not enough memory.
    #[must_use]
    pub fn create(password: &Password, salt: [u8; 16]) -> Option<Self> {
        Argon2Hash::create(password.expose().as_bytes(), &salt).map(Self::of_argon2)
    }

    /// A dummy hash for logins where no hash exists or the hash can't be used. Verifying against it makes
    /// a refusal cost as much as a real verification. It has the function and the parameters of new
    /// hashes: Argon2id at [`Cost::CURRENT`]. No password matches it.
    #[must_use]
    pub fn dummy() -> Self {
        Self::of_argon2(Argon2Hash::dummy())
    }

    fn of_argon2((text, hash): (String, Argon2Hash)) -> Self {
        Self { text, format: Format::Argon2(hash.kind), scheme: Scheme::Argon2(hash) }
    }

    /// A dummy hash of another cost, given in the cost's string form, for tables where most hashes have
    /// that cost. Returns `None` if no hash can have this cost.
    #[must_use]
    pub fn dummy_of(cost: &str) -> Option<Self> {
        Self::parse(&dummy::string(cost.parse().ok()?)).ok()
    }

    /// Whether this is the hash of `password`. A wrong password takes as long as the right one.
    ///
    /// The password is converted to NFKC for every format, though only one needs it. Passwords can be
    /// made for which the conversion takes long, and nobody should learn from them which hash there is.
    ///
    /// # Errors
    /// [`NoMemory`] if there is not enough memory to find out.
    pub fn verify(&self, password: &Password, nfkc: Nfkc) -> Result<bool, NoMemory> {
        let password = password.expose();
        // ASCII strings are in NFKC already.
        let normalized = (!password.is_ascii()).then(|| nfkc(password));
        match &self.scheme {
            Scheme::Argon2(hash) => hash.verify(password.as_bytes()),
            Scheme::Bcrypt(hash) => Ok(hash.verify(password.as_bytes())),
            Scheme::Pbkdf2(hash) => Ok(hash.verify(password.as_bytes())),
            Scheme::Scrypt(hash) => {
                let normalized = normalized.as_ref().map_or(password, |normalized| normalized.as_str());
                hash.verify(password, normalized)
            }
            Scheme::ShaCrypt(hash) => Ok(hash.verify(password.as_bytes())),
        }
    }

    /// Whether a new hash would be created with the same format and parameters. If not, the hash should
    /// be replaced the next time its password is known.
    #[must_use]
    pub fn is_current(&self) -> bool {
        matches!(&self.scheme, Scheme::Argon2(hash) if hash.is_current(&self.text))
    }

    /// The format of this hash.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// What it costs to verify this hash.
    #[must_use]
    pub fn cost(&self) -> Cost {
        match &self.scheme {
            Scheme::Argon2(hash) => hash.cost(),
            Scheme::Bcrypt(hash) => hash.cost(),
            Scheme::Pbkdf2(hash) => hash.cost(),
            Scheme::Scrypt(hash) => hash.cost(),
            Scheme::ShaCrypt(hash) => hash.cost(),
        }
    }

    /// The hash as a string.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }
}

/// Recognizes the format by its prefix and parses the rest.
fn read(text: &str) -> Result<(Format, Scheme), HashError> {
    if text.starts_with(['!', '*']) {
        return Err(HashError::NoPassword);
    }
    if is_better_auth(text) {
        return Ok((Format::BetterAuthScrypt, Scheme::Scrypt(ScryptHash::parse_better_auth(text)?)));
    }
    if let Some(rest) = text.strip_prefix("pbkdf2:") {
        let hash = Pbkdf2Hash::parse_werkzeug(rest)?;
        return Ok((Format::WerkzeugPbkdf2(hash.digest), Scheme::Pbkdf2(hash)));
    }
    if let Some(rest) = text.strip_prefix("scrypt:") {
        return Ok((Format::WerkzeugScrypt, Scheme::Scrypt(ScryptHash::parse_werkzeug(rest)?)));
    }
    if let Some(unprefixed) = text.strip_prefix('$') {
        let (name, rest) = unprefixed.split_once('$').ok_or(HashError::UnknownFormat)?;
        return read_crypt(text, name, rest);
    }
    let (name, rest) = text.split_once('$').ok_or(HashError::UnknownFormat)?;
    read_django(name, rest)
}

/// Parses PHC strings and modular-crypt strings: `$name$rest`.
fn read_crypt(text: &str, name: &str, rest: &str) -> Result<(Format, Scheme), HashError> {
    let pbkdf2 = |digest| Ok((Format::Pbkdf2(digest), Scheme::Pbkdf2(Pbkdf2Hash::parse_passlib(digest, rest)?)));
    match name {
        "argon2d" | "argon2i" | "argon2id" => {
            let hash = Argon2Hash::parse(text)?;
            Ok((Format::Argon2(hash.kind), Scheme::Argon2(hash)))
        }
        "2a" | "2b" | "2y" => Ok((Format::Bcrypt, Scheme::Bcrypt(BcryptHash::parse(text)?))),
        "bcrypt-sha256" => Ok((Format::BcryptSha256, Scheme::Bcrypt(BcryptHash::parse_passlib_sha256(rest)?))),
        "pbkdf2" => pbkdf2(Digest::Sha1),
        "pbkdf2-sha256" => pbkdf2(Digest::Sha256),
        "pbkdf2-sha512" => pbkdf2(Digest::Sha512),
        "scrypt" => Ok((Format::Scrypt, Scheme::Scrypt(ScryptHash::parse_passlib(rest)?))),
        "5" => Ok((Format::Sha256Crypt, Scheme::ShaCrypt(ShaCryptHash::parse(Digest::Sha256, rest)?))),
        "6" => Ok((Format::Sha512Crypt, Scheme::ShaCrypt(ShaCryptHash::parse(Digest::Sha512, rest)?))),
        _ => Err(HashError::UnknownFormat),
    }
}

/// Parses Django's formats: `name$rest`.
fn read_django(name: &str, rest: &str) -> Result<(Format, Scheme), HashError> {
    let pbkdf2 = |digest| Ok((Format::DjangoPbkdf2(digest), Scheme::Pbkdf2(Pbkdf2Hash::parse_django(digest, rest)?)));
    match name {
        "argon2" => Ok((Format::DjangoArgon2, Scheme::Argon2(Argon2Hash::parse(&format!("${rest}"))?))),
        "bcrypt" => Ok((Format::DjangoBcrypt, Scheme::Bcrypt(BcryptHash::parse(rest)?))),
        "bcrypt_sha256" => Ok((Format::DjangoBcryptSha256, Scheme::Bcrypt(BcryptHash::parse_django_sha256(rest)?))),
        "pbkdf2_sha1" => pbkdf2(Digest::Sha1),
        "pbkdf2_sha256" => pbkdf2(Digest::Sha256),
        // Django doesn't include this hasher, but it is the one that applications add most often.
        "pbkdf2_sha512" => pbkdf2(Digest::Sha512),
        "scrypt" => Ok((Format::DjangoScrypt, Scheme::Scrypt(ScryptHash::parse_django(rest)?))),
        _ => Err(HashError::UnknownFormat),
    }
}

/// Whether a string has Better Auth's format. The format has no prefix: it is 16 bytes of salt and 64
/// bytes of key, in hex.
fn is_better_auth(text: &str) -> bool {
    let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    text.split_once(':').is_some_and(|(salt, key)| salt.len() == 32 && key.len() == 128 && is_hex(salt) && is_hex(key))
}

impl fmt::Debug for StoredHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoredHash({}, redacted)", self.format().name())
    }
}
