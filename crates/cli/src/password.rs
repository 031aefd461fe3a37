//! Where a new password comes from, and its hash.

use std::io::{self, BufRead};

use accounts::{
    Username,
    new_password::{self, RefusedPassword},
};
use passwords::{Password, StoredHash};
use zeroize::Zeroizing;

use crate::{
    args::PasswordSource,
    io_error::IoError,
    random::{self, RandomError},
};

/// Why there is no new password, or no hash of it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PasswordError {
    #[error("there is no terminal to ask for the password: use --password-stdin")]
    NoTerminal,
    #[error("the two passwords differ")]
    Differ,
    #[error(transparent)]
    Read(#[from] IoError),
    #[error(transparent)]
    Refused(#[from] RefusedPassword),
    #[error(transparent)]
    Random(#[from] RandomError),
    #[error("there is not enough memory to hash the password")]
    Memory,
}

/// Asks for a new password twice, or reads it from standard input.
pub(crate) fn obtain(source: &PasswordSource, username: &Username) -> Result<Password, PasswordError> {
    let password = if source.password_stdin { read()? } else { prompt()? };
    new_password::check(password.expose(), username)?;
    Ok(password)
}

/// Hashes a password with today's parameters.
pub(crate) fn hash(password: &Password) -> Result<StoredHash, PasswordError> {
    let mut salt = [0; 16];
    random::fill(&mut salt)?;
    StoredHash::create(password, salt).ok_or(PasswordError::Memory)
}

fn read() -> Result<Password, PasswordError> {
    // There is room for the longest password: a string that grows leaves a copy behind.
    let mut line = Zeroizing::new(String::with_capacity(8 * 1024));
    io::stdin().lock().read_line(&mut line).map_err(IoError::of("the password can't be read"))?;
    Ok(Password::new(line.trim_end_matches(['\r', '\n'])))
}

fn prompt() -> Result<Password, PasswordError> {
    let ask = |question| rpassword::prompt_password(question).map(Password::new).map_err(|_| PasswordError::NoTerminal);
    let password = ask("New password: ")?;
    let again = ask("New password again: ")?;
    if password.expose() == again.expose() { Ok(password) } else { Err(PasswordError::Differ) }
}
