//! The queue's object: has upgrades of users in KV wait, and writes them when they are due.

use std::cell::OnceCell;

use chrono::DateTime;
use login::{
    Replacement, Username,
    sql::SqlError,
    upgrade::{Queue, dequeued},
};
use worker::{DurableObject, Env, Request, Response, Result, State, console_error, durable_object, wasm_bindgen};

use crate::{
    environment, log,
    object::now,
    sqlite::Sqlite,
    store::{kv, timely},
};

/// The one queue of upgrades, with the SQLite that belongs to it.
#[durable_object]
pub struct Upgrades {
    state: State,
    env: Env,
    queue: OnceCell<Queue<Sqlite>>,
}

impl DurableObject for Upgrades {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, queue: OnceCell::new() }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let message = request.text().await?;
        let Ok(config) = crate::config(&self.env) else {
            return Response::error("the configuration is wrong", 500);
        };
        let per_day = config.kv_upgrades_per_day;
        let answer = if request.path() == "/add" {
            let Some(replacement) = Replacement::from_message(&message) else {
                return Response::error("not an upgrade", 400);
            };
            self.queue().and_then(|queue| queue.add(&replacement, per_day, now())).map(Some)
        } else {
            let Some(username) = Username::parse(&message) else {
                return Response::error("not a username", 400);
            };
            self.queue().and_then(|queue| queue.refuses(&username, per_day, now()))
        };
        match answer {
            Ok(outcome) => {
                self.set_alarm().await?;
                Response::ok(serde_json::to_string(&outcome)?)
            }
            Err(error) => {
                console_error!(r#"{{"event":"upgrades","error":{}}}"#, serde_json::Value::from(error.to_string()));
                Response::error("the database failed", 500)
            }
        }
    }

    async fn alarm(&self) -> Result<Response> {
        let Ok(config) = crate::config(&self.env) else {
            return Response::error("the configuration is wrong", 500);
        };
        let due = self.queue().and_then(|queue| queue.take_due(now())).map_err(|error| error.to_string())?;
        for replacement in due {
            let outcome = timely(kv::upgrade(&self.env, &replacement)).await;
            log(dequeued(config, &replacement, outcome, environment::now()?));
        }
        self.set_alarm().await?;
        Response::empty()
    }
}

impl Upgrades {
    fn queue(&self) -> Result<&Queue<Sqlite>, SqlError> {
        if let Some(queue) = self.queue.get() {
            return Ok(queue);
        }
        let queue = Queue::open(Sqlite(self.state.storage().sql()))?;
        Ok(self.queue.get_or_init(|| queue))
    }

    /// Has the object woken up for the next upgrade, if it isn't already going to be. An upgrade
    /// that was put off since finds it awake too early, which does no harm.
    async fn set_alarm(&self) -> Result<()> {
        let storage = self.state.storage();
        let next = self.queue().and_then(Queue::next_due).map_err(|error| error.to_string())?;
        if let Some(due) = next.and_then(DateTime::from_timestamp_millis)
            && storage.get_alarm().await?.is_none()
        {
            storage.set_alarm(due).await?;
        }
        Ok(())
    }
}
