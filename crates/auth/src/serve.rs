//! The entry point: it routes a request to its endpoint.

use crate::{
    after::After,
    config::{Config, ConfigError},
    error::Error,
    health::{self, HealthError},
    http::{
        Body, Request, RequestContext, Response,
        routes::{self, Route},
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
        Err(error) => Handled::new(Error::Route(error).response()),
    };
    handled.for_method(&request.method)
}

/// Answers a request to a Worker whose configuration is wrong: such a Worker serves nobody.
#[must_use]
pub fn misconfigured(error: &ConfigError, request: &Request<'_>, context: &RequestContext<'_>) -> Handled {
    let answer = match routes::find(ROUTES, request).map(|matched| matched.endpoint) {
        Ok(Endpoint::Health) => Error::Health(HealthError::Configuration),
        _ => Error::Misconfigured,
    };
    let line = LogLine::new(Level::Error, &ConfigFields::new(context.now, error));
    Handled { log: line.into_iter().collect(), ..Handled::new(answer.response()) }.for_method(&request.method)
}

impl Handled {
    fn new(response: Response) -> Self {
        Self { response, log: Vec::new(), after: Vec::new() }
    }

    /// A response to `HEAD` has no body (RFC 9110 §9.3.2).
    fn for_method(mut self, method: &str) -> Self {
        if method == "HEAD" {
            self.response.body.clear();
        }
        self
    }
}
