//! `GET /health`.

use accounts::Username;
use serde::Serialize;

use crate::{http::Response, platform::Users};

/// The part that failed. The response names it, and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HealthError {
    /// The configuration is wrong.
    Configuration,
    /// The user store gave no answer.
    Store,
}

/// Asks the store for a user that can't exist.
pub(crate) async fn health(users: impl Users) -> Result<Response, HealthError> {
    users.find(&Username::nobody()).await.map_err(|_| HealthError::Store)?;
    Ok(report(200, "ok", None))
}

impl HealthError {
    pub(crate) fn response(self) -> Response {
        let part = match self {
            Self::Configuration => "configuration",
            Self::Store => "store",
        };
        report(503, "unavailable", Some(part))
    }
}

fn report(code: u16, status: &'static str, failed: Option<&'static str>) -> Response {
    #[derive(Serialize)]
    struct Report {
        status: &'static str,
        version: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        failed: Option<&'static str>,
    }
    Response::json(code, &Report { status, version: env!("CARGO_PKG_VERSION"), failed })
}
