//! Argon2 (RFC 9106) at native speed in WebAssembly, in memory that is reused from hash to hash.
//!
//! The kernel computes the same tags as the `argon2` crate and uses that crate's parameters and
//! errors. Tests compare the two. Filling the memory takes nearly all the CPU time of a login, and
//! compilers do poorly at exactly this part: LLVM turns 32-bit multiplications into 64-bit ones, and
//! it turns arrays in loops into copies that V8 performs outside of WebAssembly.
//!
//! - `hash` turns the inputs into the first blocks and the final block into the tag, with Blake2b.
//! - `fill` decides which two blocks each block is computed from.
//! - `block` computes one block from two. A pair of words is a vector on wasm32 and two integers on
//!   every other target.
//! - `memory` allocates the blocks and keeps them from one hash to the next.
//!
//! The memory is a list of blocks, one lane after another. A block is 64 pairs of words: a row of
//! RFC 9106's matrix is eight consecutive pairs, and a column is every eighth pair.
//! `docs/decisions/0009-argon2-kernel.md` explains the design and what each step gained;
//! `bench/README.md` compares the speed with other implementations.

// Every index is either a constant or taken modulo the array's length.
#![allow(clippy::indexing_slicing)]
// RFC 9106 uses these names.
#![allow(clippy::many_single_char_names)]

mod block;
mod fill;
mod hash;
mod memory;

pub use hash::Argon2;
pub use memory::keep;
