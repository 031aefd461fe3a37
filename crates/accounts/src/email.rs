//! Email addresses, which an application keeps beside its users.

use serde::{Deserialize, Serialize};

/// A user's email address. Nothing here sends to it, so it is only what any address has to be: 3 to 254 bytes (RFC 5321
/// §4.5.3.1.3) with an `@` inside, and without spaces and control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Email(String);

/// A string can't be an [`Email`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an email address has 3 to {} bytes, an @ inside, and no spaces", Email::MAX_BYTES)]
pub struct InvalidEmail;

impl Email {
    const MAX_BYTES: usize = 254;

    /// The address, exactly as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Email {
    type Error = InvalidEmail;

    fn try_from(email: String) -> Result<Self, InvalidEmail> {
        let has_parts = email.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
        let is_bare = !email.contains(|character: char| character.is_whitespace() || character.is_control());
        (has_parts && is_bare && email.len() <= Self::MAX_BYTES).then_some(Self(email)).ok_or(InvalidEmail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_two_parts_and_no_spaces() {
        for email in ["a@b", "alice+tag@example.com", "ä@bücher.example", "\"a@b\"@example.com"] {
            assert_eq!(Email::try_from(email.to_owned()).unwrap().as_str(), email);
        }
        let long = format!("{}@example.com", "x".repeat(243));
        for email in ["", "alice", "@example.com", "alice@", "a b@example.com", "a@b\n", "a\u{85}@b", &long] {
            assert_eq!(Email::try_from(email.to_owned()), Err(InvalidEmail), "{email:?}");
        }
    }
}
