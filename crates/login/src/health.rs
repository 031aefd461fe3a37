//! `GET /health`.

use serde::Serialize;

use crate::{
    response::Response,
    users::{Username, Users},
};

#[derive(Serialize)]
struct Health {
    status: &'static str,
    version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    failed: Option<&'static str>,
}

/// Asks the store for a user that can't exist.
pub(crate) async fn health(users: &impl Users) -> Response {
    match users.find(&Username::nobody()).await {
        Ok(_) => report(200, "ok", None),
        Err(_) => failed("store"),
    }
}

/// 503, naming the part that failed and nothing else.
pub(crate) fn failed(part: &'static str) -> Response {
    report(503, "unavailable", Some(part)).with("retry-after", "5")
}

fn report(code: u16, status: &'static str, failed: Option<&'static str>) -> Response {
    Response::json(code, &Health { status, version: env!("CARGO_PKG_VERSION"), failed })
}
