use std::time::Duration;

use zeroize::Zeroizing;

use crate::request::Request;

/// The largest body that is read: 64 KiB. A login form has a few hundred bytes.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// How long a body may take to arrive. Platforms give up after it with
/// [`BodyError::TimedOut`]: a body that stands still holds memory.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// A request's body, arriving in pieces.
#[allow(async_fn_in_trait)]
pub trait Body {
    /// The next piece, or `None` at the end.
    async fn chunk(&mut self) -> Result<Option<Vec<u8>>, BodyError>;
}

/// Why a body could not be read whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// It has more than [`MAX_BODY_BYTES`].
    #[error("the body is larger than {MAX_BODY_BYTES} bytes")]
    TooLarge,
    /// It took longer than [`BODY_TIMEOUT`].
    #[error("the body took longer than {} s", BODY_TIMEOUT.as_secs())]
    TimedOut,
    /// The client went away, or its transfer is broken.
    #[error("the body broke off")]
    Interrupted,
}

/// Reads a body whole, and no further than the limit: what is announced or comes in beyond it
/// stays unread. The pieces hold a password, so they are wiped.
pub(crate) async fn read(request: &Request, mut body: impl Body) -> Result<Zeroizing<Vec<u8>>, BodyError> {
    let announced = request.content_length.as_deref().and_then(|length| length.parse::<u64>().ok());
    if announced.is_some_and(|length| length > MAX_BODY_BYTES as u64) {
        return Err(BodyError::TooLarge);
    }
    // Grown only here: a vector that moves leaves what it held behind.
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
