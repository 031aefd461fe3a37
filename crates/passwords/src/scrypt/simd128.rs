//! Four words in one SIMD vector, for wasm32.

use core::arch::wasm32::{
    i32x4_add, i32x4_shuffle, u32x4, u32x4_extract_lane, u32x4_shl, u32x4_shr, v128, v128_or, v128_xor,
};

pub(super) type Lanes = v128;

pub(super) const fn new([a, b, c, d]: [u32; 4]) -> Lanes {
    u32x4(a, b, c, d)
}

#[inline]
#[target_feature(enable = "simd128")]
pub(super) fn words(x: Lanes) -> [u32; 4] {
    [u32x4_extract_lane::<0>(x), u32x4_extract_lane::<1>(x), u32x4_extract_lane::<2>(x), u32x4_extract_lane::<3>(x)]
}

#[inline]
#[target_feature(enable = "simd128")]
pub(super) fn add(x: Lanes, y: Lanes) -> Lanes {
    i32x4_add(x, y)
}

#[inline]
#[target_feature(enable = "simd128")]
pub(super) fn xor(x: Lanes, y: Lanes) -> Lanes {
    v128_xor(x, y)
}

/// Rotates each word to the left by this many bits.
#[inline]
#[target_feature(enable = "simd128")]
pub(super) fn rotate(x: Lanes, bits: u32) -> Lanes {
    v128_or(u32x4_shl(x, bits), u32x4_shr(x, 32 - bits))
}

/// The words from the second on, then the first.
#[inline]
#[target_feature(enable = "simd128")]
pub(super) fn turn_1(x: Lanes) -> Lanes {
    i32x4_shuffle::<1, 2, 3, 0>(x, x)
}

/// The words from the third on, then those before it.
#[inline]
#[target_feature(enable = "simd128")]
pub(super) fn turn_2(x: Lanes) -> Lanes {
    i32x4_shuffle::<2, 3, 0, 1>(x, x)
}

/// The last word, then those before it.
#[inline]
#[target_feature(enable = "simd128")]
pub(super) fn turn_3(x: Lanes) -> Lanes {
    i32x4_shuffle::<3, 0, 1, 2>(x, x)
}
