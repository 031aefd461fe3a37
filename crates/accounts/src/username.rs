//! Usernames that can be keys.

use serde::{Deserialize, Serialize};

/// A username that can be a key: 1 to 256 bytes without control characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Username(String);

/// A string can't be a [`Username`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a username has 1 to {} bytes and no control characters", Username::MAX_BYTES)]
pub struct InvalidUsername;

impl Username {
    const MAX_BYTES: usize = 256;

    /// Returns `None` for a string that can't be a key.
    #[must_use]
    pub fn parse(username: &str) -> Option<Self> {
        let fits = (1..=Self::MAX_BYTES).contains(&username.len());
        (fits && !username.contains(char::is_control)).then(|| Self(username.to_owned()))
    }

    /// A key that no user can have. It is looked up where the same work has to be done without a user.
    #[must_use]
    pub fn nobody() -> Self {
        Self("\u{7f}".to_owned())
    }

    /// The username, exactly as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Username {
    type Error = InvalidUsername;

    fn try_from(username: String) -> Result<Self, InvalidUsername> {
        Self::parse(&username).ok_or(InvalidUsername)
    }
}
