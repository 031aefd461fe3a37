//! Argon2 (RFC 9106), written for WebAssembly, in memory that is kept between hashes.
//!
//! This crate computes the same tags as the crate `argon2`, and uses that crate's parameters and errors.
//! Tests compare the two. Filling the memory is nearly all the CPU that a login costs, and it is where
//! compilers lose most: LLVM turns 32-bit multiplications into 64-bit ones, and turns arrays in loops
//! into copies that V8 makes outside of WebAssembly.
//!
//! - `hash`: the input and the output, with Blake2b;
//! - `fill`: which block is computed from which others;
//! - `block`: the compression function; a pair of words is a vector on wasm32, two numbers elsewhere;
//! - `memory`: the blocks, which are kept from one hash to the next.
//!
//! The blocks lie one after another, lane by lane, each as 64 vectors of two words. A row of RFC 9106's
//! matrix is eight neighbouring vectors, and a column is every eighth vector. The reasons for the way
//! the code is written, with what each step gained, are in `docs/decisions/0009-argon2-kernel.md`.
//! Comparisons are in `bench/README.md`.

// Every index is a constant, or a remainder modulo the array's length.
#![allow(clippy::indexing_slicing)]
// The names of RFC 9106.
#![allow(clippy::many_single_char_names)]

mod block;
mod fill;
mod hash;
mod memory;

pub use hash::Argon2;
pub use memory::keep;
