//! What an endpoint may not get for itself: the time and randomness.

use chrono::{DateTime, Utc};

/// The surroundings of one request.
#[derive(Clone, Copy)]
pub struct RequestContext<'a> {
    /// The time at which the request came in.
    pub now: DateTime<Utc>,
    /// Where random bits come from.
    pub random: &'a dyn Random,
}

/// A source of random bits that are fit for keys.
pub trait Random {
    /// Fills all of `bytes`.
    ///
    /// # Errors
    /// [`RandomError`] if the source failed. The bytes must not be used then.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

/// The source of randomness failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the source of randomness failed")]
pub struct RandomError;

impl RequestContext<'_> {
    /// Draws fresh random bytes, as often as they are needed.
    ///
    /// # Errors
    /// [`RandomError`] if the source failed.
    pub fn random<const N: usize>(&self) -> Result<[u8; N], RandomError> {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes)?;
        Ok(bytes)
    }
}
