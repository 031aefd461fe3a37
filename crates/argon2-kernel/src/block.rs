//! The compression function G, which computes one block from two (RFC 9106 §3.5).
//!
//! A block is a matrix of 8 × 8 pairs of words. G applies the permutation P to each row of pairs and
//! then to each column. Each step of P depends on the step before it, so two rows or columns (sixteen
//! pairs) are processed at the same time to keep the CPU busy. Compilers don't keep the instructions in
//! that order, so the build of the Worker replaces `compress` with one that `tooling/kernel.mjs` writes,
//! and checks that both compute the same blocks.

#[cfg(not(target_arch = "wasm32"))]
#[path = "block/words.rs"]
mod pair;
#[cfg(target_arch = "wasm32")]
#[path = "block/simd128.rs"]
mod pair;

use std::hint::black_box;

use pair::{Constants, Pair, across, multiply_add, new, right_16, right_24, right_32, right_63, words, xor};
use zeroize::Zeroize;

/// The number of words in a block.
pub(crate) const WORDS: usize = 128;
/// The number of pairs in a row or column.
const SIDE: usize = 8;

/// A block: 1 KiB of Argon2's memory.
#[derive(Clone, Copy)]
pub(crate) struct Block([Pair; SIDE * SIDE]);

impl Block {
    pub(crate) const ZERO: Self = Self([new([0, 0]); SIDE * SIDE]);

    pub(crate) fn from_words(from: &[u64; WORDS]) -> Self {
        let mut block = Self::ZERO;
        block.0.iter_mut().zip(from.as_chunks().0).for_each(|(pair, &words)| *pair = new(words));
        block
    }

    pub(crate) fn to_words(self) -> [u64; WORDS] {
        let mut to = [0; WORDS];
        to.as_chunks_mut().0.iter_mut().zip(self.0).for_each(|(to, pair)| *to = words(pair));
        to
    }

    /// The first word of the block.
    pub(crate) fn first(&self) -> u64 {
        words(self.0[0])[0]
    }

    /// XORs another block into this one.
    pub(crate) fn xor(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(pair, other)| *pair = xor(*pair, other));
    }
}

impl Zeroize for Block {
    fn zeroize(&mut self) {
        *self = Self::ZERO;
        black_box(self);
    }
}

/// Evaluates an expression for each number below 16 without a loop, so that arrays stay in registers.
macro_rules! sixteen {
    ($n:ident => $each:expr) => {
        each!($n, $each, 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    };
}

/// Evaluates an expression for each number below 4 without a loop.
macro_rules! four {
    ($n:ident => $each:expr) => {
        each!($n, $each, 0 1 2 3)
    };
}

/// Evaluates an expression for each of the given numbers.
macro_rules! each {
    ($n:ident, $each:expr, $($number:literal)+) => {
        [$({ let $n: usize = $number; $each }),+]
    };
}

/// Computes a block from the previous block and the reference block. The result replaces `current` or, if
/// `xors` is set, is combined with it by XOR. `z` is scratch space: it is an argument because a local
/// variable would be cleared on every call.
///
/// This is never inlined into the loop over the blocks. V8 switches a WebAssembly function to its
/// optimizing compiler only at its next call, so if the loop contained this code, most of the first hash
/// would run unoptimized.
#[inline(never)]
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128,relaxed-simd"))]
pub(crate) fn compress(previous: &Block, reference: &Block, current: &mut Block, xors: bool, z: &mut Block) {
    let constants = Constants::new();
    for two in 0..SIDE / 2 {
        let row = |n: usize| 2 * SIDE * two + n;
        let pairs = sixteen!(n => xor(previous.0[row(n)], reference.0[row(n)]));
        if xors {
            sixteen!(n => current.0[row(n)] = xor(current.0[row(n)], pairs[n]));
        } else {
            sixteen!(n => current.0[row(n)] = pairs[n]);
        }
        let pairs = permute(pairs, &constants);
        sixteen!(n => z.0[row(n)] = pairs[n]);
    }
    for two in 0..SIDE / 2 {
        let column = |n: usize| 2 * two + n / SIDE + SIDE * (n % SIDE);
        let pairs = permute(sixteen!(n => z.0[column(n)]), &constants);
        sixteen!(n => current.0[column(n)] = xor(current.0[column(n)], pairs[n]));
    }
}

/// Applies the permutation P (§3.6) to two rows or two columns at once.
#[inline]
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128,relaxed-simd"))]
fn permute(v: [Pair; 2 * SIDE], constants: &Constants) -> [Pair; 2 * SIDE] {
    let mut a = [v[0], v[1], v[8], v[9]];
    let mut b = [v[2], v[3], v[10], v[11]];
    let mut c = [v[4], v[5], v[12], v[13]];
    let mut d = [v[6], v[7], v[14], v[15]];
    mix(&mut a, &mut b, &mut c, &mut d, constants);
    // In each 4 × 4 matrix of words, the diagonals become columns here, and move back after the mixing.
    b = [across(b[0], b[1]), across(b[1], b[0]), across(b[2], b[3]), across(b[3], b[2])];
    c = [c[1], c[0], c[3], c[2]];
    d = [across(d[1], d[0]), across(d[0], d[1]), across(d[3], d[2]), across(d[2], d[3])];
    mix(&mut a, &mut b, &mut c, &mut d, constants);
    b = [across(b[1], b[0]), across(b[0], b[1]), across(b[3], b[2]), across(b[2], b[3])];
    c = [c[1], c[0], c[3], c[2]];
    d = [across(d[0], d[1]), across(d[1], d[0]), across(d[2], d[3]), across(d[3], d[2])];
    [
        a[0], a[1], b[0], b[1], c[0], c[1], d[0], d[1], //
        a[2], a[3], b[2], b[3], c[2], c[3], d[2], d[3],
    ]
}

/// Applies GB (§3.6) to eight columns of words at once.
#[inline]
#[cfg_attr(target_arch = "wasm32", target_feature(enable = "simd128,relaxed-simd"))]
fn mix(a: &mut [Pair; 4], b: &mut [Pair; 4], c: &mut [Pair; 4], d: &mut [Pair; 4], k: &Constants) {
    four!(n => a[n] = multiply_add(a[n], b[n], k));
    four!(n => d[n] = right_32(xor(d[n], a[n])));
    four!(n => c[n] = multiply_add(c[n], d[n], k));
    four!(n => b[n] = right_24(xor(b[n], c[n]), k));
    four!(n => a[n] = multiply_add(a[n], b[n], k));
    four!(n => d[n] = right_16(xor(d[n], a[n]), k));
    four!(n => c[n] = multiply_add(c[n], d[n], k));
    four!(n => b[n] = right_63(xor(b[n], c[n])));
}
