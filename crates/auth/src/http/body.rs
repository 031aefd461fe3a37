//! Reading a request's body, within limits of size and time.

use std::time::Duration;

use zeroize::Zeroizing;

/// The largest body that is read, in bytes: 16 KiB. The longest username and password, 256 and 4,096
/// bytes, take 13,056 bytes when every byte is percent-encoded. The rest is for the names of the fields,
/// the other fields, and a multipart form's boundaries.
pub const MAX_BODY_BYTES: usize = 16 * 1024;

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
    /// Any [`BodyError`] except [`BodyError::TooLarge`]: the caller enforces the size limit.
    async fn chunk(&mut self) -> Result<Option<Vec<u8>>, BodyError>;
}

/// Why a body could not be read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The body has more bytes than its endpoint reads: [`MAX_BODY_BYTES`], or more for many users.
    #[error("the body is too large")]
    TooLarge,
    /// The body took longer than [`BODY_TIMEOUT`].
    #[error("the body took longer than {} s", BODY_TIMEOUT.as_secs())]
    TimedOut,
    /// The body ended early: the client went away, or the transfer failed.
    #[error("the body broke off")]
    Interrupted,
    /// Newer bodies took its place: see [`OpenBodies`](super::OpenBodies).
    #[error("too many bodies were open at once")]
    Crowded,
}

/// Reads a whole body. A body that is announced as too long is not read at all, and reading stops at
/// the piece that exceeds the limit. The pieces may hold a password, so they are wiped.
pub(crate) async fn read(body: impl Body) -> Result<Zeroizing<Vec<u8>>, BodyError> {
    read_up_to(MAX_BODY_BYTES, body).await
}

/// Reads a whole body of at most so many bytes.
pub(crate) async fn read_up_to(limit: usize, mut body: impl Body) -> Result<Zeroizing<Vec<u8>>, BodyError> {
    let announced = body.announced();
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(BodyError::TooLarge);
    }
    let mut whole = Zeroizing::new(Vec::new());
    while let Some(chunk) = body.chunk().await? {
        let chunk = Zeroizing::new(chunk);
        if whole.len() + chunk.len() > limit {
            return Err(BodyError::TooLarge);
        }
        append(&mut whole, &chunk, limit);
    }
    if announced.is_some_and(|length| length > whole.len() as u64) {
        return Err(BodyError::Interrupted);
    }
    Ok(whole)
}

/// Appends a piece. A vector that grows by itself may leave its old contents behind, so this one is
/// replaced and wiped. Memory is reserved for what has arrived, not for what was announced.
fn append(whole: &mut Zeroizing<Vec<u8>>, piece: &[u8], limit: usize) {
    let length = whole.len() + piece.len();
    if length > whole.capacity() {
        let capacity = if whole.is_empty() { length } else { limit.min(2 * length) };
        let mut larger = Zeroizing::new(Vec::with_capacity(capacity));
        larger.extend_from_slice(whole);
        *whole = larger;
    }
    whole.extend_from_slice(piece);
}
