//! The token of a reset: `base64url(256 random bits ‖ username ‖ HMAC-SHA256)`. The MAC tells a token that was made up before any
//! object or store is asked. That a token may still be used shows in what is kept beside the user's record.

use accounts::Username;
use base64ct::{Base64UrlUnpadded, Encoding};
use zeroize::Zeroizing;

use crate::keys::Mac;

/// The longest token that is read, in characters: far more than any that was issued.
const MAX_CHARS: usize = 1024;

/// What a token says.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ResetToken {
    /// Whose password may be reset.
    pub(crate) username: Username,
    /// Random bits that are shown nowhere else.
    pub(crate) secret: Zeroizing<[u8; 32]>,
}

impl ResetToken {
    /// The token that a service gets.
    pub(crate) fn sign(&self, key: &Mac) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([self.secret.as_slice(), self.username.as_str().as_bytes()].concat());
        let mac = key.of(&bytes);
        bytes.extend(mac);
        Zeroizing::new(Base64UrlUnpadded::encode_string(&bytes))
    }

    /// Reads a token. `None` for everything that wasn't signed with this key.
    pub(crate) fn verify(token: &str, key: &Mac) -> Option<Self> {
        if token.len() > MAX_CHARS {
            return None;
        }
        let bytes = Zeroizing::new(Base64UrlUnpadded::decode_vec(token).ok()?);
        let (payload, mac) = bytes.split_last_chunk()?;
        if !key.fits(payload, mac) {
            return None;
        }
        let (secret, username) = payload.split_first_chunk()?;
        let username = Username::parse(std::str::from_utf8(username).ok()?)?;
        Some(Self { username, secret: Zeroizing::new(*secret) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::RootSecret;

    fn key(purpose: &str) -> Mac {
        RootSecret::new(b"a root secret of 32 bytes or more").mac(purpose)
    }

    fn token() -> ResetToken {
        ResetToken { username: Username::parse("김철수").unwrap(), secret: Zeroizing::new([7; 32]) }
    }

    #[test]
    fn a_token_is_read_as_it_was_written() {
        let longest = ResetToken { username: Username::parse(&"x".repeat(256)).unwrap(), ..token() };
        for token in [token(), longest] {
            assert!(ResetToken::verify(&token.sign(&key("test")), &key("test")) == Some(token));
        }
    }

    #[test]
    fn nothing_else_is_read() {
        let token = token().sign(&key("test"));
        assert!(ResetToken::verify(&token, &key("other")).is_none());
        for (place, _) in token.char_indices() {
            for other in ["A", "B", "_", " ", ""] {
                let mut changed = token.to_string();
                changed.replace_range(place..=place, other);
                assert!(changed == *token || ResetToken::verify(&changed, &key("test")).is_none(), "{changed}");
            }
        }
        for other in ["", "A", &token[..43], &format!("{}=", *token), &"A".repeat(2000)] {
            assert!(ResetToken::verify(other, &key("test")).is_none(), "{other}");
        }
    }
}
