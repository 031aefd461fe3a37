//! What the gate counts: wrong signatures and secrets by network, and what writes to the guard by account.

use super::{account::Account, error::SessionError};
use crate::{
    config::Config,
    http::{Network, Request},
    platform::{Guard, Platform},
};

/// Counts a wrong signature or secret at the gate, apart from the network's logins. Nothing else counts there, because
/// services ask often. Returns the error to answer with.
pub(crate) async fn count_guess(
    config: &Config,
    platform: &impl Platform,
    request: &Request<'_>,
    error: SessionError,
) -> SessionError {
    if !error.is_guess() {
        return error;
    }
    let network = Network::of(request.headers.get(&config.client_ip_header).as_deref());
    let bucket = config.buckets.pseudonym(&format!("session {network}"));
    if platform.guard().admits(&bucket).await { error } else { SessionError::Throttled }
}

/// Lets an account refresh and log out as often as a network may log in. Otherwise one token could keep an object busy, and use
/// up the rows that may be written in a day.
///
/// # Errors
/// [`SessionError::Throttled`] beyond that.
pub(super) async fn admit_account(
    config: &Config,
    platform: &impl Platform,
    account: &Account,
) -> Result<(), SessionError> {
    let bucket = config.buckets.pseudonym(&format!("account {}", account.name));
    if platform.guard().admits(&bucket).await { Ok(()) } else { Err(SessionError::Throttled) }
}
