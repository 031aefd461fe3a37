//! A request's body as the domain reads it.

use std::{mem, pin::pin};

use futures_util::{
    StreamExt,
    future::{Either, select},
};
use login::{BODY_TIMEOUT, Body, BodyError};
use worker::{ByteStream, Delay, Request, Result};

/// The pieces of a body; none where the request has no body.
pub(crate) struct Chunks<'a> {
    rest: Rest<'a>,
    /// For the whole body, so that one that trickles ends too.
    deadline: Delay,
}

/// What hasn't arrived yet.
enum Rest<'a> {
    /// All, of a length that was announced: read at once, which is cheaper.
    Whole(&'a mut Request),
    Stream(ByteStream),
    Nothing,
}

impl<'a> Chunks<'a> {
    /// `content_length`: what was announced. The domain asks for no piece of a body that is too long.
    pub(crate) fn of(request: &'a mut Request, content_length: Option<&str>) -> Self {
        let is_announced = content_length.is_some_and(|length| length.parse::<u64>().is_ok());
        let rest =
            if is_announced { Rest::Whole(request) } else { request.stream().map_or(Rest::Nothing, Rest::Stream) };
        Self { rest, deadline: Delay::from(BODY_TIMEOUT) }
    }
}

impl Rest<'_> {
    async fn next(&mut self) -> Option<Result<Vec<u8>>> {
        if let Self::Stream(stream) = self {
            return stream.next().await;
        }
        match mem::replace(self, Self::Nothing) {
            Self::Whole(request) => Some(request.bytes().await),
            _ => None,
        }
    }
}

impl Body for Chunks<'_> {
    async fn chunk(&mut self) -> Result<Option<Vec<u8>>, BodyError> {
        match select(pin!(self.rest.next()), &mut self.deadline).await {
            Either::Left((chunk, _)) => chunk.transpose().map_err(|_| BodyError::Interrupted),
            Either::Right(_) => Err(BodyError::TimedOut),
        }
    }
}
