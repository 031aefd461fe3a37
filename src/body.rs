//! A request's body, as the crate `auth` reads it.

use std::{
    cell::{OnceCell, RefCell},
    time::Duration,
};

use auth::http::{BODY_TIMEOUT, Body, BodyError, Headers, OpenBodies, Places};
use futures_util::future::{Either, select};
use worker::{
    js_sys::{Function, Promise, Reflect, Uint8Array, global},
    wasm_bindgen::{JsCast, JsValue},
    wasm_bindgen_futures::JsFuture,
    web_sys::{self, ReadableStreamDefaultReader, WorkerGlobalScope},
};

use crate::{environment::now_ms, request::JsHeaders};

/// A body in pieces. A request without a body has none.
pub(crate) struct Chunks<'a> {
    request: &'a web_sys::Request,
    headers: &'a JsHeaders,
    announced: OnceCell<Option<u64>>,
    places: Places,
    /// Present once reading has begun.
    open: Option<OpenBody>,
    rest: Rest,
}

/// A body that is being read, until it is dropped.
struct OpenBody {
    number: u64,
    places: Places,
    /// Resolved with a boolean when the body is given up: true if it took too long, and false if a newer body took its
    /// place. This is a promise because the newer body belongs to another request: the runtime continues a promise in
    /// the request that waits for it.
    given_up: JsFuture,
    /// The timer for the whole body, not for each piece: a body may not trickle in for ever.
    deadline: i32,
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
enum Rest {
    All,
    Stream(ReadableStreamDefaultReader),
    Nothing,
}

impl<'a> Chunks<'a> {
    /// The body of a request. Nothing is read yet: `auth` asks for no piece of a body that is announced
    /// as too long.
    pub(crate) fn of(request: &'a web_sys::Request, headers: &'a JsHeaders, places: Places) -> Self {
        Self { request, headers, announced: OnceCell::new(), places, open: None, rest: Rest::All }
    }
}

impl OpenBody {
    /// Begins to read a body, unless too many are open.
    fn new(places: Places) -> Option<Self> {
        let now = Duration::from_millis(now_ms().cast_unsigned());
        let mut opened = None;
        let given_up = Promise::new(&mut |resolve, _| {
            let place = with_open(places, |bodies| bodies.open(resolve.clone(), now));
            opened = place.map(|(number, oldest)| (number, oldest, deadline(&resolve)));
        });
        let (number, oldest, deadline) = opened?;
        if let Some(give_up) = oldest {
            let _ = give_up.call1(&JsValue::UNDEFINED, &JsValue::FALSE);
        }
        Some(Self { number, places, given_up: JsFuture::from(given_up), deadline })
    }

    /// What a promise resolves to, unless the body is given up first.
    async fn unless_given_up(&mut self, promise: Promise) -> Result<JsValue, BodyError> {
        match select(JsFuture::from(promise), &mut self.given_up).await {
            Either::Left((value, _)) => value.map_err(|_| BodyError::Interrupted),
            Either::Right((Ok(too_long), _)) if too_long.is_truthy() => Err(BodyError::TimedOut),
            Either::Right(_) => Err(BodyError::Crowded),
        }
    }
}

impl Drop for OpenBody {
    fn drop(&mut self) {
        scope().clear_timeout_with_handle(self.deadline);
        // A promise that is never resolved keeps what `JsFuture` has allocated for it.
        if let Some(give_up) = with_open(self.places, |bodies| bodies.close(self.number)) {
            let _ = give_up.call0(&JsValue::UNDEFINED);
        }
    }
}

/// Starts the timer that gives up a body after `BODY_TIMEOUT`.
fn deadline(give_up: &Function) -> i32 {
    let milliseconds = i32::try_from(BODY_TIMEOUT.as_millis()).unwrap_or(i32::MAX);
    let timer = scope().set_timeout_with_callback_and_timeout_and_arguments_1(give_up, milliseconds, &JsValue::TRUE);
    // The runtime's timers don't fail.
    timer.unwrap_or_default()
}

fn scope() -> WorkerGlobalScope {
    global().unchecked_into()
}

impl Body for Chunks<'_> {
    fn announced(&self) -> Option<u64> {
        *self.announced.get_or_init(|| self.headers.get("content-length")?.parse().ok())
    }

    async fn chunk(&mut self) -> Result<Option<Vec<u8>>, BodyError> {
        let interrupted = |_| BodyError::Interrupted;
        if self.open.is_none() {
            self.open = OpenBody::new(self.places);
        }
        let is_announced = self.announced().is_some();
        let open = self.open.as_mut().ok_or(BodyError::Crowded)?;
        let stream = match std::mem::replace(&mut self.rest, Rest::Nothing) {
            // A body whose length was announced is read in one piece, which is cheaper.
            Rest::All if is_announced => {
                let buffer = open.unless_given_up(self.request.array_buffer().map_err(interrupted)?).await?;
                return Ok(Some(Uint8Array::new(&buffer).to_vec()));
            }
            Rest::All => match self.request.body() {
                // A Worker around this one reads it.
                Some(stream) if stream.locked() => return Err(BodyError::Interrupted),
                Some(stream) => stream.get_reader().unchecked_into(),
                None => return Ok(None),
            },
            Rest::Stream(stream) => stream,
            Rest::Nothing => return Ok(None),
        };
        let chunk = open.unless_given_up(stream.read()).await?;
        let is_done = Reflect::get(&chunk, &"done".into()).map_err(interrupted)?.is_truthy();
        if is_done {
            return Ok(None);
        }
        let piece = Reflect::get(&chunk, &"value".into()).map_err(interrupted)?;
        self.rest = Rest::Stream(stream);
        Ok(Some(Uint8Array::new(&piece).to_vec()))
    }
}
