//! Indexing (RFC 9106 §3.4): which block is computed from which others.

use argon2::{Algorithm, Params, Version};

use crate::block::{Block, WORDS, compress};

/// The slices of a pass. A lane may refer to the finished slices of other lanes.
const SLICES: usize = 4;

/// How one hash fills its memory.
pub(crate) struct Fill {
    algorithm: Algorithm,
    /// Whether passes after the first combine each block with the one of the pass before, by XOR.
    xors: bool,
    passes: usize,
    lanes: usize,
    /// The number of blocks in a segment: one lane's part of one slice.
    segment: usize,
}

/// The position of a segment.
#[derive(Clone, Copy)]
struct Segment {
    pass: usize,
    slice: usize,
    lane: usize,
}

impl Fill {
    pub(crate) fn new(algorithm: Algorithm, version: Version, params: &Params) -> Self {
        let lanes = params.p_cost() as usize;
        Self {
            algorithm,
            xors: version == Version::V0x13,
            passes: params.t_cost() as usize,
            lanes,
            segment: params.block_count() / (SLICES * lanes),
        }
    }

    fn lane(&self) -> usize {
        SLICES * self.segment
    }

    /// The first two blocks of each lane, with the numbers of lane and block.
    pub(crate) fn beginnings<'a>(&self, blocks: &'a mut [Block]) -> impl Iterator<Item = (u32, u32, &'a mut Block)> {
        let lanes = (0..).zip(blocks.chunks_exact_mut(self.lane()));
        lanes.flat_map(|(lane, blocks)| {
            (0..).zip(blocks.iter_mut().take(2)).map(move |(number, block)| (lane, number, block))
        })
    }

    /// Fills all other blocks.
    pub(crate) fn run(&self, blocks: &mut [Block]) {
        for pass in 0..self.passes {
            for slice in 0..SLICES {
                for lane in 0..self.lanes {
                    self.segment(blocks, Segment { pass, slice, lane });
                }
            }
        }
    }

    /// The block that each lane ends with.
    pub(crate) fn ends<'a>(&self, blocks: &'a mut [Block]) -> impl Iterator<Item = &'a mut Block> {
        blocks.chunks_exact_mut(self.lane()).filter_map(<[Block]>::last_mut)
    }

    /// The XOR of all lanes' last blocks.
    pub(crate) fn last(&self, blocks: &[Block]) -> Block {
        let mut xor = Block::ZERO;
        blocks.chunks_exact(self.lane()).filter_map(<[Block]>::last).for_each(|block| xor.xor_with(block));
        xor
    }

    fn segment(&self, blocks: &mut [Block], at: Segment) {
        let mut addresses = self.is_independent(at).then(|| Addresses::new(self, at));
        let start = at.lane * self.lane() + at.slice * self.segment;
        let mut z = Block::ZERO;
        let first = if at.pass == 0 && at.slice == 0 { 2 } else { 0 };
        for index in first..self.segment {
            let current = start + index;
            let previous = if at.slice == 0 && index == 0 { current + self.lane() } else { current } - 1;
            let random = match &mut addresses {
                Some(addresses) => addresses.of(index),
                None => blocks.get(previous).map_or(0, Block::first),
            };
            let reference = self.reference(at, index, random);
            // The three blocks differ, because neither the previous block nor this one can be the
            // reference block.
            if let Ok([current, previous, reference]) = blocks.get_disjoint_mut([current, previous, reference]) {
                compress(previous, reference, current, self.xors && at.pass > 0, &mut z);
            }
        }
    }

    /// Whether the segment's references are independent of the password (§3.4.1).
    fn is_independent(&self, at: Segment) -> bool {
        match self.algorithm {
            Algorithm::Argon2d => false,
            Algorithm::Argon2i => true,
            Algorithm::Argon2id => at.pass == 0 && at.slice < SLICES / 2,
        }
    }

    /// The block that a random word refers to (§3.4.1.3, §3.4.2).
    fn reference(&self, at: Segment, index: usize, random: u64) -> usize {
        let (first_pass, first_slice) = (at.pass == 0, at.slice == 0);
        let high = (random >> 32) as usize;
        let lane = if first_pass && first_slice { at.lane } else { high % self.lanes };
        let finished = if first_pass { at.slice } else { SLICES - 1 } * self.segment;
        let area = if lane == at.lane { finished + index - 1 } else { finished - usize::from(index == 0) };
        let low = random & u64::from(u32::MAX);
        let back = ((area as u64 * ((low * low) >> 32)) >> 32) as usize;
        let oldest = if first_pass { 0 } else { (at.slice + 1) * self.segment };
        // The sum is less than two lanes' blocks, so no division is needed.
        let position = oldest + area - 1 - back;
        lane * self.lane() + if position < self.lane() { position } else { position - self.lane() }
    }
}

/// Pseudo-random words that depend on the position alone (§3.4.1.2).
struct Addresses {
    input: [u64; WORDS],
    words: [u64; WORDS],
}

/// The word of the input that counts the blocks made from it.
const COUNTER: usize = 6;

impl Addresses {
    fn new(fill: &Fill, at: Segment) -> Self {
        let mut input = [0; WORDS];
        let blocks = fill.lanes * fill.lane();
        let numbers = [at.pass, at.lane, at.slice, blocks, fill.passes, fill.algorithm as usize];
        input.iter_mut().zip(numbers).for_each(|(word, number)| *word = number as u64);
        Self { input, words: [0; WORDS] }
    }

    /// The word for a block of the segment.
    fn of(&mut self, index: usize) -> u64 {
        let count = (index / WORDS + 1) as u64;
        if self.input[COUNTER] != count {
            self.input[COUNTER] = count;
            let (mut once, mut twice, mut z) = (Block::ZERO, Block::ZERO, Block::ZERO);
            compress(&Block::ZERO, &Block::from_words(&self.input), &mut once, false, &mut z);
            compress(&Block::ZERO, &once, &mut twice, false, &mut z);
            self.words = twice.to_words();
        }
        self.words[index % WORDS]
    }
}
