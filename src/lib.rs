//! The Worker: the only crate that knows the Workers runtime. It turns the runtime's requests,
//! bindings and clock into arguments for the crates `auth` and `guard`, and decides nothing.
//!
//! - `platform`: what a request needs from the runtime, made of `store` and `clients`.
//! - `store`: users in D1 and Workers KV.
//! - `clients`: the clients of the Durable Objects; `objects`: the objects themselves.
//! - `request`, `body`, `response`: HTTP in and out; `assets`: the static assets.
//! - `environment`: variables, the clock, randomness, Unicode's tables. `console`: the log; `analytics`: its counts.
//! - `outside`: requests to services elsewhere. `crypto`: signatures and encryption by the runtime. `timeout`: giving up on work that takes too long;
//!   `span`: how long it took.

mod analytics;
mod assets;
mod body;
mod clients;
mod console;
mod crypto;
mod environment;
mod objects;
mod outside;
mod platform;
mod request;
mod response;
mod span;
mod store;
mod timeout;

use std::{
    future::poll_fn,
    sync::Arc,
    task::{self, Poll, Wake, Waker},
};

use auth::{After, Handled, Timings, after_response, http::Places};
use futures_util::task::AtomicWaker;
use worker::{
    Context, Env, Result,
    js_sys::Function,
    wasm_bindgen::{self, JsValue, prelude::wasm_bindgen},
    wasm_bindgen_futures::spawn_local,
    web_sys, worker_sys,
};

use crate::{
    body::Chunks,
    environment::{config, context, now_ms},
    platform::Workers,
    request::{JsHeaders, read},
};

/// Answers a request. Returns the response if that waits for nothing. Otherwise returns undefined, and passes the
/// response to `settle` later.
#[must_use]
#[wasm_bindgen]
pub fn fetch(incoming: web_sys::Request, env: Env, worker: worker_sys::Context, settle: Function) -> JsValue {
    let mut answer = Box::pin(async move {
        let answered = answer(incoming, env, Context::new(worker)).await;
        // The entry answers in place of what is no response.
        answered.map_or_else(|error| JsValue::from_str(&error.to_string()), JsValue::from)
    });
    let relay = Arc::new(Relay(AtomicWaker::new()));
    let waker = Waker::from(Arc::clone(&relay));
    match answer.as_mut().poll(&mut task::Context::from_waker(&waker)) {
        Poll::Ready(answer) => answer,
        Poll::Pending => {
            spawn_local(async move {
                let answer = poll_fn(|task| {
                    relay.0.register(task.waker());
                    answer.as_mut().poll(&mut task::Context::from_waker(&waker))
                });
                let _ = settle.call1(&JsValue::UNDEFINED, &answer.await);
            });
            JsValue::UNDEFINED
        }
    }
}

/// The waker of a request, which wakes the task that the request becomes after its first poll. A `Delay` keeps the waker
/// that it was first polled with.
struct Relay(AtomicWaker);

impl Wake for Relay {
    fn wake(self: Arc<Self>) {
        self.0.wake();
    }
}

async fn answer(incoming: web_sys::Request, env: Env, worker: Context) -> Result<web_sys::Response> {
    let context = context()?;
    let headers = JsHeaders(incoming.headers());
    let request = read(&incoming, &headers);
    let Handled { response, log, after } = match config(&env) {
        Err(error) => auth::misconfigured(error, &request, &context),
        Ok(config) => {
            let timings = Timings::asked_for(config, &request);
            let platform = Workers { config, env: &env, timings: timings.as_ref() };
            let body = Chunks::of(&incoming, &headers, Places::of(&request));
            let handled = auth::serve(config, &platform, &request, body, &context).await;
            match &timings {
                None => handled,
                Some(timings) => handled.timed(timings, now_ms() - context.now.timestamp_millis()),
            }
        }
    };
    console::log(&env, &log);
    if response.is_asset {
        return assets::respond(incoming, &env, &response).await;
    }
    if !after.is_empty() {
        // The runtime keeps this running after the response was sent.
        worker.wait_until(finish(after, env));
    }
    response::respond(&response)
}

async fn finish(after: Vec<After>, env: Env) {
    if let (Ok(config), Ok(context)) = (config(&env), context()) {
        console::log(
            &env,
            &after_response(config, &Workers { config, env: &env, timings: None }, after, &context).await,
        );
    }
}
