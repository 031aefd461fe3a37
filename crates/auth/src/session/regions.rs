//! Asking an account's objects in all regions at once.

use std::{future::poll_fn, pin::Pin, task::Poll};

use guard::Shard;
use guard::session::{Answer, Question};

use super::{account::Account, error::SessionError};
use crate::{config::Config, platform::Guard};

/// Asks every object of an account, all at the same time. Returns each with its answer.
///
/// # Errors
/// [`SessionError::Guard`] if one of them gave no answer. Some of the others may have done what was asked.
pub(crate) async fn ask_all(
    config: &Config,
    guard: &impl Guard,
    account: &Account,
    question: &Question,
) -> Result<Vec<(Shard, Answer)>, SessionError> {
    let asked = account.shards(config).map(async |shard| (shard, guard.session(shard, question.clone()).await));
    let answers = all(asked.collect()).await.into_iter();
    answers.map(|(shard, answer)| Ok((shard, answer.map_err(SessionError::Guard)?))).collect()
}

/// Runs futures at the same time, and returns their outputs in the same order.
pub(crate) async fn all<F: Future>(futures: Vec<F>) -> Vec<F::Output> {
    let mut running: Vec<Pin<Box<F>>> = futures.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = running.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (future, output) in running.iter_mut().zip(&mut done) {
            if output.is_none()
                && let Poll::Ready(ready) = future.as_mut().poll(context)
            {
                *output = Some(ready);
            }
        }
        if done.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    done.into_iter().flatten().collect()
}
