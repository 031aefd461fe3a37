use std::fmt;

use crate::{HashError, Password, argon2::Argon2Hash, bcrypt::BcryptHash, limits};

/// A password hash as a user table holds it, parsed and found affordable.
#[derive(Clone)]
pub struct StoredHash {
    text: String,
    scheme: Scheme,
}

#[derive(Clone)]
enum Scheme {
    Argon2(Argon2Hash),
    Bcrypt(BcryptHash),
}

/// What made a hash, as it is named in logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Argon2 of any type (RFC 9106): d, i or id.
    Argon2(::argon2::Algorithm),
    /// bcrypt, `$2a$`, `$2b$` or `$2y$`.
    Bcrypt,
}

impl Format {
    /// The format's usual name, such as `argon2id`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Argon2(algorithm) => algorithm.as_str(),
            Self::Bcrypt => "bcrypt",
        }
    }
}

impl StoredHash {
    /// Reads a PHC string (`$argon2id$…`) or a modular-crypt string (`$2b$…`).
    ///
    /// # Errors
    /// The string is of no known format, malformed, or over [`limits`].
    pub fn parse(text: &str) -> Result<Self, HashError> {
        if text.len() > limits::STORED_BYTES {
            return Err(HashError::UnknownFormat);
        }
        let scheme = match text.strip_prefix('$').and_then(|rest| rest.split('$').next()) {
            Some("argon2d" | "argon2i" | "argon2id") => Scheme::Argon2(Argon2Hash::parse(text)?),
            Some("2a" | "2b" | "2y") => Scheme::Bcrypt(BcryptHash::parse(text)?),
            _ => return Err(HashError::UnknownFormat),
        };
        Ok(Self { text: text.to_owned(), scheme })
    }

    /// The hash that stands in for one that isn't there or can't be used, so that refusing costs
    /// what verifying costs: Argon2id at the parameters new hashes get. No password matches it.
    #[must_use]
    pub fn dummy() -> Self {
        Self { text: crate::argon2::DUMMY.to_owned(), scheme: Scheme::Argon2(Argon2Hash::dummy()) }
    }

    /// The same in another format, so that it costs what most stored hashes cost: `argon2id`, or
    /// bcrypt with its cost as `bcrypt-12`. `None` for any other name.
    #[must_use]
    pub fn dummy_of(format: &str) -> Option<Self> {
        match format.split_once('-') {
            None if format == "argon2id" => Some(Self::dummy()),
            Some(("bcrypt", cost)) => Self::parse(&crate::bcrypt::dummy(cost)).ok(),
            _ => None,
        }
    }

    /// Whether this is the hash of `password`. Takes the same time for a right and a wrong one.
    #[must_use]
    pub fn verify(&self, password: &Password) -> bool {
        let password = password.expose().as_bytes();
        match &self.scheme {
            Scheme::Argon2(hash) => hash.verify(password),
            Scheme::Bcrypt(hash) => hash.verify(password),
        }
    }

    /// What made this hash.
    #[must_use]
    pub fn format(&self) -> Format {
        match &self.scheme {
            Scheme::Argon2(hash) => Format::Argon2(hash.algorithm),
            Scheme::Bcrypt(_) => Format::Bcrypt,
        }
    }

    /// The string it was parsed from.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for StoredHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StoredHash({}, redacted)", self.format().name())
    }
}
