//! What a stored hash may cost at most. Verifying runs in a Workers isolate of 128 MiB, for one
//! request at a time, so one costly hash would hold up every other login of its shard.

/// Most memory an Argon2 hash may ask for, in KiB: half of the isolate.
pub const ARGON2_MEMORY_KIB: u32 = 64 * 1024;

/// Most Argon2 work: memory in KiB times passes. 2 GiB of passes take about 1.5 s in WebAssembly;
/// the default (19,456 KiB, 2 passes) is a fiftieth of it.
pub const ARGON2_KIB_PASSES: u64 = 2 * 1024 * 1024;

/// Highest bcrypt cost: 2^15 rounds take about 2 s in WebAssembly.
pub const BCRYPT_COST: u32 = 15;

/// Longest stored hash that is looked at, in bytes. The formats need fewer than 200.
pub const STORED_BYTES: usize = 512;
