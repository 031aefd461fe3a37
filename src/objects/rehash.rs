//! The rehash queue's object: rehashes for users in Workers KV wait here, and it writes those that are
//! due. Users' changes of their passwords are written here too, so that no rehash overwrites one.

use std::cell::RefCell;

use accounts::{Username, Version};
use auth::platform::StoreError;
use chrono::DateTime;
use guard::rehash::{Change, Outcome, PasswordChange, RehashQueue, Replacement};
use worker::{DurableObject, Env, Request, Response, Result, State, durable_object, wasm_bindgen};

use super::{sqlite::Sqlite, state::Kept};
use crate::{
    console::{log, log_failure},
    environment::{config, now, now_ms},
    store::{kv, timely},
};

/// The only rehash queue, with a SQLite of its own. The class keeps its first name, because deployed
/// objects are stored under it.
#[durable_object]
pub struct Upgrades {
    queue: Kept<RehashQueue<Sqlite>>,
    env: Env,
    /// Whose records are being written. A write that took too long stays here: it may still come to pass.
    writing: RefCell<Vec<Username>>,
}

impl DurableObject for Upgrades {
    fn new(state: State, env: Env) -> Self {
        Self { queue: Kept::new(state, RehashQueue::open), env, writing: RefCell::default() }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let message = request.text().await?;
        let Ok(config) = config(&self.env) else {
            return Response::error("the configuration is wrong", 500);
        };
        if request.path() == "/change" {
            return self.change(&message).await;
        }
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
        self.writing.borrow_mut().extend(due.iter().map(|replacement| replacement.username.clone()));
        for replacement in due {
            let outcome = timely(kv::replace_hash(&self.env, &replacement)).await;
            if outcome != Err(StoreError::TimedOut) {
                self.written(&replacement.username);
            }
            log(&self.env, auth::dequeued(config, &replacement, outcome, now()?).as_slice());
        }
        self.ensure_alarm().await?;
        Response::empty()
    }
}

impl Upgrades {
    async fn change(&self, message: &str) -> Result<Response> {
        let Ok(change) = PasswordChange::from_message(message) else {
            return Response::error("not a change of a password", 400);
        };
        if self.writing.borrow().contains(&change.username) {
            return Response::error("the record is being written", 503);
        }
        let now = now_ms();
        let version = Version::try_from(change.old_version).unwrap_or_default().after(now);
        let queue = self.queue.get().map_err(|error| error.to_string())?;
        if !queue.begin_change(&change, version.millis(), now).map_err(|error| error.to_string())? {
            return Response::ok(Change::ChangedMeanwhile.to_answer().map_err(|error| error.to_string())?);
        }
        self.writing.borrow_mut().push(change.username.clone());
        let changed = kv::change_password(&self.env, &change, version).await;
        self.written(&change.username);
        if !matches!(changed, Ok(Change::Done { .. })) {
            queue.undo_change(&change, version.millis()).map_err(|error| error.to_string())?;
        }
        match changed {
            Ok(change) => Response::ok(change.to_answer().map_err(|error| error.to_string())?),
            Err(error) => {
                log_failure("upgrades", &error);
                Response::error("the password was not changed", 500)
            }
        }
    }

    fn written(&self, username: &Username) {
        self.writing.borrow_mut().retain(|writing| writing != username);
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
