//! The interactive documentation: a page, and the `OpenAPI` document that it shows. Both are static assets of the
//! Worker.

use crate::http::{
    Request, Response,
    routes::{self, Route, RouteError},
};

/// The assets, each at its own path.
pub(crate) const ASSETS: &[Route<()>] = &[
    asset("/docs"),
    asset("/docs/icon.png"),
    asset("/docs/page.css"),
    asset("/docs/start.js"),
    asset("/docs/swagger-ui.css"),
    asset("/docs/swagger-ui-bundle.js"),
    asset("/openapi.json"),
];

const fn asset(pattern: &'static str) -> Route<()> {
    Route { method: "GET", pattern, endpoint: () }
}

/// Answers a request for an asset.
pub(crate) fn docs(request: &Request<'_>) -> Result<Response, RouteError> {
    routes::find(ASSETS, request).map(|_| Response::asset())
}
