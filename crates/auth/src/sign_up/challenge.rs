//! Cloudflare Turnstile: a challenge that a page solves, to keep programs from signing up
//! (<https://developers.cloudflare.com/turnstile/get-started/server-side-validation/>).

use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::error::SignUpError;
use crate::{
    http::form::Form,
    login::required,
    platform::{Outgoing, Outside, OutsideError},
};

/// The field that Turnstile's widget adds to its form.
const FIELD: &str = "cf-turnstile-response";
const SITE_VERIFY: &str = "https://challenges.cloudflare.com/turnstile/v0/siteverify";
const LIMIT: Duration = Duration::from_secs(5);

/// Whether Turnstile says that the form's challenge was solved. Everything else fails: nobody signs up without a challenge.
///
/// # Errors
/// [`SignUpError`] if it was not solved, or Turnstile gave no answer.
pub(super) async fn solved(
    outside: &impl Outside,
    secret: &str,
    form: &Form,
    address: Option<&str>,
) -> Result<(), SignUpError> {
    let response = required(form, FIELD).map_err(|missing| SignUpError::Fields(vec![missing]))?;
    let body = serde_urlencoded::to_string(Verify { secret, response, remoteip: address });
    let body = Zeroizing::new(body.map_err(|error| SignUpError::Turnstile(OutsideError(error.to_string())))?);
    let question = Outgoing { url: SITE_VERIFY, header: None, form: Some(&body), limit: LIMIT };
    let answer = outside.ask(&question).await.map_err(SignUpError::Turnstile)?;
    let Verified { success } =
        serde_json::from_str(&answer).map_err(|_| SignUpError::Turnstile(OutsideError("not an answer".to_owned())))?;
    if success { Ok(()) } else { Err(SignUpError::Challenge) }
}

#[derive(Serialize)]
struct Verify<'a> {
    secret: &'a str,
    response: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    remoteip: Option<&'a str>,
}

#[derive(Deserialize)]
struct Verified {
    success: bool,
}
