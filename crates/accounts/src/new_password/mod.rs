//! Which new passwords are refused (NIST SP 800-63B-4 §3.1.1.2: a length and a blocklist, no rules of
//! composition).

mod common;

pub use common::write_list;

use crate::username::Username;

const MIN_CHARS: usize = 8;
/// The Worker reads 4,096 bytes, and a character has 4 at most.
const MAX_CHARS: usize = 1024;
/// The longest string that makes a common password by repetition, in characters.
const MAX_PERIOD: usize = 4;

/// Why a new password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusedPassword {
    /// It is shorter than 8 characters; it has this many.
    #[error("the password has {}: it needs at least {MIN_CHARS}", characters(*.0))]
    Short(usize),
    /// It is longer than 1,024 characters.
    #[error("the password is longer than {MAX_CHARS} characters")]
    Long,
    /// It is one of the common ones, perhaps with digits or signs after it, a short string again and again, a row of
    /// neighbours such as `abcdefgh`, or the username.
    #[error("the password is among the first that an attacker would guess: choose another")]
    Common,
    /// It is among those that were stolen somewhere.
    #[error("the password is known from a data breach: choose another")]
    Breached,
}

/// Checks a new password.
///
/// # Errors
/// The password is too short, too long, or easily guessed.
pub fn check(password: &str, username: &Username) -> Result<(), RefusedPassword> {
    match password.chars().count() {
        chars @ ..MIN_CHARS => Err(RefusedPassword::Short(chars)),
        chars if chars > MAX_CHARS => Err(RefusedPassword::Long),
        _ if is_common(&password.to_lowercase(), username) => Err(RefusedPassword::Common),
        _ => Ok(()),
    }
}

fn is_common(password: &str, username: &Username) -> bool {
    let stem = password.trim_end_matches(|character: char| !character.is_alphabetic());
    let characters: Vec<u32> = password.chars().map(u32::from).collect();
    common::is_common(password)
        || common::is_common(stem)
        || [password, stem].contains(&username.as_str().to_lowercase().as_str())
        || (1..=MAX_PERIOD).any(|period| characters.iter().zip(characters.iter().skip(period)).all(|(a, b)| a == b))
        || [1, u32::MAX].iter().any(|step| characters.is_sorted_by(|a, b| a.wrapping_add(*step) == *b))
}

fn characters(count: usize) -> String {
    if count == 1 { "1 character".to_owned() } else { format!("{count} characters") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<(), RefusedPassword> {
        super::check(password, &Username::parse("alice.liddell").unwrap())
    }

    #[test]
    fn only_length_and_the_list_are_asked_of_a_password() {
        for password in
            ["correct horse battery staple", "aufgabelung", "nurkleinebuchstaben", "ключ от дома", "🔑 🐎 🔋 📎 🌍"]
        {
            assert_eq!(check(password), Ok(()), "{password}");
        }
        let longest: String = ('a'..='z').cycle().step_by(7).take(MAX_CHARS).collect();
        assert_eq!(check(&longest), Ok(()));
        assert_eq!(check("zq7!xyä"), Err(RefusedPassword::Short(7)));
        assert_eq!(check(&"ä7".repeat(513)), Err(RefusedPassword::Long));
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        for password in [
            "password",
            "Password1",
            "12345678",
            "qwertyuiop",
            "iloveyou",
            "letmein1",
            "aaaaaaaa",
            "abcdefgh",
            "trustno1",
            "sunshine",
            "Sunshine2026!",
            "abcdabcdabc",
            "hgfedcba",
            "ALICE.Liddell",
            "alice.liddell99",
            "alice.liddell",
        ] {
            assert_eq!(check(password), Err(RefusedPassword::Common), "{password}");
        }
    }
}
