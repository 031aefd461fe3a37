//! `GET /health`: whether the configuration is valid and the user store answers.

use accounts::Username;
use serde::Serialize;

use crate::{http::Response, platform::Users};

/// The part of the service that failed. The response names the part, and gives no other detail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthError {
    /// The configuration is wrong.
    Configuration,
    /// The user store gave no answer.
    Store,
}

/// Looks up a user that can't exist, to see whether the store answers.
pub(crate) async fn health(users: impl Users) -> Result<Response, HealthError> {
    users.find(&Username::nobody()).await.map_err(|_| HealthError::Store)?;
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
