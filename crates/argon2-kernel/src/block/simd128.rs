//! A pair of words in one SIMD vector, for wasm32.
//!
//! The operations were chosen for the x64 code that V8 generates for them:
//! - V8 needs three instructions for a widening multiplication of 32-bit integers. If LLVM sees that a
//!   shuffle before it selects the lower halves, it replaces both with masks and a 64-bit
//!   multiplication, for which V8 needs three multiplications and five other instructions. The
//!   shuffle's mask is therefore hidden from LLVM.
//! - If a byte shuffle's mask is constant, V8 rebuilds the mask before every shuffle. If the mask is
//!   a variable, the shuffle is a single instruction. The relaxed variant also doesn't check the mask.

use core::arch::wasm32::{
    i8x16_relaxed_swizzle, i32x4_shuffle, i64x2_add, i64x2_shuffle, u8x16, u64x2, u64x2_extmul_low_u32x4,
    u64x2_extract_lane, u64x2_shr, v128, v128_or, v128_xor,
};
use std::hint::black_box;

pub(super) type Pair = v128;

/// The masks of the byte shuffles.
pub(super) struct Constants {
    /// Moves the lower halves of the two words next to each other.
    lower: v128,
    right_24: v128,
    right_16: v128,
}

impl Constants {
    #[inline]
    #[target_feature(enable = "simd128,relaxed-simd")]
    pub(super) fn new() -> Self {
        black_box(Self {
            lower: u8x16(0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11),
            right_24: u8x16(3, 4, 5, 6, 7, 0, 1, 2, 11, 12, 13, 14, 15, 8, 9, 10),
            right_16: u8x16(2, 3, 4, 5, 6, 7, 0, 1, 10, 11, 12, 13, 14, 15, 8, 9),
        })
    }
}

pub(super) const fn new(words: [u64; 2]) -> Pair {
    u64x2(words[0], words[1])
}

#[inline]
#[target_feature(enable = "simd128,relaxed-simd")]
pub(super) fn words(x: Pair) -> [u64; 2] {
    [u64x2_extract_lane::<0>(x), u64x2_extract_lane::<1>(x)]
}

#[inline]
#[target_feature(enable = "simd128,relaxed-simd")]
pub(super) fn xor(x: Pair, y: Pair) -> Pair {
    v128_xor(x, y)
}

/// The second word of `x` and the first word of `y`.
#[inline]
#[target_feature(enable = "simd128,relaxed-simd")]
pub(super) fn across(x: Pair, y: Pair) -> Pair {
    i64x2_shuffle::<1, 2>(x, y)
}

/// x + y + 2·x·y, where only the lower halves of x and y are multiplied.
#[inline]
#[target_feature(enable = "simd128,relaxed-simd")]
pub(super) fn multiply_add(x: Pair, y: Pair, constants: &Constants) -> Pair {
    let lower = |x| i8x16_relaxed_swizzle(x, constants.lower);
    let product = u64x2_extmul_low_u32x4(lower(x), lower(y));
    i64x2_add(i64x2_add(x, y), i64x2_add(product, product))
}

#[inline]
#[target_feature(enable = "simd128,relaxed-simd")]
pub(super) fn right_32(x: Pair) -> Pair {
    i32x4_shuffle::<1, 0, 3, 2>(x, x)
}

#[inline]
#[target_feature(enable = "simd128,relaxed-simd")]
pub(super) fn right_24(x: Pair, constants: &Constants) -> Pair {
    i8x16_relaxed_swizzle(x, constants.right_24)
}

#[inline]
#[target_feature(enable = "simd128,relaxed-simd")]
pub(super) fn right_16(x: Pair, constants: &Constants) -> Pair {
    i8x16_relaxed_swizzle(x, constants.right_16)
}

#[inline]
#[target_feature(enable = "simd128,relaxed-simd")]
pub(super) fn right_63(x: Pair) -> Pair {
    v128_or(u64x2_shr(x, 63), i64x2_add(x, x))
}
