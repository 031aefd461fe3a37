//! Fuzzes the reading of refresh tokens.
#![no_main]

#[path = "../../crates/auth/tests/support/mod.rs"]
mod support;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    support::fuzz::refresh_token(data);
});
