//! Fuzzes the messages between the Worker and its objects.
#![no_main]

#[path = "../../crates/auth/tests/support/mod.rs"]
mod support;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    support::fuzz::guard_message(data);
});
