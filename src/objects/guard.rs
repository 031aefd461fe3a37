//! The guard object: counts attempts, verifies passwords and keeps sessions for one shard of users.

use std::{cell::Cell, pin::Pin};

use guard::{
    Attempt, AttemptError, HashRequest, Ledger, SignUp,
    counter::{Evictions, FORGET_EVERY},
    session::Question,
};
use worker::{DurableObject, Env, Request, Response, Result, State, console_warn, durable_object, wasm_bindgen};
use zeroize::Zeroizing;

use super::{sqlite::Sqlite, state::Kept, turns::Turns};
use crate::{
    console::log_failure,
    environment::{config, nfkc, now_ms},
};

/// One shard of the guard, with a SQLite of its own.
#[durable_object(alarm)]
pub struct Guard {
    ledger: Kept<Ledger<Sqlite>>,
    env: Env,
    alarm_is_set: Cell<bool>,
    turns: Turns,
}

impl DurableObject for Guard {
    fn new(state: State, env: Env) -> Self {
        Self { ledger: Kept::new(state, Ledger::open), env, alarm_is_set: Cell::new(false), turns: Turns::new() }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response> {
        let message = Zeroizing::new(request.text().await?);
        // In boxes, so that a new instance compiles only what it is asked.
        let answer: Pin<Box<dyn Future<Output = Result<Response>> + '_>> = match request.path().as_str() {
            "/hash" => return hash(&message),
            "/sign-up" => Box::pin(self.sign_up(&message)),
            "/session" => Box::pin(self.session(&message)),
            _ => Box::pin(self.attempt(&message)),
        };
        answer.await
    }

    async fn alarm(&self) -> Result<Response> {
        self.alarm_is_set.set(false);
        let ledger = self.ledger.get().map_err(|error| error.to_string())?;
        if let Some(wait) = ledger.forget(now_ms()).map_err(|error| error.to_string())? {
            self.ledger.ensure_alarm(wait.into()).await?;
        }
        Response::empty()
    }
}

impl Guard {
    async fn attempt(&self, message: &str) -> Result<Response> {
        let Some(place) = self.turns.enter() else {
            return Response::error("too many attempts wait", 503);
        };
        self.ensure_alarm().await?;
        let Some(_turn) = place.turn().await else {
            return Response::error("the attempt waited too long", 503);
        };
        // From here on nothing is awaited, so no other attempt comes between verifying and counting. The
        // runtime sends the answer only once the count is on disk.
        let Ok(attempt) = Attempt::from_message(message) else {
            return Response::error("not an attempt", 400);
        };
        let Ok(config) = config(&self.env) else {
            return Response::error("the configuration is wrong", 500);
        };
        let processed = self.ledger.get().map_err(AttemptError::from).and_then(|ledger| {
            let verdict =
                attempt.process(&config.policy, ledger, |hash, password| hash.verify(password, nfkc), now_ms());
            ledger.counter.take_evictions().iter().for_each(log_evictions);
            verdict
        });
        match processed {
            Ok(verdict) => Response::ok(verdict.to_message().map_err(|error| error.to_string())?),
            Err(error) => {
                log_failure("guard", &error);
                Response::error("the password was not verified", 500)
            }
        }
    }

    /// Counts a sign-up, and makes its hash. The gate and the quota bound how many come.
    async fn sign_up(&self, message: &str) -> Result<Response> {
        let Ok(sign_up) = SignUp::from_message(message) else {
            return Response::error("not a sign-up", 400);
        };
        let Ok(config) = config(&self.env) else {
            return Response::error("the configuration is wrong", 500);
        };
        self.ensure_alarm().await?;
        let answer = self.ledger.get().map_err(AttemptError::from);
        match answer.and_then(|ledger| sign_up.process(&config.policy, &ledger.counter, now_ms())) {
            Ok(answer) => Response::ok(answer.to_message()),
            Err(error) => {
                log_failure("guard", &error);
                Response::error("nobody signed up", 500)
            }
        }
    }

    /// Answers a question about sessions. It takes no place in the queue, because it takes microseconds, and what an
    /// attempt reads and writes is one step.
    async fn session(&self, message: &str) -> Result<Response> {
        let Ok(question) = Question::from_message(message) else {
            return Response::error("not a question about sessions", 400);
        };
        self.ensure_alarm().await?;
        match self.ledger.get().and_then(|ledger| ledger.answer(&question, now_ms())) {
            Ok(answer) => Response::ok(answer.to_message().map_err(|error| error.to_string())?),
            Err(error) => {
                log_failure("guard", &error);
                Response::error("the question has no answer", 500)
            }
        }
    }

    async fn ensure_alarm(&self) -> Result<()> {
        if !self.alarm_is_set.get() {
            self.ledger.ensure_alarm(FORGET_EVERY.into()).await?;
            self.alarm_is_set.set(true);
        }
        Ok(())
    }
}

/// An evicted row is a failure that no longer counts, or an owner who has to wait with an attacker.
fn log_evictions(Evictions { rows, delaying, trusted }: &Evictions) {
    console_warn!(r#"{{"event":"guard","evicted":{rows},"delaying":{delaying},"trusted":{trusted}}}"#);
}

fn hash(message: &str) -> Result<Response> {
    match HashRequest::from_message(message).map(|request| request.process()) {
        Ok(Some(hash)) => Response::ok(hash.expose()),
        Ok(None) => Response::error("no memory for a hash", 500),
        Err(_) => Response::error("not a password to hash", 400),
    }
}
