//! The guard's object: counts and verifies for one shard of users.

use std::cell::{Cell, OnceCell};

use login::{
    Attempt,
    guard::{Hashing, Ledger, ledger::FORGET_EVERY},
    sql::SqlError,
};
use worker::{DurableObject, Env, Request, Response, Result, State, console_error, durable_object, wasm_bindgen};
use zeroize::Zeroizing;

use crate::{environment, object::now, sqlite::Sqlite};

/// One shard of the guard, with the SQLite that belongs to it.
#[durable_object]
pub struct Guard {
    state: State,
    env: Env,
    ledger: OnceCell<Ledger<Sqlite>>,
    alarm_is_set: Cell<bool>,
}

impl DurableObject for Guard {
    fn new(state: State, env: Env) -> Self {
        Self { state, env, ledger: OnceCell::new(), alarm_is_set: Cell::new(false) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let message = Zeroizing::new(request.text().await?);
        if request.path() == "/hash" {
            return match Hashing::from_message(&message) {
                Ok(hashing) => match hashing.hash() {
                    Some(hash) => Response::ok(hash.expose()),
                    None => Response::error("no memory for a hash", 500),
                },
                Err(_) => Response::error("not a password to hash", 400),
            };
        }
        self.set_alarm().await?;
        // From here on nothing is awaited: no other attempt comes between counting and verifying,
        // and the answer leaves only once what was counted is on disk.
        let Ok(attempt) = Attempt::from_message(&message) else {
            return Response::error("not an attempt", 400);
        };
        let Ok(config) = crate::config(&self.env) else {
            return Response::error("the configuration is wrong", 500);
        };
        match self.ledger().and_then(|ledger| attempt.judge(&config.policy, ledger, environment::nfkc, now())) {
            Ok(verdict) => Response::ok(verdict.to_message().map_err(|error| error.to_string())?),
            Err(error) => {
                console_error!(r#"{{"event":"guard","error":{}}}"#, serde_json::Value::from(error.to_string()));
                Response::error("the database failed", 500)
            }
        }
    }

    async fn alarm(&self) -> Result<Response> {
        self.alarm_is_set.set(false);
        let ledger = self.ledger().map_err(|error| error.to_string())?;
        if ledger.forget(now()).map_err(|error| error.to_string())? {
            self.set_alarm().await?;
        }
        Response::empty()
    }
}

impl Guard {
    fn ledger(&self) -> Result<&Ledger<Sqlite>, SqlError> {
        if let Some(ledger) = self.ledger.get() {
            return Ok(ledger);
        }
        let ledger = Ledger::open(Sqlite(self.state.storage().sql()))?;
        Ok(self.ledger.get_or_init(|| ledger))
    }

    /// Has the object woken up to forget, if it isn't already going to be.
    async fn set_alarm(&self) -> Result<()> {
        if self.alarm_is_set.get() {
            return Ok(());
        }
        let storage = self.state.storage();
        if storage.get_alarm().await?.is_none() {
            storage.set_alarm(FORGET_EVERY).await?;
        }
        self.alarm_is_set.set(true);
        Ok(())
    }
}
