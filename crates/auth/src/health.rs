//! `GET /health`: whether the configuration is valid and the user store answers.

use accounts::Username;
use serde::Serialize;

use crate::{
    config::Config,
    http::{Network, Request, Response},
    platform::{Guard, Platform, Users},
};

/// The part of the service that failed. The response names the part, and gives no other detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthError {
    /// The configuration is wrong.
    Configuration,
    /// The user store gave no answer.
    Store,
    /// The client's network asked too often, so nothing was looked up.
    Throttled,
}

/// Looks up a user that can't exist, to see whether the store answers. The gate counts this apart from the
/// network's logins.
pub(crate) async fn health(
    config: &Config,
    platform: &impl Platform,
    request: &Request<'_>,
) -> Result<Response, HealthError> {
    let network = Network::of(request.headers.get(&config.client_ip_header).as_deref());
    if !platform.guard().admits(&config.buckets.pseudonym(&format!("health {network}"))).await {
        return Err(HealthError::Throttled);
    }
    platform.users().find(&Username::nobody()).await.map_err(|_| HealthError::Store)?;
    Ok(report(200, "ok", None))
}

/// The response of this endpoint, healthy or not.
pub(crate) fn report(code: u16, status: &'static str, failed: Option<&'static str>) -> Response {
    #[derive(Serialize)]
    struct Report {
        status: &'static str,
        version: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        failed: Option<&'static str>,
    }
    Response::json(code, &Report { status, version: env!("CARGO_PKG_VERSION"), failed })
}
