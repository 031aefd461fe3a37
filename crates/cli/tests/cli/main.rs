//! The built command, with a wrangler that is a script.
#![cfg(unix)]
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod commands;
mod import;
mod malformed;
mod plan;
mod support;
