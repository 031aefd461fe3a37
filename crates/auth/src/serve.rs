//! The entry point: it routes a request to its endpoint.

use crate::{
    after::After,
    config::{Config, ConfigError},
    docs::docs,
    error::Error,
    health::{self, HealthError},
    http::{
        Body, Request, RequestContext, Response,
        routes::{self, Route, RouteError},
        security_headers,
    },
    log::{ConfigFields, Level, LogLine},
    login::{LoginFields, login},
    platform::Platform,
};

/// Every endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Endpoint {
    Login,
    Health,
}

const ROUTES: &[Route<Endpoint>] = &[
    Route { method: "POST", pattern: "/api/user/login", endpoint: Endpoint::Login },
    Route { method: "GET", pattern: "/health", endpoint: Endpoint::Health },
];

/// A response, the lines to log, and the work that follows.
#[derive(Debug)]
pub struct Handled {
    /// The response for the client.
    pub response: Response,
    /// The lines for the log.
    pub log: Vec<LogLine>,
    /// The work that [`after_response`](crate::after_response) does once the response was sent.
    pub after: Vec<After>,
}

/// Answers a request. Every failure becomes a response.
pub async fn serve(
    config: &Config,
    platform: &impl Platform,
    request: &Request<'_>,
    body: impl Body,
    context: &RequestContext<'_>,
) -> Handled {
    if let Some(response) = config.origins.preflight(ROUTES, request) {
        return Handled::new(response).finish(Some(config), request);
    }
    let handled = match routes::find(ROUTES, request).map(|matched| matched.endpoint) {
        Ok(Endpoint::Login) => {
            let mut fields = LoginFields::new(context.now, &request.client);
            let result = login(config, platform, request, body, context, &mut fields).await;
            let (response, rehash) = result.unwrap_or_else(|error| {
                fields.fail(&error);
                (Error::Login(error).response(), None)
            });
            let after = rehash.map(After::Rehash).into_iter().collect();
            Handled { response, log: fields.line().into_iter().collect(), after }
        }
        Ok(Endpoint::Health) => {
            let result = health::health(config, platform, request).await;
            Handled::new(result.unwrap_or_else(|error| Error::Health(error).response()))
        }
        Err(RouteError::NotFound) if config.docs => {
            Handled::new(docs(request).unwrap_or_else(|error| Error::Route(error).response()))
        }
        Err(error) => Handled::new(Error::Route(error).response()),
    };
    handled.finish(Some(config), request)
}

/// Answers a request to a Worker whose configuration is wrong: such a Worker serves nobody.
#[must_use]
pub fn misconfigured(error: &ConfigError, request: &Request<'_>, context: &RequestContext<'_>) -> Handled {
    let answer = match routes::find(ROUTES, request).map(|matched| matched.endpoint) {
        Ok(Endpoint::Health) => Error::Health(HealthError::Configuration),
        _ => Error::Misconfigured,
    };
    let line = LogLine::new(Level::Error, &ConfigFields::new(context.now, error));
    Handled { log: line.into_iter().collect(), ..Handled::new(answer.response()) }.finish(None, request)
}

impl Handled {
    fn new(response: Response) -> Self {
        Self { response, log: Vec::new(), after: Vec::new() }
    }

    /// Adds what every response has. A response to `HEAD` has no body (RFC 9110 §9.3.2).
    fn finish(mut self, config: Option<&Config>, request: &Request<'_>) -> Self {
        if request.method == "HEAD" {
            self.response.body.clear();
        }
        let shared = match config {
            Some(config) => config.origins.share(request, self.response),
            None => self.response,
        };
        Self { response: security_headers::add(shared), ..self }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    #[test]
    fn the_openapi_document_has_every_route_and_no_other() {
        let document: Value = serde_json::from_str(include_str!("../../../public/openapi.json")).unwrap_or_default();
        let described: BTreeSet<_> = document["paths"]
            .as_object()
            .into_iter()
            .flatten()
            .flat_map(|(path, operations)| {
                operations.as_object().into_iter().flatten().map(|(method, _)| (method.to_uppercase(), path.clone()))
            })
            .collect();
        let routed = ROUTES.iter().map(|route| (route.method.to_owned(), route.pattern.to_owned())).collect();
        assert_eq!(described, routed);
        assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    }
}
