//! Exit codes, as `edge-login --help` lists them. clap itself exits with 2.

/// The store, wrangler or a file failed.
pub(crate) const FAILED: u8 = 1;
/// The input can't be used.
pub(crate) const INVALID_INPUT: u8 = 3;
/// There is no such user, or there is one already.
pub(crate) const WRONG_USER: u8 = 4;
/// Done, but some rows or users can't be used.
pub(crate) const INCOMPLETE: u8 = 5;
/// Interrupted, as by Ctrl-C.
pub(crate) const INTERRUPTED: i32 = 130;
