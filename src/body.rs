//! A request's body, as the crate `auth` reads it.

use std::{
    cell::{OnceCell, RefCell},
    time::Duration,
};

use auth::http::{BODY_TIMEOUT, Body, BodyError, Headers, OpenBodies, Places};
use futures_util::future::{Either, select};
use worker::{
    js_sys::{Function, Promise, Reflect, Uint8Array, global},
    wasm_bindgen::{self, JsCast, JsValue, prelude::wasm_bindgen},
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
    /// Resolves with a boolean when the body is given up: true if it took too long, and false if a newer body took its
    /// place. This is a promise because the newer body belongs to another request: the runtime continues a promise in
    /// the request that waits for it. The promise of a body that is read in
    /// one piece settles it too.
    outcome: JsFuture,
    /// The functions that settle `outcome`. Only the first call has an effect.
    resolve: Function,
    reject: Function,
    /// The timer for the whole body, not for each piece: a body may not trickle in for ever.
    deadline: i32,
}

thread_local! {
    /// The bodies of all logins in the isolate, and of all other requests, each with the function that resolves its
    /// `outcome`.
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
        let mut functions = None;
        let outcome = Promise::new(&mut |resolve, reject| functions = Some((resolve, reject)));
        let (resolve, reject) = functions?;
        let (number, oldest) = with_open(places, |bodies| bodies.open(resolve.clone(), now))?;
        if let Some(give_up) = oldest {
            let _ = give_up.call1(&JsValue::UNDEFINED, &JsValue::FALSE);
        }
        let deadline = deadline(&resolve);
        Some(Self { number, places, outcome: JsFuture::from(outcome), resolve, reject, deadline })
    }

    /// What the promise of the whole body resolves to, unless the body is given up first. That promise may never settle,
    /// so it gets JavaScript functions: what a `JsFuture` allocates is freed only when its promise settles.
    async fn whole(&mut self, body: &Promise) -> Result<JsValue, BodyError> {
        body.unchecked_ref::<Thenable>().then(&self.resolve, &self.reject);
        unless_given_up((&mut self.outcome).await)
    }

    /// What a stream's next piece is, unless the body is given up first.
    async fn piece(&mut self, stream: &ReadableStreamDefaultReader) -> Result<JsValue, BodyError> {
        match select(JsFuture::from(stream.read()), &mut self.outcome).await {
            Either::Left((piece, _)) => unless_given_up(piece),
            Either::Right((outcome, _)) => {
                // This settles the promise of the piece.
                let _ = stream.cancel();
                unless_given_up(outcome)
            }
        }
    }
}

/// The value that a promise resolved to. A boolean means that the body was given up.
fn unless_given_up(outcome: Result<JsValue, JsValue>) -> Result<JsValue, BodyError> {
    let value = outcome.map_err(|_| BodyError::Interrupted)?;
    match value.as_bool() {
        None => Ok(value),
        Some(true) => Err(BodyError::TimedOut),
        Some(false) => Err(BodyError::Crowded),
    }
}

#[wasm_bindgen]
extern "C" {
    /// A promise whose `then` takes JavaScript functions; that of `js_sys` takes Rust closures.
    type Thenable;
    #[wasm_bindgen(method)]
    fn then(this: &Thenable, resolve: &Function, reject: &Function);
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
                let buffer = open.whole(&self.request.array_buffer().map_err(interrupted)?).await?;
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
        let chunk = open.piece(&stream).await?;
        let is_done = Reflect::get(&chunk, &"done".into()).map_err(interrupted)?.is_truthy();
        if is_done {
            return Ok(None);
        }
        let piece = Reflect::get(&chunk, &"value".into()).map_err(interrupted)?;
        self.rest = Rest::Stream(stream);
        Ok(Some(Uint8Array::new(&piece).to_vec()))
    }
}
