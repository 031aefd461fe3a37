//! Reading a request's body, within limits of size and time.

use std::time::Duration;

use zeroize::Zeroizing;

/// The largest body that is read, in bytes: 64 KiB. A login form has a few hundred bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// How long a whole body may take to arrive. After that, the platform gives up with
/// [`BodyError::TimedOut`], because a body that stalls occupies memory.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A request's body, which arrives in pieces.
#[allow(async_fn_in_trait)]
pub trait Body {
    /// The length that the request announced (RFC 9110 §8.6) in bytes, if it did.
    fn announced(&self) -> Option<u64>;

    /// The next piece, or `None` at the end.
    ///
    /// # Errors
    /// [`BodyError::TimedOut`] or [`BodyError::Interrupted`]. The caller enforces the size limit.
    async fn chunk(&mut self) -> Result<Option<Vec<u8>>, BodyError>;
}

/// Why a body could not be read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The body has more than [`MAX_BODY_BYTES`].
    #[error("the body is larger than {MAX_BODY_BYTES} bytes")]
    TooLarge,
    /// The body took longer than [`BODY_TIMEOUT`].
    #[error("the body took longer than {} s", BODY_TIMEOUT.as_secs())]
    TimedOut,
    /// The body ended early: the client went away, or the transfer failed.
    #[error("the body broke off")]
    Interrupted,
}

/// Reads a whole body. A body that is announced as too long is not read at all, and reading stops at
/// the piece that exceeds the limit. The pieces may hold a password, so they are wiped.
pub(crate) async fn read(mut body: impl Body) -> Result<Zeroizing<Vec<u8>>, BodyError> {
    let announced = body.announced();
    if announced.is_some_and(|length| length > MAX_BODY_BYTES as u64) {
        return Err(BodyError::TooLarge);
    }
    // All memory is reserved at once, because a vector that grows may leave its old contents behind.
    let room = announced.and_then(|length| usize::try_from(length).ok()).unwrap_or(MAX_BODY_BYTES);
    let mut whole = Zeroizing::new(Vec::with_capacity(room));
    while let Some(chunk) = body.chunk().await? {
        let chunk = Zeroizing::new(chunk);
        if whole.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(BodyError::TooLarge);
        }
        whole.extend_from_slice(&chunk);
    }
    if announced.is_some_and(|length| length > whole.len() as u64) {
        return Err(BodyError::Interrupted);
    }
    Ok(whole)
}
