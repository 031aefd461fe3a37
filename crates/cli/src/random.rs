//! Random bytes from the operating system.

/// The system gave none.
#[derive(Debug, thiserror::Error)]
#[error("the operating system can't provide random bytes: {0}")]
pub(crate) struct RandomError(getrandom::Error);

pub(crate) fn fill(bytes: &mut [u8]) -> Result<(), RandomError> {
    getrandom::fill(bytes).map_err(RandomError)
}
