//! Runs the fuzzers' functions on all inputs that are kept in their corpora.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use std::{cell::Cell, fs, path::Path};

fn replay(target: &str, run: impl Fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut inputs = 0;
    for entry in fs::read_dir(corpus).unwrap() {
        run(&fs::read(entry.unwrap().path()).unwrap());
        inputs += 1;
    }
    assert!(inputs >= 10, "the corpus of {target} has only {inputs} inputs");
}

/// If none of the inputs could be read any more, the test would show nothing.
fn replay_and_count(target: &str, is_read: impl Fn(&[u8]) -> bool) {
    let read = Cell::new(0);
    replay(target, |data| read.set(read.get() + u32::from(is_read(data))));
    assert!(read.get() >= 10, "{} inputs of {target} can be read", read.get());
}

#[test]
fn requests() {
    replay("request", support::fuzz::request);
}

#[test]
fn forms() {
    replay("form", support::fuzz::form);
}

#[test]
fn stored_hashes() {
    replay("stored_hash", support::fuzz::stored_hash);
}

#[test]
fn access_tokens() {
    replay_and_count("access_token", support::fuzz::access_token);
}

#[test]
fn refresh_tokens() {
    replay_and_count("refresh_token", support::fuzz::refresh_token);
}

#[test]
fn user_claims() {
    replay_and_count("user_claims", support::fuzz::user_claims);
}

#[test]
fn guard_messages() {
    replay_and_count("guard_message", support::fuzz::guard_message);
}
