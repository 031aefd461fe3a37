//! Argon2 (RFC 9106) at native speed in WebAssembly, in memory that is allocated once.
//!
//! It computes what the `argon2` crate computes, whose parameters and errors it takes: tests hold
//! the two equal. Filling the memory is nearly all the CPU a login costs, and compilers don't do
//! well with it: LLVM's WebAssembly has no 32-bit multiplication of half the lanes, and V8 doesn't
//! reorder what it is given.
//!
//! - `hash`: the input and the output, with Blake2b;
//! - `fill`: which block is made of which others;
//! - `block`: one block made of two, with SIMD on wasm32 and plainly elsewhere;
//! - `memory`: the blocks, kept from one hash to the next.
//!
//! What was measured, and what it was compared with, is in `bench/README.md`.

// Every index is a constant, or a remainder of the array's length.
#![allow(clippy::indexing_slicing)]
// The names of RFC 9106.
#![allow(clippy::many_single_char_names)]

mod block;
mod fill;
mod hash;
mod memory;

pub use hash::Argon2;
