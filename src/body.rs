//! A request's body, as the crate `auth` reads it.

use std::{mem, pin::pin};

use auth::http::{BODY_TIMEOUT, Body, BodyError, Headers};
use futures_util::{
    StreamExt,
    future::{Either, select},
};
use worker::{ByteStream, Delay, Request, Result, js_sys::Uint8Array, wasm_bindgen_futures::JsFuture, web_sys};

use crate::request::JsHeaders;

/// A body in pieces. A request without a body has none.
pub(crate) struct Chunks<'a> {
    announced: Option<u64>,
    rest: Rest<'a>,
    /// The deadline of the whole body, not of each piece: a body may not trickle in for ever.
    deadline: Delay,
}

/// The part of a body that has not been read yet.
enum Rest<'a> {
    /// All of a body whose length was announced. It is read in one piece, which is cheaper.
    Whole(&'a web_sys::Request),
    /// All of a body whose length is not known.
    Unread(&'a web_sys::Request),
    /// The rest of a body whose length is not known.
    Stream(ByteStream),
    /// The body was read to its end.
    Nothing,
}

impl<'a> Chunks<'a> {
    /// The body of a request. Nothing is read yet: `auth` asks for no piece of a body that is announced
    /// as too long.
    pub(crate) fn of(request: &'a web_sys::Request, headers: &JsHeaders) -> Self {
        let announced = headers.get("content-length").and_then(|length| length.parse().ok());
        let rest = if announced.is_some() { Rest::Whole(request) } else { Rest::Unread(request) };
        Self { announced, rest, deadline: Delay::from(BODY_TIMEOUT) }
    }
}

impl Rest<'_> {
    async fn next(&mut self) -> Option<Result<Vec<u8>>> {
        match mem::replace(self, Self::Nothing) {
            Self::Whole(request) => return Some(whole(request).await),
            Self::Unread(request) => {
                *self = Request::from(Clone::clone(request)).stream().map_or(Self::Nothing, Self::Stream);
            }
            rest => *self = rest,
        }
        if let Self::Stream(stream) = self { stream.next().await } else { None }
    }
}

async fn whole(request: &web_sys::Request) -> Result<Vec<u8>> {
    let buffer = JsFuture::from(request.array_buffer()?).await?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

impl Body for Chunks<'_> {
    fn announced(&self) -> Option<u64> {
        self.announced
    }

    async fn chunk(&mut self) -> Result<Option<Vec<u8>>, BodyError> {
        match select(pin!(self.rest.next()), &mut self.deadline).await {
            Either::Left((chunk, _)) => chunk.transpose().map_err(|_| BodyError::Interrupted),
            Either::Right(_) => Err(BodyError::TimedOut),
        }
    }
}
