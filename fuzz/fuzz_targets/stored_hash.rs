//! Fuzzes the parsing of stored hashes.
#![no_main]

#[path = "../../crates/auth/tests/support/mod.rs"]
mod support;

libfuzzer_sys::fuzz_target!(|data: &[u8]| support::fuzz::stored_hash(data));
