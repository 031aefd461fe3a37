//! Runs the fuzzers' functions on all inputs that are kept in their corpora.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use std::{fs, path::Path};

fn replay(target: &str, run: impl Fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(target);
    let mut inputs = 0;
    for entry in fs::read_dir(corpus).unwrap() {
        run(&fs::read(entry.unwrap().path()).unwrap());
        inputs += 1;
    }
    assert!(inputs >= 10, "the corpus of {target} has only {inputs} inputs");
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
fn guard_messages() {
    let attempts = std::cell::Cell::new(0);
    replay("guard_message", |data| attempts.set(attempts.get() + u32::from(support::fuzz::guard_message(data))));
    // If no input could be read as an attempt any more, the test would show nothing.
    assert!(attempts.get() >= 10, "{} attempts", attempts.get());
}

#[test]
fn refresh_tokens() {
    let read = std::cell::Cell::new(0);
    replay("refresh_token", |data| read.set(read.get() + u32::from(support::fuzz::refresh_token(data))));
    assert!(read.get() >= 4, "{} tokens", read.get());
}
