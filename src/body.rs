//! A request's body as the domain reads it: piece by piece.

use futures_util::StreamExt;
use login::{Body, BodyError};
use worker::{ByteStream, Request};

/// The pieces of a body; `None` where the request has none.
pub(crate) struct Chunks(Option<ByteStream>);

impl Chunks {
    pub(crate) fn of(request: &mut Request) -> Self {
        Self(request.stream().ok())
    }
}

impl Body for Chunks {
    async fn chunk(&mut self) -> Result<Option<Vec<u8>>, BodyError> {
        match &mut self.0 {
            Some(stream) => stream.next().await.transpose().map_err(|_| BodyError::Interrupted),
            None => Ok(None),
        }
    }
}
