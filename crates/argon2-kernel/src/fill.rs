//! Fills the memory: decides which two blocks each block is computed from (RFC 9106 §3.4).

use argon2::{Algorithm, Params, Version};

use crate::block::{Block, WORDS, compress};

/// The number of slices in a pass. A lane may refer to other lanes' blocks in finished slices.
const SLICES: usize = 4;

/// The parameters that decide how a hash fills its memory.
pub(crate) struct Fill {
    algorithm: Algorithm,
    /// Whether passes after the first XOR each new block into the old one instead of replacing it.
    xors: bool,
    passes: usize,
    lanes: usize,
    /// The number of blocks in a segment.
    segment_blocks: usize,
}

/// A segment: the part of one lane that one slice of one pass fills.
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
            segment_blocks: params.block_count() / (SLICES * lanes),
        }
    }

    /// The number of blocks in a lane.
    fn lane_blocks(&self) -> usize {
        SLICES * self.segment_blocks
    }

    /// The first two blocks of each lane, each with the lane's number and its own number in the lane.
    pub(crate) fn first_blocks<'a>(&self, blocks: &'a mut [Block]) -> impl Iterator<Item = (u32, u32, &'a mut Block)> {
        let lanes = (0..).zip(blocks.chunks_exact_mut(self.lane_blocks()));
        lanes.flat_map(|(lane, blocks)| {
            (0..).zip(blocks.iter_mut().take(2)).map(move |(number, block)| (lane, number, block))
        })
    }

    /// Fills all blocks except the first two of each lane, which must be filled already.
    pub(crate) fn run(&self, blocks: &mut [Block]) {
        for pass in 0..self.passes {
            for slice in 0..SLICES {
                for lane in 0..self.lanes {
                    self.fill_segment(blocks, Segment { pass, slice, lane });
                }
            }
        }
    }

    /// The last block of each lane.
    pub(crate) fn last_blocks<'a>(&self, blocks: &'a mut [Block]) -> impl Iterator<Item = &'a mut Block> {
        blocks.chunks_exact_mut(self.lane_blocks()).filter_map(<[Block]>::last_mut)
    }

    /// The final block C: the XOR of the lanes' last blocks (§3.2).
    pub(crate) fn final_block(&self, blocks: &[Block]) -> Block {
        let mut xor = Block::ZERO;
        blocks.chunks_exact(self.lane_blocks()).filter_map(<[Block]>::last).for_each(|block| xor.xor(block));
        xor
    }

    fn fill_segment(&self, blocks: &mut [Block], at: Segment) {
        let mut addresses = self.is_independent(at).then(|| Addresses::new(self, at));
        let start = at.lane * self.lane_blocks() + at.slice * self.segment_blocks;
        let mut z = Block::ZERO;
        let first = if at.pass == 0 && at.slice == 0 { 2 } else { 0 };
        for index in first..self.segment_blocks {
            let current = start + index;
            let previous = if at.slice == 0 && index == 0 { current + self.lane_blocks() } else { current } - 1;
            let random = match &mut addresses {
                Some(addresses) => addresses.word(index),
                None => blocks.get(previous).map_or(0, Block::first),
            };
            let reference = self.reference(at, index, random);
            // The three indexes differ: a reference is never the previous block or the current one.
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

    /// The index of the block that a pseudo-random word refers to (§3.4.1.3, §3.4.2).
    fn reference(&self, at: Segment, index: usize, random: u64) -> usize {
        let (first_pass, first_slice) = (at.pass == 0, at.slice == 0);
        let high = (random >> 32) as usize;
        let lane = if first_pass && first_slice { at.lane } else { high % self.lanes };
        let finished = if first_pass { at.slice } else { SLICES - 1 } * self.segment_blocks;
        let area = if lane == at.lane { finished + index - 1 } else { finished - usize::from(index == 0) };
        let low = random & u64::from(u32::MAX);
        let back = ((area as u64 * ((low * low) >> 32)) >> 32) as usize;
        let oldest = if first_pass { 0 } else { (at.slice + 1) * self.segment_blocks };
        // This is less than twice the number of blocks in a lane, so it can wrap without a division.
        let position = oldest + area - 1 - back;
        lane * self.lane_blocks() + if position < self.lane_blocks() { position } else { position - self.lane_blocks() }
    }
}

/// The pseudo-random words of a segment whose references are independent of the password (§3.4.1.2).
struct Addresses {
    input: [u64; WORDS],
    words: [u64; WORDS],
}

/// The index of the input word that counts the address blocks.
const COUNTER: usize = 6;

impl Addresses {
    fn new(fill: &Fill, at: Segment) -> Self {
        let mut input = [0; WORDS];
        let blocks = fill.lanes * fill.lane_blocks();
        let numbers = [at.pass, at.lane, at.slice, blocks, fill.passes, fill.algorithm as usize];
        input.iter_mut().zip(numbers).for_each(|(word, number)| *word = number as u64);
        Self { input, words: [0; WORDS] }
    }

    /// The word for the block at `index` in the segment.
    fn word(&mut self, index: usize) -> u64 {
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
