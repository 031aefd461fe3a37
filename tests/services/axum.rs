//! The service in Rust of docs/USE-FROM.md.
include!("shown.rs");
