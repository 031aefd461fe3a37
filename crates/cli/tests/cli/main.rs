//! The built command, with a script in place of wrangler.
#![cfg(unix)]
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod api;
mod commands;
mod import;
mod keys;
mod malformed;
mod plan;
mod support;
mod update;
