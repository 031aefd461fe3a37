//! Describes what a hash costs: which function computes it, and with which parameters.

use std::{fmt, str::FromStr};

/// What it costs to verify a hash: the function that computes it, and the function's parameters.
///
/// Variables and reports use the string form, such as `bcrypt-12`, `pbkdf2-sha256-29000`,
/// `scrypt-ln14-r8-p1`, `sha512-crypt-5000` or `argon2id-m65536-t3-p4`. Argon2id with the parameters of
/// new hashes is just `argon2id`. [`FromStr`] parses the string form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cost {
    /// Argon2 (RFC 9106).
    Argon2 {
        /// The type of Argon2.
        kind: Argon2Kind,
        /// The memory in KiB.
        memory_kib: u32,
        /// The number of passes over the memory.
        passes: u32,
        /// The number of lanes in the memory.
        lanes: u32,
    },
    /// bcrypt, of the password or of a digest of it.
    Bcrypt {
        /// The base-2 logarithm of the number of rounds.
        cost: u32,
    },
    /// PBKDF2 (RFC 8018 §5.2) with HMAC. The output is as long as the digest.
    Pbkdf2 {
        /// The digest inside HMAC.
        digest: Digest,
        /// The number of iterations.
        iterations: u32,
    },
    /// scrypt (RFC 7914).
    Scrypt {
        /// The base-2 logarithm of N.
        log_n: u8,
        /// The block size r.
        r: u32,
        /// The parallelization p. The parts are computed one after another.
        p: u32,
    },
    /// SHA-crypt (<https://www.akkadia.org/drepper/SHA-crypt.txt>).
    ShaCrypt {
        /// Either SHA-256 or SHA-512.
        digest: Digest,
        /// The number of rounds.
        rounds: u32,
    },
}

/// A type of Argon2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Argon2Kind {
    D,
    I,
    Id,
}

/// A digest that older hash functions are built on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

impl Cost {
    /// What new hashes cost: the parameters that OWASP recommends first for Argon2id with 19 MiB.
    pub const CURRENT: Self = Self::Argon2 { kind: Argon2Kind::Id, memory_kib: 19_456, passes: 2, lanes: 1 };

    /// The function's name. If two costs have the same name, their times are proportional to their
    /// [`work`](Self::work).
    #[must_use]
    pub fn primitive(self) -> &'static str {
        match self {
            Self::Argon2 { .. } => "argon2",
            Self::Bcrypt { .. } => "bcrypt",
            Self::Pbkdf2 { digest: Digest::Sha1, .. } => "pbkdf2-sha1",
            Self::Pbkdf2 { digest: Digest::Sha256, .. } => "pbkdf2-sha256",
            Self::Pbkdf2 { digest: Digest::Sha512, .. } => "pbkdf2-sha512",
            Self::Scrypt { .. } => "scrypt",
            Self::ShaCrypt { digest: Digest::Sha512, .. } => "sha512-crypt",
            Self::ShaCrypt { .. } => "sha256-crypt",
        }
    }

    /// The amount of work in the function's own unit: KiB to fill, rounds, iterations, or blocks to mix
    /// (N·r·p).
    #[must_use]
    pub fn work(self) -> u64 {
        match self {
            Self::Argon2 { memory_kib, passes, .. } => u64::from(memory_kib).saturating_mul(passes.into()),
            Self::Bcrypt { cost } => 1u64.checked_shl(cost).unwrap_or(u64::MAX),
            Self::Pbkdf2 { iterations, .. } => iterations.into(),
            Self::Scrypt { log_n, r, p } => scrypt_blocks(log_n, r).saturating_mul(p.into()),
            Self::ShaCrypt { rounds, .. } => rounds.into(),
        }
    }

    /// The unit of [`work`](Self::work).
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Argon2 { .. } => "KiB to fill",
            Self::Bcrypt { .. } | Self::ShaCrypt { .. } => "rounds",
            Self::Pbkdf2 { .. } => "iterations",
            Self::Scrypt { .. } => "blocks to mix",
        }
    }

    /// The memory that the function uses, in bytes.
    #[must_use]
    pub fn memory_bytes(self) -> u64 {
        match self {
            Self::Argon2 { memory_kib, .. } => 1024 * u64::from(memory_kib),
            Self::Bcrypt { .. } => 4168,
            Self::Scrypt { log_n, r, p } => {
                // The lanes, and two copies of the one that is mixed.
                let lanes = u64::from(r).saturating_mul(u64::from(p).saturating_add(2));
                scrypt_blocks(log_n, r).saturating_add(lanes).saturating_mul(128)
            }
            Self::Pbkdf2 { .. } | Self::ShaCrypt { .. } => 512,
        }
    }
}

/// The number of 128-byte blocks in scrypt's array: N·r.
fn scrypt_blocks(log_n: u8, r: u32) -> u64 {
    1u64.checked_shl(log_n.into()).unwrap_or(u64::MAX).saturating_mul(r.into())
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::CURRENT => f.write_str("argon2id"),
            Self::Argon2 { kind, memory_kib, passes, lanes } => {
                write!(f, "{}-m{memory_kib}-t{passes}-p{lanes}", kind.name())
            }
            Self::Bcrypt { cost } => write!(f, "bcrypt-{cost:02}"),
            Self::Pbkdf2 { iterations, .. } => write!(f, "{}-{iterations}", self.primitive()),
            Self::Scrypt { log_n, r, p } => write!(f, "scrypt-ln{log_n}-r{r}-p{p}"),
            Self::ShaCrypt { rounds, .. } => write!(f, "{}-{rounds}", self.primitive()),
        }
    }
}

/// The error for a string that isn't the string form of any [`Cost`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no hashing cost has this name")]
pub struct UnknownCost;

impl FromStr for Cost {
    type Err = UnknownCost;

    fn from_str(text: &str) -> Result<Self, UnknownCost> {
        parse(text).ok_or(UnknownCost)
    }
}

/// Parses the string form of a cost.
fn parse(text: &str) -> Option<Cost> {
    if text == "argon2id" {
        return Some(Cost::CURRENT);
    }
    let mut parts = text.split('-');
    let (name, parameters) = (parts.next()?, parts.collect::<Vec<_>>());
    match (name, parameters.as_slice()) {
        ("argon2d" | "argon2i" | "argon2id", [memory, passes, lanes]) => Some(Cost::Argon2 {
            kind: Argon2Kind::of(name)?,
            memory_kib: parameter(memory, "m")?,
            passes: parameter(passes, "t")?,
            lanes: parameter(lanes, "p")?,
        }),
        ("bcrypt", [cost]) => Some(Cost::Bcrypt { cost: parameter(cost, "")? }),
        ("pbkdf2", [digest, iterations]) => {
            Some(Cost::Pbkdf2 { digest: Digest::of(digest)?, iterations: parameter(iterations, "")? })
        }
        ("scrypt", [log_n, r, p]) => Some(Cost::Scrypt {
            log_n: parameter(log_n, "ln")?.try_into().ok()?,
            r: parameter(r, "r")?,
            p: parameter(p, "p")?,
        }),
        ("sha256" | "sha512", ["crypt", rounds]) => {
            Some(Cost::ShaCrypt { digest: Digest::of(name)?, rounds: parameter(rounds, "")? })
        }
        _ => None,
    }
}

/// Parses a parameter such as `m65536`: its name, then a number.
fn parameter(text: &str, name: &str) -> Option<u32> {
    decimal(text.strip_prefix(name)?)
}

/// Parses a number as all formats write it: with digits only.
pub(crate) fn decimal(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

impl Argon2Kind {
    /// The type with this [`name`](Self::name).
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [Self::D, Self::I, Self::Id].into_iter().find(|kind| kind.name() == name)
    }

    /// The name in PHC strings, such as `argon2id`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::D => "argon2d",
            Self::I => "argon2i",
            Self::Id => "argon2id",
        }
    }
}

impl Digest {
    /// The digest named `sha1`, `sha256` or `sha512`.
    pub(crate) fn of(name: &str) -> Option<Self> {
        match name {
            "sha1" => Some(Self::Sha1),
            "sha256" => Some(Self::Sha256),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }

    /// The digest's length in bytes.
    pub(crate) fn bytes(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}
