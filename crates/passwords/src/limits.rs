//! What a stored hash may cost at most. Verifying runs in a Workers isolate of 128 MiB, for one
//! request at a time, so one costly hash would hold up every other login of its shard.

use crate::{Cost, Digest, HashError};

/// Most memory a hash may ask for, in whole MiB: half of the isolate. passlib's scrypt asks for 64
/// MiB and 1 KiB.
pub const MEMORY_MIB: u64 = 64;

/// Longest stored hash that is looked at, in bytes. The formats need fewer than 250.
pub const STORED_BYTES: usize = 512;

/// Longest password that SHA-crypt hashes, in bytes: its work grows with the password. A longer
/// one matches no such hash.
pub const SHA_CRYPT_PASSWORD_BYTES: usize = 256;

impl Cost {
    /// Most work a hash of the same primitive may ask for: a few seconds in WebAssembly. The
    /// defaults of the libraries, which [`work`](Self::work) counts in the same unit, are in
    /// brackets.
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
            // N·r·p [Django 655,360; Better Auth and Werkzeug 262,144].
            Self::Scrypt { .. } => 4 * 1024 * 1024,
            // Rounds [passlib 656,000 and 535,000].
            Self::ShaCrypt { .. } => 1_000_000,
        }
    }

    /// The same cost, if it can be afforded.
    pub(crate) fn affordable(self) -> Result<Self, HashError> {
        let (primitive, mib) = (self.primitive(), self.memory_bytes() / (1024 * 1024));
        if mib > MEMORY_MIB {
            return Err(HashError::TooMuchMemory { primitive, mib });
        }
        if self.work() > self.most_work() {
            return Err(HashError::TooMuchWork { primitive, times: self.work().div_ceil(self.most_work()) });
        }
        Ok(self)
    }
}
