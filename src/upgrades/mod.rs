//! The way to the queue of upgrades, and its object.

mod object;

use login::{Outcome, Replacement, StoreError, Username};
use serde::de::DeserializeOwned;
use worker::Env;

use crate::{fault::reason, object::ask};

/// The binding of the queue's namespace.
const OBJECTS: &str = "UPGRADES";
/// There is one object, so that one count holds for all locations.
const NAME: &str = "upgrades";

/// How an upgrade would end without having to be made.
pub(crate) async fn refuses(env: &Env, username: &Username) -> Result<Option<Outcome>, StoreError> {
    send(env, "refuses", username.as_str()).await
}

/// Has an upgrade wait.
pub(crate) async fn add(env: &Env, replacement: &Replacement) -> Result<Outcome, StoreError> {
    send(env, "add", &replacement.to_message()?).await
}

async fn send<T: DeserializeOwned>(env: &Env, question: &str, message: &str) -> Result<T, StoreError> {
    let asked = async { ask(&env.durable_object(OBJECTS)?.get_by_name(NAME)?, question, message).await };
    let answer = asked.await.map_err(|error| StoreError::Queue(reason(&error)))?;
    serde_json::from_str(&answer).map_err(|_| StoreError::Queue("its answer was not understood".to_owned()))
}
