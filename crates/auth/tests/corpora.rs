//! Runs the fuzzers' functions on all inputs that are kept in their corpora.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use std::{fs, path::Path};

fn replay(target: &str, run: fn(&[u8])) {
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
    replay("guard_message", support::fuzz::guard_message);
}
