//! The guard as a Durable Object, and the way to it.

use login::{Attempt, Guard as Guarding, GuardError, Shard, Verdict, guard::ATTEMPT_TIMEOUT};
use worker::{
    DurableObject, Env, Method, Request, RequestInit, Response, Result, State, durable_object,
    wasm_bindgen::{self, JsValue},
};
use zeroize::Zeroizing;

use crate::timeout::within;

/// The binding of the guard's namespace.
const BINDING: &str = "GUARD";

/// Reaches guard objects through their namespace.
pub(crate) struct Stubs<'a>(pub(crate) &'a Env);

impl Guarding for Stubs<'_> {
    async fn attempt(&self, shard: Shard, attempt: Attempt) -> Result<Verdict, GuardError> {
        let message = attempt.to_message()?;
        let answer = within(ATTEMPT_TIMEOUT, self.send(shard, &message)).await.ok_or(GuardError::TimedOut)?;
        Verdict::from_message(&answer.map_err(|error| GuardError::Unavailable(error.to_string()))?)
    }
}

impl Stubs<'_> {
    async fn send(&self, shard: Shard, message: &str) -> Result<String> {
        let namespace = self.0.durable_object(BINDING)?;
        let stub = namespace.get_by_name_with_location_hint(&shard.name(), shard.region.hint())?;
        let mut init = RequestInit::new();
        init.with_method(Method::Post).with_body(Some(JsValue::from_str(message)));
        // Only the object sees this address.
        let request = Request::new_with_init("https://guard/attempt", &init)?;
        let mut answer = stub.fetch_with_request(request).await?;
        match answer.status_code() {
            200 => answer.text().await,
            status => Err(format!("it answered {status}").into()),
        }
    }
}

/// The guard's object: verifies passwords for one shard of users.
#[durable_object]
pub struct Guard;

impl DurableObject for Guard {
    fn new(_state: State, _env: Env) -> Self {
        Self
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let message = Zeroizing::new(request.text().await?);
        match Attempt::from_message(&message).and_then(|attempt| attempt.judge().to_message()) {
            Ok(verdict) => Response::ok(verdict),
            Err(error) => Response::error(error.to_string(), 400),
        }
    }
}
