//! The session identifier: which object verified a login, and that object's number for it.

use std::fmt;

use crate::shard::Shard;

/// A session's identifier, such as `weur-17-1764040000123`. It is the claim `sid` of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sid {
    /// The guard object that verified the login.
    pub shard: Shard,
    /// The object's number for the login, in Unix milliseconds. No two logins of an account have the same.
    pub number: i64,
}

/// The largest number: integers up to it are exact as doubles, as which Durable Objects pass them.
const MAX_NUMBER: i64 = (1 << 53) - 1;

impl Sid {
    /// Reads an identifier in the only form in which [`Display`](fmt::Display) writes it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (shard, number) = text.rsplit_once('-')?;
        let sid = Self { shard: Shard::parse(shard)?, number: number.parse().ok()? };
        ((0..=MAX_NUMBER).contains(&sid.number) && sid.to_string() == text).then_some(sid)
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.shard.name(), self.number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_has_one_spelling() {
        for text in ["weur-17-1764040000123", "enam-0-0", "sam-16383-9007199254740991"] {
            assert_eq!(Sid::parse(text).unwrap().to_string(), text);
        }
        for text in [
            "",
            "weur-17",
            "weur-17-",
            "weur-17--1",
            "weur-17-+1",
            "weur-017-1",
            "weur-17-01",
            "WEUR-17-1",
            "eu-17-1",
            "weur-17-1 ",
            "weur-17-1.0",
            "weur-17-9007199254740992",
            "weur--17-1",
            "weur-17-1-1",
        ] {
            assert_eq!(Sid::parse(text), None, "{text}");
        }
    }
}
