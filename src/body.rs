//! A request's body as the domain reads it: piece by piece.

use futures_util::{
    StreamExt,
    future::{Either, select},
};
use login::{BODY_TIMEOUT, Body, BodyError};
use worker::{ByteStream, Delay, Request};

/// The pieces of a body; none where the request has no body.
pub(crate) struct Chunks {
    stream: Option<ByteStream>,
    /// For the whole body, so that one that trickles ends too.
    deadline: Delay,
}

impl Chunks {
    pub(crate) fn of(request: &mut Request) -> Self {
        Self { stream: request.stream().ok(), deadline: Delay::from(BODY_TIMEOUT) }
    }
}

impl Body for Chunks {
    async fn chunk(&mut self) -> Result<Option<Vec<u8>>, BodyError> {
        let Some(stream) = &mut self.stream else { return Ok(None) };
        match select(stream.next(), &mut self.deadline).await {
            Either::Left((chunk, _)) => chunk.transpose().map_err(|_| BodyError::Interrupted),
            Either::Right(_) => Err(BodyError::TimedOut),
        }
    }
}
