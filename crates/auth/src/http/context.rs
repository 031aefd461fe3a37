//! The time and randomness, which endpoints get as arguments.

use chrono::{DateTime, Utc};

/// What surrounds one request: the time, and a source of randomness.
#[derive(Clone, Copy)]
pub struct RequestContext<'a> {
    /// The time at which the request came in.
    pub now: DateTime<Utc>,
    /// Where random bits come from.
    pub random: &'a dyn Random,
}

/// A cryptographically secure source of random bits.
pub trait Random {
    /// Fills all of `bytes`.
    ///
    /// # Errors
    /// [`RandomError`] if the source failed. The caller must not use the bytes then.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

/// The source of randomness failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the source of randomness failed")]
pub struct RandomError;

impl RequestContext<'_> {
    /// Returns `N` fresh random bytes at every call.
    ///
    /// # Errors
    /// [`RandomError`] if the source failed.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], RandomError> {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes)?;
        Ok(bytes)
    }
}
