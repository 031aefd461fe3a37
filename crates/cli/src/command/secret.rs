//! `edge-login secret`.

use std::fmt::Write;

use serde::Serialize;
use zeroize::Zeroizing;

use crate::{error::Error, output::Output, random};

#[derive(Serialize)]
struct Secret<'a> {
    secret: &'a str,
}

/// How to replace `SECRET_KEY`.
#[derive(Serialize)]
struct Rotation {
    planned: &'static [&'static str],
    after_a_leak: &'static [&'static str],
}

const ROTATION: Rotation = Rotation {
    planned: &[
        "Only the first time, paste the present SECRET_KEY, so that sessions, counts and the names in logs stay:",
        "  npx wrangler secret put ROOT_SECRET",
        "Paste the present SECRET_KEY here too, so that tokens stay good until they expire:",
        "  npx wrangler secret put SECRET_KEY_PREVIOUS",
        "Make the new key, and let every service that checks tokens take it besides the old one:",
        "  edge-login secret",
        "Paste the new key. From now on it signs:",
        "  npx wrangler secret put SECRET_KEY",
        "Once ACCESS_TOKEN_EXPIRE_MINUTES have passed, take the old key from every service, and from here:",
        "  npx wrangler secret delete SECRET_KEY_PREVIOUS",
    ],
    after_a_leak: &[
        "Make the new key. It ends every token and every session, restarts the counts of failures, and renames the users in logs:",
        "  edge-login secret",
        "Whoever has the old key must get nothing more from it here:",
        "  npx wrangler secret delete SECRET_KEY_PREVIOUS",
        "If ROOT_SECRET is set, it gets a fresh value of its own:",
        "  edge-login secret | npx wrangler secret put ROOT_SECRET",
        "Paste the new key:",
        "  npx wrangler secret put SECRET_KEY",
        "Replace the old key in every service that checks tokens. Until then such a service takes forged ones.",
    ],
};

/// Prints the steps for replacing `SECRET_KEY`.
pub(super) fn rotate(output: &Output) -> Result<(), Error> {
    Ok(output.answer(&ROTATION, || {
        let (planned, leak) = (ROTATION.planned.join("\n"), ROTATION.after_a_leak.join("\n"));
        format!("PLANNED\n\n{planned}\n\nAFTER A LEAK\n\n{leak}")
    })?)
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
