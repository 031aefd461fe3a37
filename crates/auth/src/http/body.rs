//! Reading a body, within a limit of bytes and of time.

use std::time::Duration;

use zeroize::Zeroizing;

/// The largest body that is read: 64 KiB. A login form has a few hundred bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// How long a body may take to arrive. A platform gives up after it with [`BodyError::TimedOut`],
/// because a body that stalls holds memory.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A request's body, arriving in pieces.
#[allow(async_fn_in_trait)]
pub trait Body {
    /// The length in bytes that the request announced, if it announced one.
    fn announced(&self) -> Option<u64>;

    /// The next piece, or `None` at the end.
    async fn chunk(&mut self) -> Result<Option<Vec<u8>>, BodyError>;
}

/// Why a body could not be read whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The body has more than [`MAX_BODY_BYTES`].
    #[error("the body is larger than {MAX_BODY_BYTES} bytes")]
    TooLarge,
    /// The body took longer than [`BODY_TIMEOUT`].
    #[error("the body took longer than {} s", BODY_TIMEOUT.as_secs())]
    TimedOut,
    /// The client went away, or its transfer is broken.
    #[error("the body broke off")]
    Interrupted,
}

/// Reads a whole body. Whatever is announced or arrives beyond the limit stays unread. The pieces
/// hold a password, so they are wiped.
pub(crate) async fn read(mut body: impl Body) -> Result<Zeroizing<Vec<u8>>, BodyError> {
    let announced = body.announced();
    if announced.is_some_and(|length| length > MAX_BODY_BYTES as u64) {
        return Err(BodyError::TooLarge);
    }
    // All room is made at once, because a vector that moves leaves its old contents behind.
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
