//! Versions of a user's record.

use serde::{Deserialize, Serialize};

/// The version of a user's record, in milliseconds. It rises with each change of the password or of `disabled`, so that
/// tokens of a session that began before are dead. 0 is that of a record from before there were versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(try_from = "i64")]
pub struct Version(i64);

/// A number can't be a [`Version`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a version is from 0 to {}", Version::MAX)]
pub struct InvalidVersion;

impl Version {
    /// The largest version: integers up to it are exact as doubles, as which JavaScript has them.
    const MAX: i64 = (1 << 53) - 1;
    /// By how much two clocks may differ, in milliseconds.
    const TOLERANCE: i64 = 2000;

    /// The version in milliseconds.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0
    }

    /// The version after a change at `now`, in Unix milliseconds. It is later than the sessions that began before, by
    /// any clock that differs by less than 2 s.
    #[must_use]
    pub fn after(self, now: i64) -> Self {
        Self(now.saturating_add(Self::TOLERANCE).max(self.0 + 1).min(Self::MAX))
    }

    /// When the change was made that gave a record its version, in Unix milliseconds. It may have been up to a second earlier,
    /// because SQLite's clock has no milliseconds, or later, if several changes were made at once.
    #[must_use]
    pub fn changed_at(millis: i64) -> i64 {
        millis.saturating_sub(Self::TOLERANCE)
    }

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "Serde passes a reference")]
    pub(crate) fn is_first(&self) -> bool {
        self.0 == 0
    }
}

impl TryFrom<i64> for Version {
    type Error = InvalidVersion;

    fn try_from(version: i64) -> Result<Self, InvalidVersion> {
        (0..=Self::MAX).contains(&version).then_some(Self(version)).ok_or(InvalidVersion)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_always_rises_and_is_ahead_of_the_clock() {
        let version = |millis| Version::try_from(millis).unwrap();
        assert_eq!(Version::default().after(1_764_040_000_000), version(1_764_040_002_000));
        // The clock went back.
        assert_eq!(version(1_764_040_002_000).after(1_764_030_000_000), version(1_764_040_002_001));
        assert_eq!(version(Version::MAX).after(i64::MAX), version(Version::MAX));
        assert_eq!(Version::try_from(-1), Err(InvalidVersion));
        assert_eq!(Version::try_from(Version::MAX + 1), Err(InvalidVersion));
    }
}
