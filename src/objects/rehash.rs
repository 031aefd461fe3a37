//! The rehash queue's object: rehashes for users in Workers KV wait here. Those that are due go to the homes of their
//! accounts, which write them.

use accounts::{Username, change};
use auth::{Config, platform::StoreError};
use chrono::DateTime;
use guard::rehash::{Outcome, RehashQueue, Replacement};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object, wasm_bindgen};

use super::{sqlite::Sqlite, state::Kept};
use crate::{
    clients::HomeClient,
    console::{log, log_failure},
    environment::{config, now, now_ms},
};

/// The only rehash queue, with a SQLite of its own. The class keeps its first name, because deployed
/// objects are stored under it.
#[durable_object(alarm)]
pub struct Upgrades {
    queue: Kept<RehashQueue<Sqlite>>,
    env: Env,
}

impl DurableObject for Upgrades {
    fn new(state: State, env: Env) -> Self {
        Self { queue: Kept::new(state, RehashQueue::open), env }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let message = request.text().await?;
        let Ok(config) = config(&self.env) else {
            return Response::error("the configuration is wrong", 500);
        };
        let per_day = config.kv_rehashes_per_day;
        let answer = if request.path() == "/add" {
            let Ok(replacement) = Replacement::from_message(&message) else {
                return Response::error("not a replacement", 400);
            };
            self.queue.get().and_then(|queue| queue.add(&replacement, per_day, now_ms())).map(Some)
        } else {
            let Some(username) = Username::parse(&message) else {
                return Response::error("not a username", 400);
            };
            self.queue.get().and_then(|queue| queue.refusal(&username, per_day, now_ms()))
        };
        match answer {
            Ok(outcome) => {
                self.ensure_alarm().await?;
                Response::ok(Outcome::to_answer(outcome).map_err(|error| error.to_string())?)
            }
            Err(error) => {
                log_failure("upgrades", &error);
                Response::error("the database failed", 500)
            }
        }
    }

    async fn alarm(&self) -> Result<Response> {
        let Ok(config) = config(&self.env) else {
            return Response::error("the configuration is wrong", 500);
        };
        let due = self.queue.get().and_then(|queue| queue.take_due(now_ms())).map_err(|error| error.to_string())?;
        for replacement in due {
            let outcome = self.replace(config, &replacement).await;
            log(&self.env, auth::dequeued(config, &replacement, outcome, now()?).as_slice());
        }
        self.ensure_alarm().await?;
        Response::empty()
    }
}

impl Upgrades {
    async fn replace(&self, config: &Config, replacement: &Replacement) -> Result<Outcome, StoreError> {
        let home = HomeClient { config, env: &self.env, timings: None };
        Ok(match home.change(&replacement.to_change()).await? {
            change::Outcome::VersionKept { .. } => Outcome::Ok,
            _ => Outcome::ChangedMeanwhile,
        })
    }

    /// Sets an alarm for the next replacement that is due. If that one is postponed later, the object
    /// wakes up too early, which does no harm.
    async fn ensure_alarm(&self) -> Result<()> {
        let next = self.queue.get().and_then(RehashQueue::next_due).map_err(|error| error.to_string())?;
        match next.and_then(DateTime::from_timestamp_millis) {
            Some(due) => self.queue.ensure_alarm(due.into()).await,
            None => Ok(()),
        }
    }
}
