//! Fuzzes the verifier of access tokens.
#![no_main]

#[path = "../../crates/auth/tests/support/mod.rs"]
mod support;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    support::fuzz::access_token(data);
});
