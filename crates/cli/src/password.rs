//! New passwords: where they come from, and which are refused (NIST SP 800-63B-4 §3.1.1.2: a
//! length and a blocklist, no rules of composition).

use std::io::{self, BufRead};

use accounts::Username;
use passwords::{Password, StoredHash};
use zeroize::Zeroizing;

use crate::{args::PasswordSource, error::Error};

const MIN_CHARS: usize = 8;
/// The Worker reads 4,096 bytes, which is as many characters of the longest kind.
const MAX_CHARS: usize = 1024;
/// Passwords that are guessed first. The list of the most common ones in `zxcvbn` is 30,000 long, and
/// a listed password is guessed as soon as its turn comes; so are `aaaaaaaa` and the username.
const FIRST_GUESSES: u64 = 30_000;

/// Why a password is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PasswordError {
    #[error("there is no terminal to ask for the password on: use --password-stdin")]
    NoTerminal,
    #[error("the two passwords differ")]
    Differ,
    #[error("the password has {0} characters: it needs at least {MIN_CHARS}")]
    Short(usize),
    #[error("the password is longer than {MAX_CHARS} characters")]
    Long,
    #[error("the password is one of those that are guessed first: take another")]
    Common,
}

/// Asks for a new password, twice, or reads it.
pub(crate) fn obtain(source: &PasswordSource, username: &Username) -> Result<Password, Error> {
    let password = if source.password_stdin { read()? } else { prompt()? };
    check(password.expose(), username.as_str())?;
    Ok(password)
}

/// Its hash with today's parameters.
pub(crate) fn hash(password: &Password) -> Result<StoredHash, Error> {
    let mut salt = [0; 16];
    getrandom::fill(&mut salt).map_err(Error::Random)?;
    StoredHash::create(password, salt).ok_or(Error::Memory)
}

fn read() -> Result<Password, Error> {
    // Room for the longest one: a text that moves leaves its password behind.
    let mut text = Zeroizing::new(String::with_capacity(8 * 1024));
    io::stdin().lock().read_line(&mut text).map_err(Error::io("the password can't be read"))?;
    Ok(Password::new(text.trim_end_matches(['\r', '\n'])))
}

fn prompt() -> Result<Password, Error> {
    let ask = |question| rpassword::prompt_password(question).map(Password::new).map_err(|_| PasswordError::NoTerminal);
    let password = ask("New password: ")?;
    let again = ask("The same again: ")?;
    if password.expose() == again.expose() { Ok(password) } else { Err(PasswordError::Differ.into()) }
}

fn check(password: &str, username: &str) -> Result<(), PasswordError> {
    match password.chars().count() {
        chars @ ..MIN_CHARS => Err(PasswordError::Short(chars)),
        chars if chars > MAX_CHARS => Err(PasswordError::Long),
        _ if zxcvbn::zxcvbn(password, &[username]).guesses() <= FIRST_GUESSES => Err(PasswordError::Common),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_length_and_the_list_are_asked_of_a_password() {
        for password in
            ["correct horse battery staple", "aufgabelung", "nurkleinebuchstaben", "ключ от дома", "🔑 🐎 🔋 📎 🌍"]
        {
            assert_eq!(check(password, "alice"), Ok(()), "{password}");
        }
        let longest: String = ('a'..='z').cycle().step_by(7).take(MAX_CHARS).collect();
        assert_eq!(check(&longest, "alice"), Ok(()));
        assert_eq!(check("zq7!xyä", "alice"), Err(PasswordError::Short(7)));
        assert_eq!(check(&"ä7".repeat(513), "alice"), Err(PasswordError::Long));
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
            assert_eq!(check(password, "alice.liddell"), Err(PasswordError::Common), "{password}");
        }
    }
}
