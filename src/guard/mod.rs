//! The way to the guard, and its object.

mod object;
mod sqlite;

use std::sync::Once;

use login::{Attempt, Guard, GuardError, Shard, Verdict, guard::ATTEMPT_TIMEOUT};
use worker::{Env, Method, Request, RequestInit, Result, console_warn, wasm_bindgen::JsValue};

use crate::timeout::within;

/// The binding of the guard's namespace.
const OBJECTS: &str = "GUARD";
/// The binding of the gate in front of it.
const GATE: &str = "NETWORK_RATE";

static WITHOUT_GATE: Once = Once::new();

/// Reaches guard objects through their namespace.
pub(crate) struct Stubs<'a>(pub(crate) &'a Env);

impl Guard for Stubs<'_> {
    async fn admits(&self, network: &str) -> bool {
        let Ok(gate) = self.0.rate_limiter(GATE) else {
            WITHOUT_GATE.call_once(|| {
                console_warn!(
                    r#"{{"event":"configuration","warning":"the binding {GATE} is absent: no gate in front of the guard"}}"#
                );
            });
            return true;
        };
        // The guard counts exactly: where the gate fails, it is open.
        gate.limit(network.to_owned()).await.map_or(true, |outcome| outcome.success)
    }

    async fn attempt(&self, shard: Shard, attempt: Attempt) -> Result<Verdict, GuardError> {
        let message = attempt.to_message()?;
        let answer = within(ATTEMPT_TIMEOUT, self.send(shard, &message)).await.ok_or(GuardError::TimedOut)?;
        Verdict::from_message(&answer.map_err(|error| GuardError::Unavailable(error.to_string()))?)
    }
}

impl Stubs<'_> {
    async fn send(&self, shard: Shard, message: &str) -> Result<String> {
        let namespace = self.0.durable_object(OBJECTS)?;
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
