//! Giving up on work that takes too long.

use std::{pin::pin, time::Duration};

use futures_util::future::{Either, select};
use worker::Delay;

/// Returns the output of `work`, or `None` if it isn't done after `limit`.
pub(crate) async fn within<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), Delay::from(limit)).await {
        Either::Left((done, _)) => Some(done),
        Either::Right(_) => None,
    }
}
