//! Counting wrong signatures and secrets.

use super::error::SessionError;
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
