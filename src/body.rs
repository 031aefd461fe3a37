//! A request's body, as the crate `auth` reads it.

use std::{cell::RefCell, mem, pin::pin, time::Duration};

use auth::http::{BODY_TIMEOUT, Body, BodyError, Headers, OpenBodies, Places};
use futures_util::{
    StreamExt,
    future::{Either, select},
};
use worker::{
    ByteStream, Date, Delay, Request, Result,
    js_sys::{Function, Promise, Uint8Array},
    wasm_bindgen::JsValue,
    wasm_bindgen_futures::JsFuture,
    web_sys,
};

use crate::request::JsHeaders;

/// A body in pieces. A request without a body has none.
pub(crate) struct Chunks<'a> {
    announced: Option<u64>,
    rest: Rest<'a>,
    places: Places,
    /// Present once reading has begun.
    open: Option<OpenBody>,
}

/// A body that is being read, until it is dropped.
struct OpenBody {
    number: u64,
    places: Places,
    /// The deadline of the whole body, not of each piece: a body may not trickle in for ever.
    deadline: Delay,
    /// Resolved when the body is given up for a newer one. This is a promise because the newer one
    /// belongs to another request: the runtime continues a promise in the request that waits for it.
    given_up: JsFuture,
}

thread_local! {
    /// The bodies of all logins in the isolate, and of all other requests, each with the function that resolves its
    /// `given_up`.
    static OPEN: RefCell<[OpenBodies<Function>; 2]> = const { RefCell::new([OpenBodies::new(), OpenBodies::new()]) };
}

fn with_open<T>(places: Places, work: impl FnOnce(&mut OpenBodies<Function>) -> T) -> T {
    OPEN.with_borrow_mut(|[logins, others]| match places {
        Places::Logins => work(logins),
        Places::Others => work(others),
    })
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
    pub(crate) fn of(request: &'a web_sys::Request, headers: &JsHeaders, places: Places) -> Self {
        let announced = headers.get("content-length").and_then(|length| length.parse().ok());
        let rest = if announced.is_some() { Rest::Whole(request) } else { Rest::Unread(request) };
        Self { announced, rest, places, open: None }
    }
}

impl OpenBody {
    /// Begins to read a body, unless too many are open.
    fn new(places: Places) -> Option<Self> {
        let now = Duration::from_millis(Date::now().as_millis());
        let mut opened = None;
        let given_up = Promise::new(&mut |resolve, _| {
            opened = with_open(places, |bodies| bodies.open(resolve, now));
        });
        let (number, oldest) = opened?;
        if let Some(give_up) = oldest {
            let _ = give_up.call0(&JsValue::UNDEFINED);
        }
        Some(Self { number, places, deadline: Delay::from(BODY_TIMEOUT), given_up: JsFuture::from(given_up) })
    }
}

impl Drop for OpenBody {
    fn drop(&mut self) {
        // A promise that is never resolved keeps what `JsFuture` has allocated for it.
        if let Some(give_up) = with_open(self.places, |bodies| bodies.close(self.number)) {
            let _ = give_up.call0(&JsValue::UNDEFINED);
        }
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
        if self.open.is_none() {
            self.open = OpenBody::new(self.places);
        }
        let OpenBody { deadline, given_up, .. } = self.open.as_mut().ok_or(BodyError::Crowded)?;
        match select(pin!(self.rest.next()), select(deadline, given_up)).await {
            Either::Left((chunk, _)) => chunk.transpose().map_err(|_| BodyError::Interrupted),
            Either::Right((Either::Left(_), _)) => Err(BodyError::TimedOut),
            Either::Right((Either::Right(_), _)) => Err(BodyError::Crowded),
        }
    }
}
