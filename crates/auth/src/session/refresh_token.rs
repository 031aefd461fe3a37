//! The refresh token: `base64url(payload ‖ HMAC-SHA256(payload))`.
//!
//! The payload is one byte for its format, the generation in four bytes and the version in eight (big-endian), the session's
//! 128 random bits, the length of the `sid` in one byte, the `sid`, and the username. All generations of a session share the random bits,
//! so that one generation has one token, however often it is asked for.

use std::fmt;

use accounts::Username;
use base64ct::{Base64UrlUnpadded, Encoding};
use guard::session::Sid;

use crate::keys::Mac;

/// The first byte of every payload.
const FORMAT: u8 = 1;
/// The longest token that is read, in characters: far more than any that was issued.
const MAX_CHARS: usize = 1024;

/// What a refresh token says.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// The session.
    pub sid: Sid,
    /// How many tokens of the session came before this one.
    pub generation: u32,
    /// The version of the user's record when the session began, or 0.
    pub version: i64,
    /// The session's random bits. They are shown nowhere else.
    pub secret: [u8; 16],
    /// Whose session it is, as the stores have the name.
    pub username: Username,
}

impl RefreshToken {
    /// Reads a payload. Everything has one spelling: a payload that can be read is the one that
    /// [`payload`](Self::payload) writes.
    #[must_use]
    pub fn parse(payload: &[u8]) -> Option<Self> {
        let (&[format], rest) = payload.split_first_chunk()?;
        let (generation, rest) = rest.split_first_chunk()?;
        let (version, rest) = rest.split_first_chunk()?;
        let (secret, rest) = rest.split_first_chunk()?;
        let (&[sid_bytes], rest) = rest.split_first_chunk()?;
        let (sid, username) = rest.split_at_checked(sid_bytes.into())?;
        let text = |bytes| std::str::from_utf8(bytes).ok();
        (format == FORMAT).then_some(Self {
            sid: Sid::parse(text(sid)?)?,
            generation: u32::from_be_bytes(*generation),
            version: i64::from_be_bytes(*version),
            secret: *secret,
            username: Username::parse(text(username)?)?,
        })
    }

    /// Writes the payload.
    #[must_use]
    pub fn payload(&self) -> Vec<u8> {
        let sid = self.sid.to_string();
        // The longest is `weur-18446744073709551615-9007199254740991`.
        let sid_bytes = u8::try_from(sid.len()).unwrap_or(u8::MAX);
        let (generation, version) = (self.generation.to_be_bytes(), self.version.to_be_bytes());
        let username = self.username.as_str();
        [&[FORMAT], &generation[..], &version, &self.secret, &[sid_bytes], sid.as_bytes(), username.as_bytes()].concat()
    }

    /// The token that a client gets.
    pub(crate) fn sign(&self, key: &Mac) -> String {
        let mut bytes = self.payload();
        bytes.extend(key.of(&bytes));
        Base64UrlUnpadded::encode_string(&bytes)
    }

    /// Reads a client's token. `None` for everything that wasn't signed with this key.
    pub(crate) fn verify(token: &str, key: &Mac) -> Option<Self> {
        if token.len() > MAX_CHARS {
            return None;
        }
        let bytes = Base64UrlUnpadded::decode_vec(token).ok()?;
        let (payload, mac) = bytes.split_last_chunk()?;
        key.fits(payload, mac).then(|| Self::parse(payload)).flatten()
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshToken")
            .field("sid", &self.sid)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::RootSecret;

    fn token() -> RefreshToken {
        RefreshToken {
            sid: Sid::parse("weur-17-1764040000123").unwrap(),
            generation: 0x0102_0304,
            version: 0x0011_2233_4455_6677,
            secret: [7; 16],
            username: Username::parse("김철수").unwrap(),
        }
    }

    fn key() -> Mac {
        RootSecret::new(b"a root secret of 32 bytes or more").mac("test")
    }

    #[test]
    fn a_token_is_read_as_it_was_written() {
        assert_eq!(RefreshToken::parse(&token().payload()), Some(token()));
        assert_eq!(RefreshToken::verify(&token().sign(&key()), &key()), Some(token()));
        let longest = RefreshToken {
            sid: Sid::parse("weur-18446744073709551615-9007199254740991").unwrap(),
            username: Username::parse(&"x".repeat(256)).unwrap(),
            ..token()
        };
        assert_eq!(RefreshToken::verify(&longest.sign(&key()), &key()), Some(longest));
    }

    #[test]
    fn nothing_else_is_read() {
        let token = token().sign(&key());
        let padded = format!("{token}=");
        let standard = token.replace('-', "+").replace('_', "/");
        assert!(RefreshToken::verify(&padded, &key()).is_none());
        assert!(standard == token || RefreshToken::verify(&standard, &key()).is_none());
        for (place, _) in token.char_indices() {
            for other in ["A", "B", "_", " ", ""] {
                let mut changed = token.clone();
                changed.replace_range(place..=place, other);
                assert!(changed == token || RefreshToken::verify(&changed, &key()).is_none(), "{changed}");
            }
        }
        let other = RootSecret::new(b"a root secret of 32 bytes or more").mac("another purpose");
        assert!(RefreshToken::verify(&token, &other).is_none());
        assert!(RefreshToken::verify(&"A".repeat(MAX_CHARS + 1), &key()).is_none());
    }

    #[test]
    fn a_payload_has_one_spelling() {
        let payload = token().payload();
        for end in 0..payload.len() {
            let cut = RefreshToken::parse(&payload[..end]);
            assert!(cut.is_none_or(|cut| cut.payload() == payload[..end]));
        }
        for (place, byte) in [(0, 2), (29, 200), (30, b'W'), (51, 0x7f), (51, 0xff)] {
            let mut changed = payload.clone();
            changed[place] = byte;
            assert_eq!(RefreshToken::parse(&changed), None, "{place}");
        }
    }

    #[test]
    fn it_prints_without_what_makes_it_a_secret() {
        let printed = format!("{:?}", token());
        assert!(!printed.contains("[7") && !printed.contains("김"), "{printed}");
    }
}
