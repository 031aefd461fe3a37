//! The client of the rehash queue's object.

use accounts::Username;
use auth::platform::StoreError;
use guard::rehash::{Outcome, Replacement};
use worker::Env;

use super::ask::ask;
use crate::console::reason;

/// The binding of the object's namespace. It keeps its first name, because deployments have it.
const OBJECTS: &str = "UPGRADES";
/// The name of the only object. There is only one, so that all locations share one quota.
const NAME: &str = "upgrades";

/// Reaches the queue through its namespace.
pub(crate) struct RehashClient<'a>(pub(crate) &'a Env);

impl RehashClient<'_> {
    /// How a replacement would end, asked before its hash is made. `None` means that it can be queued.
    pub(crate) async fn refusal(&self, username: &Username) -> Result<Option<Outcome>, StoreError> {
        self.ask("refuses", username.as_str()).await
    }

    /// Queues a replacement.
    pub(crate) async fn add(&self, replacement: &Replacement) -> Result<Outcome, StoreError> {
        let message = replacement.to_message().map_err(|error| queue_error(&error))?;
        self.ask("add", &message).await?.ok_or_else(|| queue_error(&"it did not say how the replacement ended"))
    }

    async fn ask(&self, question: &str, message: &str) -> Result<Option<Outcome>, StoreError> {
        let asked = async { ask(self.0.durable_object(OBJECTS)?.get_by_name(NAME)?, question, message).await };
        let answer = asked.await.map_err(|error| queue_error(&reason(&error)))?;
        Outcome::read_answer(&answer).map_err(|error| queue_error(&error))
    }
}

fn queue_error(error: &impl ToString) -> StoreError {
    StoreError::Queue(error.to_string())
}
