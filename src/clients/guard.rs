//! The client of the guard objects.

use std::{cell::RefCell, sync::Once, time::Duration};

use auth::{
    Part, Timings,
    platform::{ATTEMPT_TIMEOUT, GATE_TIMEOUT, Guard, GuardError, HASH_TIMEOUT, SESSION_TIMEOUT},
};
use guard::{
    Attempt, HashRequest, Refusals, Shard, SignUp, SignUpAnswer, Verdict,
    session::{Answer, Question},
};
use passwords::StoredHash;
use worker::{Env, console_warn};

use super::ask::ask;
use crate::{environment::now_ms, span::Span, timeout::within};

/// The binding of the guard objects' namespace.
const OBJECTS: &str = "GUARD";
/// The binding of the rate limiter that is the gate in front of the guard.
const GATE: &str = "NETWORK_RATE";

static WITHOUT_GATE: Once = Once::new();

thread_local! {
    /// What this isolate remembers.
    static REFUSALS: RefCell<Refusals> = const { RefCell::new(Refusals::new()) };
}

/// Reaches guard objects through their namespace.
pub(crate) struct GuardClient<'a> {
    pub(crate) env: &'a Env,
    pub(crate) timings: Option<&'a Timings>,
}

impl Guard for GuardClient<'_> {
    async fn admits(&self, network: &str) -> bool {
        let Ok(gate) = self.env.rate_limiter(GATE) else {
            WITHOUT_GATE.call_once(|| {
                console_warn!(
                    r#"{{"event":"configuration","warning":"the binding {GATE} is absent: no gate in front of the guard"}}"#
                );
            });
            return true;
        };
        let _span = Span::new(self.timings, Part::Gate);
        // The guard counts exactly, so a gate that fails or hangs may let everyone pass.
        let outcome = within(GATE_TIMEOUT, gate.limit(network.to_owned())).await;
        outcome.and_then(Result::ok).is_none_or(|outcome| outcome.success)
    }

    async fn attempt(&self, shard: Shard, attempt: Attempt) -> Result<Verdict, GuardError> {
        if let Some(retry_after) = REFUSALS.with_borrow(|refusals| refusals.wait(shard, &attempt.buckets, now_ms())) {
            return Ok(Verdict::Throttled { retry_after, elsewhere: None });
        }
        let message = attempt.to_message()?;
        let verdict = Verdict::from_message(&self.ask(shard, "attempt", &message, ATTEMPT_TIMEOUT).await?)?;
        if let Verdict::Throttled { retry_after, elsewhere } = &verdict {
            let refusal = (*retry_after, elsewhere.as_ref());
            REFUSALS.with_borrow_mut(|refusals| refusals.remember(shard, &attempt.buckets, refusal, now_ms()));
        }
        Ok(verdict)
    }

    async fn hash(&self, shard: Shard, request: HashRequest) -> Result<StoredHash, GuardError> {
        let message = request.to_message()?;
        Ok(HashRequest::read_answer(&self.ask(shard, "hash", &message, HASH_TIMEOUT).await?)?)
    }

    async fn sign_up(&self, shard: Shard, sign_up: SignUp) -> Result<SignUpAnswer, GuardError> {
        let message = sign_up.to_message()?;
        Ok(SignUpAnswer::from_message(&self.ask(shard, "sign-up", &message, HASH_TIMEOUT).await?)?)
    }

    async fn session(&self, shard: Shard, question: Question) -> Result<Answer, GuardError> {
        let message = question.to_message()?;
        if let Question::Forgive { account } = &question {
            REFUSALS.with_borrow_mut(|refusals| refusals.forget(account));
        }
        Ok(Answer::from_message(&self.ask(shard, "session", &message, SESSION_TIMEOUT).await?)?)
    }
}

impl GuardClient<'_> {
    async fn ask(&self, shard: Shard, question: &str, message: &str, limit: Duration) -> Result<String, GuardError> {
        let _span = Span::new(self.timings, Part::Guard);
        let asked = async {
            let namespace = self.env.durable_object(OBJECTS)?;
            let stub = namespace.get_by_name_with_location_hint(&shard.name(), shard.region.hint())?;
            ask(stub, question, message).await
        };
        let answer = within(limit, asked).await.ok_or(GuardError::TimedOut(limit))?;
        answer.map_err(|error| GuardError::Unavailable(error.to_string()))
    }
}
