//! Argon2 (RFC 9106) at native speed in WebAssembly, in memory that is kept.
//!
//! It computes what the `argon2` crate computes, whose parameters and errors it takes: tests hold
//! the two equal. Filling the memory is nearly all the CPU a login costs, and is where compilers
//! lose most: LLVM turns 32-bit multiplications into 64-bit ones, and arrays in loops into copies that
//! V8 makes outside of WebAssembly.
//!
//! - `hash`: the input and the output, with Blake2b;
//! - `fill`: which block is made of which others;
//! - `block`: one block made of two; a pair of its words is a vector on wasm32, two numbers elsewhere;
//! - `memory`: the blocks, kept from one hash to the next.
//!
//! Blocks lie one after another, a lane after the other, each as 64 vectors of two words, so that a row
//! of RFC 9106's matrix is eight neighbours, and a column every eighth. Why it is written as it is,
//! with what each step gained, is in `docs/decisions/0009-argon2-kernel.md`; how it compares in
//! `bench/README.md`.

// Every index is a constant, or a remainder of the array's length.
#![allow(clippy::indexing_slicing)]
// The names of RFC 9106.
#![allow(clippy::many_single_char_names)]

mod block;
mod fill;
mod hash;
mod memory;

pub use hash::Argon2;
pub use memory::keep;
