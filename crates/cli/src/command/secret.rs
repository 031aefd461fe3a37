//! `edge-login secret`.

use std::fmt::Write;

use serde::Serialize;
use zeroize::Zeroizing;

use crate::{error::Error, output::Output, random};

#[derive(Serialize)]
struct Secret<'a> {
    secret: &'a str,
}

/// Prints 256 random bits in hexadecimal, which is as much as HS256 can use (RFC 7518 §3.2).
pub(super) fn secret(output: &Output) -> Result<(), Error> {
    let mut bytes = Zeroizing::new([0; 32]);
    random::fill(&mut *bytes)?;
    let mut hex = Zeroizing::new(String::with_capacity(64));
    for byte in *bytes {
        // Writing to a string can't fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Ok(output.answer(&Secret { secret: &hex }, || hex.to_string())?)
}
