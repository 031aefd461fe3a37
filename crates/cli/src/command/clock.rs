//! The time that is stored with users.

use std::time::{SystemTime, UNIX_EPOCH};

/// Now, in Unix seconds.
pub(super) fn now() -> i64 {
    now_ms() / 1000
}

/// Now, in Unix milliseconds.
pub(super) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
