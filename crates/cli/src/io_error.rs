//! A file, or a standard stream, that failed.

use std::io;

/// What failed, in words, and why.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {source}")]
pub(crate) struct IoError {
    what: String,
    source: io::Error,
}

impl IoError {
    /// For `map_err`.
    pub(crate) fn of(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        |source| Self { what, source }
    }
}
