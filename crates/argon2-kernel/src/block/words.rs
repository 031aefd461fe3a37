//! A pair of words as two integers, for every target other than wasm32.

pub(super) type Pair = [u64; 2];

/// This target needs no constants.
pub(super) struct Constants;

impl Constants {
    pub(super) fn new() -> Self {
        Self
    }
}

pub(super) const fn new(words: [u64; 2]) -> Pair {
    words
}

pub(super) fn words(x: Pair) -> [u64; 2] {
    x
}

pub(super) fn xor(x: Pair, y: Pair) -> Pair {
    [x[0] ^ y[0], x[1] ^ y[1]]
}

/// The second word of `x` and the first word of `y`.
pub(super) fn across(x: Pair, y: Pair) -> Pair {
    [x[1], y[0]]
}

/// x + y + 2·x·y, where only the lower halves of x and y are multiplied.
pub(super) fn multiply_add(x: Pair, y: Pair, _: &Constants) -> Pair {
    let one = |x: u64, y: u64| {
        let product = (x & 0xffff_ffff) * (y & 0xffff_ffff);
        x.wrapping_add(y).wrapping_add(product).wrapping_add(product)
    };
    [one(x[0], y[0]), one(x[1], y[1])]
}

pub(super) fn right_32(x: Pair) -> Pair {
    x.map(|x| x.rotate_right(32))
}

pub(super) fn right_24(x: Pair, _: &Constants) -> Pair {
    x.map(|x| x.rotate_right(24))
}

pub(super) fn right_16(x: Pair, _: &Constants) -> Pair {
    x.map(|x| x.rotate_right(16))
}

pub(super) fn right_63(x: Pair) -> Pair {
    x.map(|x| x.rotate_right(63))
}
