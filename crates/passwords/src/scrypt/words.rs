//! Four words as integers, for every target other than wasm32.

pub(super) type Lanes = [u32; 4];

pub(super) const fn new(words: [u32; 4]) -> Lanes {
    words
}

pub(super) fn words(x: Lanes) -> [u32; 4] {
    x
}

pub(super) fn add(x: Lanes, y: Lanes) -> Lanes {
    [x[0].wrapping_add(y[0]), x[1].wrapping_add(y[1]), x[2].wrapping_add(y[2]), x[3].wrapping_add(y[3])]
}

pub(super) fn xor(x: Lanes, y: Lanes) -> Lanes {
    [x[0] ^ y[0], x[1] ^ y[1], x[2] ^ y[2], x[3] ^ y[3]]
}

/// Rotates each word to the left by this many bits.
pub(super) fn rotate(x: Lanes, bits: u32) -> Lanes {
    x.map(|word| word.rotate_left(bits))
}

/// The words from the second on, then the first.
pub(super) fn turn_1([a, b, c, d]: Lanes) -> Lanes {
    [b, c, d, a]
}

/// The words from the third on, then those before it.
pub(super) fn turn_2([a, b, c, d]: Lanes) -> Lanes {
    [c, d, a, b]
}

/// The last word, then those before it.
pub(super) fn turn_3([a, b, c, d]: Lanes) -> Lanes {
    [d, a, b, c]
}
