//! How tokens name a user.

use serde::{Deserialize, Serialize};

/// The claim `sub` of a user's tokens (RFC 7519 §4.1.2) where it is not the username, such as the
/// user's id in an application: 1 to 256 bytes without control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Subject(String);

/// A string can't be a [`Subject`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a subject has 1 to {} bytes and no control characters", Subject::MAX_BYTES)]
pub struct InvalidSubject;

impl Subject {
    /// A subject that nobody chose.
    #[must_use]
    pub fn random(bits: [u8; 16]) -> Self {
        Self(format!("{:032x}", u128::from_be_bytes(bits)))
    }

    const MAX_BYTES: usize = 256;

    /// The subject, exactly as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Subject {
    type Error = InvalidSubject;

    fn try_from(subject: String) -> Result<Self, InvalidSubject> {
        let fits = (1..=Self::MAX_BYTES).contains(&subject.len()) && !subject.contains(char::is_control);
        fits.then_some(Self(subject)).ok_or(InvalidSubject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_a_short_string_without_control_characters() {
        for subject in ["1", "0b1f6c1e-1f2d-4a59-9a55-7f4b6f6f3a10", "auth0|abc", "é", &"x".repeat(256)] {
            assert_eq!(Subject::try_from(subject.to_owned()).unwrap().as_str(), subject);
        }
        for subject in ["", "a\tb", "a\u{85}b", &"x".repeat(257)] {
            assert_eq!(Subject::try_from(subject.to_owned()), Err(InvalidSubject), "{subject:?}");
        }
    }
}
