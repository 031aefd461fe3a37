//! What a stored hash may cost at most. Verifying runs in a Workers isolate of 128 MiB, for one
//! request at a time, so one costly hash would hold up every other login of its shard.

use crate::{Cost, Digest, HashError};

/// The most memory that a hash may ask for, in MiB: half of the isolate.
pub const MEMORY_MIB: u64 = 64;

/// The longest stored hash that is parsed, in bytes. passlib's longest salt has 1,024 bytes, in Base64.
pub const STORED_BYTES: usize = 2048;

pub(crate) const MIB: u64 = 1024 * 1024;

const SHA_CRYPT_ROUNDS: u32 = 1_000_000;

/// The longest password that SHA-crypt hashes at so many rounds, in bytes, because every round reads
/// all of it: 256 at the most rounds, 390 at passlib's 656,000, 4,096 at 62,500 and fewer. A longer
/// password matches no such hash.
#[must_use]
pub fn sha_crypt_password_bytes(rounds: u32) -> usize {
    (256 * SHA_CRYPT_ROUNDS).checked_div(rounds).map_or(0, |bytes| bytes.min(4096) as usize)
}

impl Cost {
    /// The most memory that a hash of the same primitive may work in, in bytes. scrypt keeps its input
    /// beside its array: at passlib's default they take 1 KiB and 64 MiB.
    #[must_use]
    pub fn most_memory_bytes(self) -> u64 {
        let beside = u64::from(matches!(self, Self::Scrypt { .. }));
        (MEMORY_MIB + beside) * MIB
    }

    /// The most work that a hash of the same primitive may ask for: about three seconds in WebAssembly, with
    /// the longest password. The defaults of the libraries, which [`work`](Self::work) counts in
    /// the same unit, are in brackets.
    #[must_use]
    pub fn most_work(self) -> u64 {
        match self {
            // KiB times passes [passlib 196,608; here 38,912].
            Self::Argon2 { .. } => 2 * 1024 * 1024,
            // Rounds [4,096].
            Self::Bcrypt { .. } => 1 << 15,
            // Iterations [Django 1,500,000 of SHA-256].
            Self::Pbkdf2 { digest: Digest::Sha1 | Digest::Sha256, .. } => 4_000_000,
            Self::Pbkdf2 { digest: Digest::Sha512, .. } => 3_000_000,
            // N·r·p [Django 655,360; passlib 524,288; Better Auth and Werkzeug 262,144].
            Self::Scrypt { .. } => 4 * 1024 * 1024,
            // Rounds [passlib 656,000 and 535,000].
            Self::ShaCrypt { .. } => SHA_CRYPT_ROUNDS.into(),
        }
    }

    /// Whether a hash of this cost may be verified.
    pub(crate) fn affordable(self) -> Result<(), HashError> {
        if self.memory_bytes() > self.most_memory_bytes() || self.work() > self.most_work() {
            return Err(HashError::TooCostly { cost: self });
        }
        Ok(())
    }
}
