//! Configuration, parsed once into what can't be wrong.

use std::fmt;

use chrono::TimeDelta;
use jwt_compact::alg::Hs256Key;
use zeroize::Zeroizing;

use crate::{keys::KeyedHash, token::TokenIssuer};

/// What the environment says, ready for use.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where users are kept.
    pub user_store: UserStore,
    pub(crate) tokens: TokenIssuer,
    /// Names users in the log.
    pub(crate) pseudonyms: KeyedHash,
    /// Spreads users over the guard's shards.
    pub(crate) shards: KeyedHash,
}

/// `USER_STORE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStore {
    /// The D1 database bound as `DB`.
    D1,
    /// The KV namespace bound as `USERS`.
    Kv,
}

/// A variable as the environment has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Variable {
    /// There is none of this name.
    Absent,
    /// Its text. An empty one counts as absent.
    Text(String),
    /// It is a list, an object, or of another type that is no text.
    NotText,
}

/// What is wrong with the environment: which variable, and how to mend it. Quotes no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// `SECRET_KEY` can't sign tokens.
    #[error(
        "SECRET_KEY {0}: make one with `openssl rand -hex 32` and store it with `wrangler secret put SECRET_KEY`, \
         or for local work as a line SECRET_KEY=… in .dev.vars"
    )]
    SecretKey(WeakSecret),
    /// `ACCESS_TOKEN_EXPIRE_MINUTES` is no lifetime.
    #[error("ACCESS_TOKEN_EXPIRE_MINUTES is {0:?}, not a number of minutes from 1 to {MAX_LIFETIME_MINUTES}")]
    Lifetime(String),
    /// A variable is not of the type all of them have.
    #[error("{0} is not a text")]
    NotText(&'static str),
    /// `USER_STORE` names no store.
    #[error("USER_STORE is {0:?}, neither `d1` nor `kv`")]
    UserStore(String),
}

/// Why a text is no `SECRET_KEY`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum WeakSecret {
    /// There is none.
    Missing,
    /// Under 32 bytes: less than HS256's own strength (RFC 7518 §3.2).
    Short,
    /// Published, or a text repeated.
    Placeholder,
}

impl fmt::Display for WeakSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("is missing"),
            Self::Short => write!(f, "is shorter than {MIN_SECRET_BYTES} bytes"),
            Self::Placeholder => f.write_str("is a known placeholder or a text repeated"),
        }
    }
}

const MIN_SECRET_BYTES: usize = 32;
/// Published by tutorials, so known to everyone.
const PUBLISHED: [&str; 2] = [
    "4ab2fce7a6bd79e1c014396315ed322dd6edb1c5d975c6b74a2904135172c03c",
    "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
];
/// What stands in examples, dashes and underscores left out: nobody's random text holds it.
const PLACEHOLDERS: [&str; 5] = ["changethis", "changeme", "yoursecret", "secretkey", "astringsecret"];

const DEFAULT_LIFETIME_MINUTES: u32 = 24 * 60;
/// Ten years. A longer lifetime is a mistake.
const MAX_LIFETIME_MINUTES: u32 = 10 * 365 * 24 * 60;

impl Config {
    /// Reads the variables by name.
    ///
    /// # Errors
    /// The first variable that is wrong.
    pub fn parse(variable: impl Fn(&str) -> Variable) -> Result<Self, ConfigError> {
        let variable = |name| match variable(name) {
            Variable::Text(text) => Ok(Some(text).filter(|text| !text.is_empty())),
            Variable::Absent => Ok(None),
            Variable::NotText => Err(ConfigError::NotText(name)),
        };
        let secret = secret_key(variable("SECRET_KEY")?).map_err(ConfigError::SecretKey)?;
        Ok(Self {
            user_store: user_store(variable("USER_STORE")?.as_deref())?,
            pseudonyms: KeyedHash::derive(&secret, "edge-login pseudonym"),
            shards: KeyedHash::derive(&secret, "edge-login shard"),
            tokens: TokenIssuer {
                key: secret,
                lifetime: lifetime(variable("ACCESS_TOKEN_EXPIRE_MINUTES")?)?,
                issuer: variable("ISSUER")?,
                audience: variable("AUDIENCE")?,
            },
        })
    }
}

/// The key is the text's UTF-8 bytes, as python-jose and PyJWT take it.
fn secret_key(text: Option<String>) -> Result<Hs256Key, WeakSecret> {
    let text = Zeroizing::new(text.ok_or(WeakSecret::Missing)?);
    let letters = Zeroizing::new(text.to_lowercase().replace(['-', '_', ' '], ""));
    let is_placeholder = PLACEHOLDERS.iter().any(|placeholder| letters.contains(placeholder));
    if is_placeholder || PUBLISHED.contains(&text.as_str()) || is_repetition(text.as_bytes()) {
        return Err(WeakSecret::Placeholder);
    }
    if text.len() < MIN_SECRET_BYTES {
        return Err(WeakSecret::Short);
    }
    Ok(Hs256Key::new(text.as_bytes()))
}

/// Whether a text is one character, or one short text, over and over.
fn is_repetition(text: &[u8]) -> bool {
    (1..=text.len() / 2).any(|period| text.iter().zip(text.iter().skip(period)).all(|(byte, later)| byte == later))
}

fn lifetime(text: Option<String>) -> Result<TimeDelta, ConfigError> {
    let minutes = match text {
        None => Some(DEFAULT_LIFETIME_MINUTES),
        Some(ref text) => text.trim().parse().ok().filter(|minutes| (1..=MAX_LIFETIME_MINUTES).contains(minutes)),
    };
    match minutes {
        Some(minutes) => Ok(TimeDelta::minutes(minutes.into())),
        None => Err(ConfigError::Lifetime(text.unwrap_or_default())),
    }
}

fn user_store(text: Option<&str>) -> Result<UserStore, ConfigError> {
    match text {
        None | Some("d1") => Ok(UserStore::D1),
        Some("kv") => Ok(UserStore::Kv),
        Some(other) => Err(ConfigError::UserStore(other.to_owned())),
    }
}
