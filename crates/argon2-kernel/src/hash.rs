//! The hash from its inputs to its tag (RFC 9106 §3.2 and §3.3), with Blake2b.

use argon2::{Algorithm, Error, Params, Version};
use blake2::{
    Blake2b512, Blake2bVar, Digest,
    digest::{Update, VariableOutput},
};
use zeroize::{Zeroize, Zeroizing};

use crate::{
    block::{Block, WORDS},
    fill::Fill,
    memory::with_blocks,
};

const BLOCK_BYTES: usize = 8 * WORDS;
/// The bytes of the hash H' that each step but the last gives.
const HALF: usize = 32;

/// Hashes passwords, in place of `argon2::Argon2`.
#[derive(Debug, Clone)]
pub struct Argon2<'key> {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    secret: &'key [u8],
}

impl Argon2<'static> {
    /// A hasher without a secret.
    #[must_use]
    pub fn new(algorithm: Algorithm, version: Version, params: Params) -> Self {
        Argon2::new_with_secret(&[], algorithm, version, params)
    }
}

impl<'key> Argon2<'key> {
    /// A hasher with a secret, the input K of RFC 9106 §3.1.
    #[must_use]
    pub fn new_with_secret(secret: &'key [u8], algorithm: Algorithm, version: Version, params: Params) -> Self {
        Self { algorithm, version, params, secret }
    }

    /// The parameters.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Hashes a password into `tag` (RFC 9106 §3.2).
    ///
    /// H0 and the XOR of the last blocks are wiped, as in the crate `argon2`. Because this memory is
    /// kept, the blocks made from H0 and the last blocks of the lanes are wiped too. After a single pass
    /// all blocks are wiped, because the first ones would let guesses be tried with little memory.
    ///
    /// # Errors
    /// The errors of the crate `argon2`, and `MemoryTooMuch` if there is too little memory.
    pub fn hash_password_into(&self, password: &[u8], salt: &[u8], tag: &mut [u8]) -> Result<(), Error> {
        if tag.len() < self.params.output_len().unwrap_or(Params::MIN_OUTPUT_LEN) {
            return Err(Error::OutputTooShort);
        }
        if tag.len() > self.params.output_len().unwrap_or(Params::MAX_OUTPUT_LEN) {
            return Err(Error::OutputTooLong);
        }
        if salt.len() < argon2::MIN_SALT_LEN {
            return Err(Error::SaltTooShort);
        }
        let h0 = self.h0(password, salt, tag.len())?;
        let last = with_blocks(self.params.block_count(), |blocks| self.last_block(&h0, blocks));
        let mut bytes = Zeroizing::new([0; BLOCK_BYTES]);
        let last = last.ok_or(Error::MemoryTooMuch)??;
        bytes.as_chunks_mut().0.iter_mut().zip(*last).for_each(|(bytes, word)| *bytes = word.to_le_bytes());
        long(&[&*bytes], tag)
    }

    /// All inputs.
    fn h0(&self, password: &[u8], salt: &[u8], tag_bytes: usize) -> Result<Zeroizing<[u8; 64]>, Error> {
        let length = |bytes: usize, error| u32::try_from(bytes).map_err(|_| error);
        let numbers = [
            self.params.p_cost(),
            length(tag_bytes, Error::OutputTooLong)?,
            self.params.m_cost(),
            self.params.t_cost(),
            self.version.into(),
            self.algorithm as u32,
        ];
        let mut hash = Blake2b512::new();
        for number in numbers {
            Digest::update(&mut hash, number.to_le_bytes());
        }
        let inputs = [
            (password, Error::PwdTooLong),
            (salt, Error::SaltTooLong),
            (self.secret, Error::SecretTooLong),
            (self.params.data(), Error::AdTooLong),
        ];
        for (input, error) in inputs {
            Digest::update(&mut hash, length(input.len(), error)?.to_le_bytes());
            Digest::update(&mut hash, input);
        }
        let mut output = hash.finalize();
        let h0 = Zeroizing::new(output.into());
        output.zeroize();
        Ok(h0)
    }

    /// Fills the memory, and returns the XOR of the lanes' last blocks.
    fn last_block(&self, h0: &[u8; 64], blocks: &mut [Block]) -> Result<Zeroizing<[u64; WORDS]>, Error> {
        let fill = Fill::new(self.algorithm, self.version, &self.params);
        for (lane, number, block) in fill.beginnings(blocks) {
            let mut bytes = Zeroizing::new([0; BLOCK_BYTES]);
            long(&[h0, &u32::to_le_bytes(number), &u32::to_le_bytes(lane)], &mut *bytes)?;
            let mut words = Zeroizing::new([0; WORDS]);
            words.iter_mut().zip(bytes.as_chunks().0).for_each(|(word, &bytes)| *word = u64::from_le_bytes(bytes));
            *block = Block::from_words(&words);
        }
        fill.run(blocks);
        let mut last = fill.last(blocks);
        let words = Zeroizing::new(last.to_words());
        last.zeroize();
        if self.params.t_cost() == 1 {
            blocks.iter_mut().for_each(Zeroize::zeroize);
        }
        fill.beginnings(blocks).for_each(|(_, _, block)| block.zeroize());
        fill.ends(blocks).for_each(Zeroize::zeroize);
        Ok(words)
    }
}

/// H', the hash of variable length (RFC 9106 §3.3).
fn long(inputs: &[&[u8]], out: &mut [u8]) -> Result<(), Error> {
    let length = u32::try_from(out.len()).map_err(|_| Error::OutputTooLong)?.to_le_bytes();
    let first = std::iter::once(length.as_slice()).chain(inputs.iter().copied());
    if out.len() <= 2 * HALF {
        return short(first, out);
    }
    let mut link = Zeroizing::new([0; 2 * HALF]);
    short(first, &mut *link)?;
    let mut rest = out;
    loop {
        let (half, after) = rest.split_at_mut(HALF);
        half.copy_from_slice(&link[..HALF]);
        rest = after;
        if rest.len() <= 2 * HALF {
            return short([link.as_slice()], rest);
        }
        let before = link.clone();
        short([before.as_slice()], &mut *link)?;
    }
}

/// Blake2b with up to 64 bytes of output.
fn short<'a>(inputs: impl IntoIterator<Item = &'a [u8]>, out: &mut [u8]) -> Result<(), Error> {
    let mut hash = Blake2bVar::new(out.len()).map_err(|_| Error::OutputTooShort)?;
    inputs.into_iter().for_each(|input| hash.update(input));
    hash.finalize_variable(out).map_err(|_| Error::OutputTooShort)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_let_guesses_be_tried_is_wiped() -> Result<(), Error> {
        for (passes, lanes) in [(1, 1), (1, 2), (2, 1), (2, 2)] {
            let params = Params::new(64, passes, lanes, None)?;
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
                b"a password",
                b"its salt",
                &mut [0; 32],
            )?;
            let wiped: Vec<bool> =
                with_blocks(64, |blocks| blocks.iter().map(|block| block.to_words() == [0; WORDS]).collect())
                    .unwrap_or_default();
            let lane = 64 / lanes as usize;
            assert_eq!(wiped.len(), 64);
            for (at, wiped) in wiped.into_iter().enumerate() {
                assert_eq!(wiped, passes == 1 || at % lane < 2 || at % lane == lane - 1, "{passes} {lanes} {at}");
            }
        }
        Ok(())
    }
}
