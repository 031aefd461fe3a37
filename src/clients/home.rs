//! The client of the home objects, which change users in Workers KV.

use accounts::{
    Username,
    change::{Change, Outcome, Stored},
};
use auth::{
    Config, Part, Timings,
    platform::{CHANGE_TIMEOUT, StoreError},
};
use serde::de::DeserializeOwned;
use worker::Env;

use super::ask::ask;
use crate::{console::reason, span::Span, timeout::within};

/// The binding of the objects' namespace.
const OBJECTS: &str = "HOME";

/// Reaches home objects through their namespace.
pub(crate) struct HomeClient<'a> {
    pub(crate) config: &'a Config,
    pub(crate) env: &'a Env,
    pub(crate) timings: Option<&'a Timings>,
}

impl HomeClient<'_> {
    /// Makes a change. The guards of all regions know of it before this returns.
    pub(crate) async fn change(&self, change: &Change) -> Result<Outcome, StoreError> {
        let message = serde_json::to_string(change).map_err(|error| failed(&error))?;
        self.ask(&change.username, "change", &message).await
    }

    /// The newest that there is of a user.
    pub(crate) async fn read(&self, username: &Username) -> Result<Stored, StoreError> {
        self.ask(username, "read", username.as_str()).await
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        username: &Username,
        question: &str,
        message: &str,
    ) -> Result<T, StoreError> {
        let _span = Span::new(self.timings, Part::Home);
        let asked = async {
            let (name, hint) = self.config.home(username);
            let stub = self.env.durable_object(OBJECTS)?.get_by_name_with_location_hint(&name, hint)?;
            ask(stub, question, message).await
        };
        let answer = within(CHANGE_TIMEOUT, asked).await.ok_or(StoreError::Home("it did not answer".to_owned()))?;
        serde_json::from_str(&answer.map_err(|error| failed(&reason(&error)))?).map_err(|error| failed(&error))
    }
}

fn failed(error: &impl ToString) -> StoreError {
    StoreError::Home(error.to_string())
}
