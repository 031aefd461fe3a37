//! Which new passwords are refused (NIST SP 800-63B-4 §3.1.1.2: a length and a blocklist, no rules of
//! composition).

use crate::username::Username;

const MIN_CHARS: usize = 8;
/// The Worker reads 4,096 bytes, and a character has 4 at most.
const MAX_CHARS: usize = 1024;
/// How many of the first guesses are refused. The list of common passwords in `zxcvbn` has 30,000, and it
/// counts a password on the list as guessed when its turn comes. `aaaaaaaa` and the username come early too.
const FIRST_GUESSES: u64 = 30_000;

/// Why a new password is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RefusedPassword {
    /// It is shorter than 8 characters; it has this many.
    #[error("the password has {}: it needs at least {MIN_CHARS}", characters(*.0))]
    Short(usize),
    /// It is longer than 1,024 characters.
    #[error("the password is longer than {MAX_CHARS} characters")]
    Long,
    /// It is one of the common ones, or the username.
    #[error("the password is among the first that an attacker would guess: choose another")]
    Common,
}

/// Checks a new password.
///
/// # Errors
/// The password is too short, too long, or easily guessed.
pub fn check(password: &str, username: &Username) -> Result<(), RefusedPassword> {
    match password.chars().count() {
        chars @ ..MIN_CHARS => Err(RefusedPassword::Short(chars)),
        chars if chars > MAX_CHARS => Err(RefusedPassword::Long),
        _ if zxcvbn::zxcvbn(password, &[username.as_str()]).guesses() <= FIRST_GUESSES => Err(RefusedPassword::Common),
        _ => Ok(()),
    }
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
            "alice.liddell",
        ] {
            assert_eq!(check(password), Err(RefusedPassword::Common), "{password}");
        }
    }
}
