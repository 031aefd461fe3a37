//! The user stores: D1 and Workers KV.

pub(crate) mod d1;
pub(crate) mod kv;

use auth::platform::{LOOKUP_TIMEOUT, StoreError};

use crate::timeout::within;

/// Returns the result of `work`, or an error if it takes longer than [`LOOKUP_TIMEOUT`].
pub(crate) async fn timely<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    within(LOOKUP_TIMEOUT, work).await.unwrap_or(Err(StoreError::TimedOut))
}
