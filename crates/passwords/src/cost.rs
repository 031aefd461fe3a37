//! What verifying a hash costs.

use std::{fmt, str::FromStr};

/// What verifying a hash costs: the function that computes it, and its parameters.
///
/// Its string names it in variables and reports, and [`FromStr`] reads it back: `argon2id` for the
/// parameters of new hashes, otherwise `argon2id-m65536-t3-p4`; `bcrypt-12`; `pbkdf2-sha256-29000`;
/// `scrypt-ln14-r8-p1`; `sha512-crypt-5000`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cost {
    /// Argon2 (RFC 9106).
    Argon2 {
        /// The type.
        kind: Argon2Kind,
        /// Memory in KiB.
        memory_kib: u32,
        /// Passes over the memory.
        passes: u32,
        /// Lanes of the memory.
        lanes: u32,
    },
    /// bcrypt, of the password or of a digest of it.
    Bcrypt {
        /// The number of rounds is two to this power.
        cost: u32,
    },
    /// PBKDF2 (RFC 8018 §5.2) with HMAC. The output is as long as the digest.
    Pbkdf2 {
        /// The digest inside HMAC.
        digest: Digest,
        /// The iterations.
        iterations: u32,
    },
    /// scrypt (RFC 7914).
    Scrypt {
        /// N is two to this power.
        log_n: u8,
        /// The block size r.
        r: u32,
        /// The parallelization p, computed one after the other.
        p: u32,
    },
    /// SHA-crypt (<https://www.akkadia.org/drepper/SHA-crypt.txt>).
    ShaCrypt {
        /// SHA-256 or SHA-512.
        digest: Digest,
        /// The rounds.
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

/// A digest that old formats are built from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)]
pub enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

impl Cost {
    /// The cost of new hashes: OWASP's first choice for Argon2id in 19 MiB.
    pub const CURRENT: Self = Self::Argon2 { kind: Argon2Kind::Id, memory_kib: 19_456, passes: 2, lanes: 1 };

    /// The function's name. Among costs of one name, time is proportional to [`work`](Self::work).
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

    /// The amount of work, in the function's own unit: KiB filled, rounds, iterations, or
    /// blocks mixed (N·r·p).
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

    /// The memory that the function works in, in bytes.
    #[must_use]
    pub fn memory_bytes(self) -> u64 {
        match self {
            Self::Argon2 { memory_kib, .. } => 1024 * u64::from(memory_kib),
            Self::Bcrypt { .. } => 4168,
            Self::Scrypt { log_n, r, p } => {
                let input = u64::from(r).saturating_mul(p.into());
                scrypt_blocks(log_n, r).saturating_add(input).saturating_mul(128)
            }
            Self::Pbkdf2 { .. } | Self::ShaCrypt { .. } => 512,
        }
    }
}

/// N·r: blocks of 128 bytes.
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

/// The string does not name a cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not the name of a hashing cost")]
pub struct UnknownCost;

impl FromStr for Cost {
    type Err = UnknownCost;

    fn from_str(text: &str) -> Result<Self, UnknownCost> {
        cost(text).ok_or(UnknownCost)
    }
}

fn cost(text: &str) -> Option<Cost> {
    if text == "argon2id" {
        return Some(Cost::CURRENT);
    }
    let mut parts = text.split('-');
    let (name, parameters) = (parts.next()?, parts.collect::<Vec<_>>());
    match (name, parameters.as_slice()) {
        ("argon2d" | "argon2i" | "argon2id", [memory, passes, lanes]) => Some(Cost::Argon2 {
            kind: Argon2Kind::of(name)?,
            memory_kib: number(memory, "m")?,
            passes: number(passes, "t")?,
            lanes: number(lanes, "p")?,
        }),
        ("bcrypt", [cost]) => Some(Cost::Bcrypt { cost: number(cost, "")? }),
        ("pbkdf2", [digest, iterations]) => {
            Some(Cost::Pbkdf2 { digest: Digest::of(digest)?, iterations: number(iterations, "")? })
        }
        ("scrypt", [log_n, r, p]) => {
            Some(Cost::Scrypt { log_n: number(log_n, "ln")?.try_into().ok()?, r: number(r, "r")?, p: number(p, "p")? })
        }
        ("sha256" | "sha512", ["crypt", rounds]) => {
            Some(Cost::ShaCrypt { digest: Digest::of(name)?, rounds: number(rounds, "")? })
        }
        _ => None,
    }
}

fn number(text: &str, name: &str) -> Option<u32> {
    decimal(text.strip_prefix(name)?)
}

/// A number as all formats write it, in digits alone.
pub(crate) fn decimal(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

impl Argon2Kind {
    /// Reads [`name`](Self::name).
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
    /// Reads `sha1`, `sha256` or `sha512`.
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
