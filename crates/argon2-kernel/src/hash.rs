//! Turns the inputs into the first blocks and the final block into the tag, with Blake2b (RFC 9106 §3.2).

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

/// The number of bytes in a block.
const BLOCK_BYTES: usize = 8 * WORDS;
/// The number of output bytes that each step of H', except the last, contributes.
const HALF: usize = 32;

/// An Argon2 hasher with its parameters. It is a drop-in replacement for `argon2::Argon2`.
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

    /// The parameters of this hasher.
    #[must_use]
    pub fn params(&self) -> &Params {
        &self.params
    }

    /// Hashes a password with a salt and writes the tag to `tag` (RFC 9106 §3.2).
    ///
    /// H0 and the final block are wiped afterwards, as in the `argon2` crate. Because the memory is kept,
    /// more is wiped here: the first two blocks of each lane, which are computed from H0, and the last
    /// block of each lane. After a hash of a single pass, all blocks are wiped, because the early ones
    /// would allow passwords to be guessed with little memory.
    ///
    /// # Errors
    /// The same as in the `argon2` crate, and `MemoryTooMuch` if the memory can't be allocated.
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
        let words = with_blocks(self.params.block_count(), |blocks| self.final_block(&h0, blocks));
        let mut bytes = Zeroizing::new([0; BLOCK_BYTES]);
        let words = words.ok_or(Error::MemoryTooMuch)??;
        bytes.as_chunks_mut().0.iter_mut().zip(*words).for_each(|(bytes, word)| *bytes = word.to_le_bytes());
        h_prime(&[&*bytes], tag)
    }

    /// H0, the hash of all inputs.
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

    /// Fills the memory and returns the words of the final block.
    fn final_block(&self, h0: &[u8; 64], blocks: &mut [Block]) -> Result<Zeroizing<[u64; WORDS]>, Error> {
        let fill = Fill::new(self.algorithm, self.version, &self.params);
        for (lane, number, block) in fill.first_blocks(blocks) {
            let mut bytes = Zeroizing::new([0; BLOCK_BYTES]);
            h_prime(&[h0, &u32::to_le_bytes(number), &u32::to_le_bytes(lane)], &mut *bytes)?;
            let mut words = Zeroizing::new([0; WORDS]);
            words.iter_mut().zip(bytes.as_chunks().0).for_each(|(word, &bytes)| *word = u64::from_le_bytes(bytes));
            *block = Block::from_words(&words);
        }
        fill.run(blocks);
        let mut block = fill.final_block(blocks);
        let words = Zeroizing::new(block.to_words());
        block.zeroize();
        if self.params.t_cost() == 1 {
            blocks.iter_mut().for_each(Zeroize::zeroize);
        }
        fill.first_blocks(blocks).for_each(|(_, _, block)| block.zeroize());
        fill.last_blocks(blocks).for_each(Zeroize::zeroize);
        Ok(words)
    }
}

/// H', the variable-length hash function (RFC 9106 §3.3).
fn h_prime(inputs: &[&[u8]], out: &mut [u8]) -> Result<(), Error> {
    let length = u32::try_from(out.len()).map_err(|_| Error::OutputTooLong)?.to_le_bytes();
    let first = std::iter::once(length.as_slice()).chain(inputs.iter().copied());
    if out.len() <= 2 * HALF {
        return blake2b(first, out);
    }
    let mut link = Zeroizing::new([0; 2 * HALF]);
    blake2b(first, &mut *link)?;
    let mut rest = out;
    loop {
        let (half, after) = rest.split_at_mut(HALF);
        half.copy_from_slice(&link[..HALF]);
        rest = after;
        if rest.len() <= 2 * HALF {
            return blake2b([link.as_slice()], rest);
        }
        let before = link.clone();
        blake2b([before.as_slice()], &mut *link)?;
    }
}

/// Blake2b with up to 64 bytes of output.
fn blake2b<'a>(inputs: impl IntoIterator<Item = &'a [u8]>, out: &mut [u8]) -> Result<(), Error> {
    let mut hash = Blake2bVar::new(out.len()).map_err(|_| Error::OutputTooShort)?;
    inputs.into_iter().for_each(|input| hash.update(input));
    hash.finalize_variable(out).map_err(|_| Error::OutputTooShort)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_that_would_help_guessing_are_wiped() -> Result<(), Error> {
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
            let lane_blocks = 64 / lanes as usize;
            assert_eq!(wiped.len(), 64);
            for (at, wiped) in wiped.into_iter().enumerate() {
                assert_eq!(
                    wiped,
                    passes == 1 || at % lane_blocks < 2 || at % lane_blocks == lane_blocks - 1,
                    "{passes} {lanes} {at}"
                );
            }
        }
        Ok(())
    }
}
