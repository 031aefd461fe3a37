//! The home object: makes every change of its users in Workers KV.

use std::time::Duration;

use accounts::Username;
use auth::{
    home::{HomeError, HomePlatform, Keeper},
    platform::{Guard, StoreError},
};
use chrono::{DateTime, Utc};
use guard::home::{Home as Users, Write};
use serde::Serialize;
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object, wasm_bindgen};

use super::{sqlite::Sqlite, state::Kept};
use crate::{
    clients::GuardClient,
    console::log_failure,
    environment::{config, now_ms},
    store::{kv, timely},
    timeout::within,
};

/// After how long the object tries again if its database or its configuration failed.
const TRY_AGAIN: Duration = Duration::from_mins(1);

/// The home of a shard's accounts, with a SQLite of its own.
#[durable_object(alarm)]
pub struct Home {
    users: Kept<Users<Sqlite>>,
    env: Env,
}

impl DurableObject for Home {
    fn new(state: State, env: Env) -> Self {
        Self { users: Kept::new(state, Users::open), env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let message = request.text().await?;
        if request.path() == "/read" {
            let Some(username) = Username::parse(&message) else {
                return Response::error("not a username", 400);
            };
            return respond(self.keeper()?.read(&username).await);
        }
        let Ok(change) = serde_json::from_str(&message) else {
            return Response::error("not a change of a user", 400);
        };
        respond(self.keeper()?.change(&change).await)
    }

    async fn alarm(&self) -> Result<Response> {
        match self.finish().await {
            Ok(failed) => failed.iter().for_each(|error| log_failure("home", error)),
            Err(error) => {
                // The runtime would try again some times only.
                log_failure("home", &error);
                self.users.set_alarm(TRY_AGAIN.into()).await?;
            }
        }
        Response::empty()
    }
}

impl Home {
    async fn finish(&self) -> Result<Vec<HomeError>> {
        Ok(self.keeper()?.finish().await.map_err(|error| error.to_string())?)
    }

    fn keeper(&self) -> Result<Keeper<'_, Sqlite, Self>> {
        let config = config(&self.env).map_err(|_| "the configuration is wrong")?;
        let home = self.users.get().map_err(|error| error.to_string())?;
        Ok(Keeper { config, home, platform: self })
    }
}

fn respond(answer: Result<impl Serialize, HomeError>) -> Result<Response> {
    match answer {
        Ok(answer) => Response::ok(serde_json::to_string(&answer)?),
        Err(error) => {
            log_failure("home", &error);
            Response::error("it does not hold everywhere yet", 503)
        }
    }
}

impl HomePlatform for Home {
    fn guard(&self) -> impl Guard {
        GuardClient { env: &self.env, timings: None }
    }

    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(now_ms()).unwrap_or_default()
    }

    async fn read(&self, username: &Username) -> Result<accounts::change::Stored, StoreError> {
        timely(kv::read(&self.env, username)).await
    }

    async fn write(&self, username: &Username, write: &Write) -> Result<(), StoreError> {
        within(kv::WRITE_TIMEOUT, kv::write(&self.env, username, write)).await.unwrap_or(Err(StoreError::TimedOut))
    }

    async fn wake_at(&self, time: i64) -> Result<(), String> {
        let time = DateTime::from_timestamp_millis(time).unwrap_or_default();
        self.users.set_alarm(time.into()).await.map_err(|error| error.to_string())
    }
}
