//! Limits what a stored hash may cost. Hashes are verified in a Workers isolate with 128 MiB of memory,
//! one request at a time, so a single costly hash would delay every other login in its shard.

use crate::{Cost, Digest};

/// The most memory that a hash may ask for, in MiB: half of what the isolate has.
pub const MEMORY_MIB: u64 = 64;

/// The length of the longest stored hash that is parsed, in bytes. passlib's longest salt alone has
/// 1,024 bytes before it is encoded in Base64.
pub const STORED_BYTES: usize = 2048;

/// The number of bytes in a MiB.
pub(crate) const MIB: u64 = 1024 * 1024;

/// The most rounds that a SHA-crypt hash may ask for.
const SHA_CRYPT_ROUNDS: u32 = 1_000_000;

/// The length of the longest password, in bytes, that may match a SHA-crypt hash with this many rounds.
///
/// Every round reads the whole password, so more rounds mean a shorter limit: 256 bytes at the maximum
/// number of rounds, 390 at passlib's 656,000, and 4,096 at 62,500 or fewer. A longer password never
/// matches.
#[must_use]
pub fn sha_crypt_password_bytes(rounds: u32) -> usize {
    (256 * SHA_CRYPT_ROUNDS).checked_div(rounds).map_or(0, |bytes| bytes.min(4096) as usize)
}

impl Cost {
    /// The most memory that a hash of the same primitive may use, in bytes. scrypt may use a little
    /// more than the others because it keeps its input beside its array: with passlib's default
    /// parameters, the input takes 1 KiB and the array takes 64 MiB.
    #[must_use]
    pub fn most_memory_bytes(self) -> u64 {
        let beside = u64::from(matches!(self, Self::Scrypt { .. }));
        (MEMORY_MIB + beside) * MIB
    }

    /// The most work that a hash of the same primitive may ask for, in the unit of
    /// [`work`](Self::work). It takes about three seconds in WebAssembly with the longest password.
    #[must_use]
    pub fn most_work(self) -> u64 {
        // The brackets contain the libraries' defaults in the same unit.
        match self {
            // KiB times passes [passlib 196,608; this crate 38,912].
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
    pub(crate) fn is_affordable(self) -> bool {
        self.memory_bytes() <= self.most_memory_bytes() && self.work() <= self.most_work()
    }
}
