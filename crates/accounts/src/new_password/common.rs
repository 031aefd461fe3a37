//! The common passwords, as a list of short hashes.
//!
//! `common.bin` holds the hashes of 11,611 passwords in rising order. Each is written as its distance from the one
//! before, in a Rice code: the distance divided by 2¹⁴ as so many ones and a zero, then the remainder in 14 bits. The
//! hashes have 28 bits, so that one in 23,000 other passwords is taken for a common one. This takes 23 KB, and no
//! compression makes it smaller.
//!
//! The passwords are those of the crate `zxcvbn` (3.1.1, MIT) with 8 characters or more:
//! `examples/common_passwords.rs` wrote the file.

/// How many bits a hash has.
const HASH_BITS: u32 = 28;
/// How many bits of a distance are written as they are.
const REMAINDER_BITS: u32 = 14;

const LIST: &[u8] = include_bytes!("common.bin");

/// Whether a password in lower case is on the list.
pub(super) fn is_common(password: &str) -> bool {
    let hash = hash(password);
    hashes(LIST).take_while(|common| *common <= hash).any(|common| common == hash)
}

/// Writes the list of passwords in lower case.
#[must_use]
pub fn write_list<'a>(passwords: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut hashes: Vec<u32> = passwords.map(hash).collect();
    hashes.sort_unstable();
    hashes.dedup();
    let mut bits = Vec::new();
    let mut previous = 0;
    for hash in hashes {
        let distance = hash - previous;
        bits.extend((0..distance >> REMAINDER_BITS).map(|_| true));
        bits.push(false);
        bits.extend((0..REMAINDER_BITS).rev().map(|place| distance >> place & 1 == 1));
        previous = hash;
    }
    // Ones at the end are the beginning of a distance that never ends, so they add no hash.
    bits.resize(bits.len().next_multiple_of(8), true);
    bits.chunks(8).map(|byte| byte.iter().fold(0, |byte, bit| byte << 1 | u8::from(*bit))).collect()
}

fn hashes(list: &[u8]) -> impl Iterator<Item = u32> {
    let mut bits = list.iter().flat_map(|byte| (0..8).rev().map(move |place| u32::from(byte >> place & 1)));
    let mut previous = 0;
    std::iter::from_fn(move || {
        let mut distance = 0;
        while bits.next()? == 1 {
            distance += 1;
        }
        for _ in 0..REMAINDER_BITS {
            distance = distance << 1 | bits.next()?;
        }
        previous += distance;
        Some(previous)
    })
}

/// FNV-1a, folded to the bits that are kept. Nothing secret depends on it.
fn hash(password: &str) -> u32 {
    let hash = password
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let folded = hash ^ hash >> HASH_BITS ^ hash >> (2 * HASH_BITS);
    u32::try_from(folded & ((1 << HASH_BITS) - 1)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_holds_what_was_written_to_it() {
        let names: Vec<String> = (0..2000).map(|number| format!("password{number}")).collect();
        let list = write_list(names.iter().map(String::as_str));
        let mut expected: Vec<u32> = names.iter().map(|name| hash(name)).collect();
        expected.sort_unstable();
        expected.dedup();
        assert_eq!(hashes(&list).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_list_is_whole_and_fits_into_the_upload() {
        assert!(hashes(LIST).count() > 11_600);
        assert!(LIST.len() < 24_000);
        assert!(hashes(LIST).is_sorted());
    }

    #[test]
    fn hardly_any_other_password_is_taken_for_a_common_one() {
        let taken = (0..300).filter(|number| is_common(&format!("Kj3#{number:08}vQ"))).count();
        assert!(taken <= 1, "{taken}");
    }
}
