//! Fuzzes the claims of users.
#![no_main]

#[path = "../../crates/auth/tests/support/mod.rs"]
mod support;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    support::fuzz::user_claims(data);
});
