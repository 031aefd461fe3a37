//! The entry point: it routes a request to its endpoint.

use std::{future::ready, pin::Pin};

use crate::{
    after::After,
    config::{Config, ConfigError},
    docs::docs,
    error::Error,
    health::{self, HealthError},
    http::{
        Body, LOGIN, Request, RequestContext, Response,
        routes::{self, Matched, Route, RouteError},
        security_headers,
    },
    jwks::{JWKS_PATH, jwks},
    log::{ConfigFields, Level, LogLine, RequestFields},
    login::login,
    password::{PasswordError, password},
    platform::Platform,
    reset::reset,
    session::{self, SessionEndpoint, count_guess},
    sign_up::sign_up,
    timings::Timings,
    users::{self, UsersEndpoint},
};

/// Every endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Endpoint {
    Login,
    Session(SessionEndpoint),
    Password,
    SignUp,
    Reset,
    Users(UsersEndpoint),
    Keys,
    Health,
}

const ROUTES: &[Route<Endpoint>] = &[
    Route { method: "POST", pattern: LOGIN, endpoint: Endpoint::Login },
    session("GET", "/api/user/me", SessionEndpoint::Me),
    session("POST", "/api/user/logout", SessionEndpoint::Logout),
    session("POST", "/api/user/refresh", SessionEndpoint::Refresh),
    session("GET", "/api/user/sessions", SessionEndpoint::List),
    session("DELETE", "/api/user/sessions/{id}", SessionEndpoint::End),
    Route { method: "POST", pattern: "/api/user/password", endpoint: Endpoint::Password },
    Route { method: "POST", pattern: "/api/user/create", endpoint: Endpoint::SignUp },
    Route { method: "POST", pattern: "/api/user/reset", endpoint: Endpoint::Reset },
    session("POST", "/api/user/introspect", SessionEndpoint::Introspect),
    session("GET", "/.well-known/oauth-authorization-server", SessionEndpoint::Metadata),
    users("GET", USERS, UsersEndpoint::Page),
    users("POST", USERS, UsersEndpoint::Many),
    users("GET", USER, UsersEndpoint::Get),
    users("PUT", USER, UsersEndpoint::Put),
    users("PATCH", USER, UsersEndpoint::Patch),
    users("DELETE", USER, UsersEndpoint::Delete),
    users("GET", USER_SESSIONS, UsersEndpoint::Sessions),
    users("DELETE", USER_SESSIONS, UsersEndpoint::EndSessions),
    users("POST", "/api/users/{username}/reset", UsersEndpoint::Reset),
    Route { method: "GET", pattern: JWKS_PATH, endpoint: Endpoint::Keys },
    Route { method: "GET", pattern: "/health", endpoint: Endpoint::Health },
];

const USERS: &str = "/api/users";
const USER: &str = "/api/users/{username}";
const USER_SESSIONS: &str = "/api/users/{username}/sessions";

const fn users(method: &'static str, pattern: &'static str, endpoint: UsersEndpoint) -> Route<Endpoint> {
    Route { method, pattern, endpoint: Endpoint::Users(endpoint) }
}

const fn session(method: &'static str, pattern: &'static str, endpoint: SessionEndpoint) -> Route<Endpoint> {
    Route { method, pattern, endpoint: Endpoint::Session(endpoint) }
}

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
    let handled = match routes::find(ROUTES, request) {
        Ok(matched) => answer(matched, config, platform, request, body, context).await,
        Err(RouteError::NotFound) if config.docs => {
            Handled::new(docs(request).unwrap_or_else(|error| Error::Route(error).response()))
        }
        Err(error) => Handled::new(Error::Route(error).response()),
    };
    handled.finish(Some(config), request)
}

/// The answer of one endpoint. Each is in a box of its own: a request takes little memory while it waits for its body, and
/// a new instance compiles no endpoint before somebody asks for it.
fn answer<'a>(
    Matched { endpoint, parameters }: Matched<Endpoint>,
    config: &'a Config,
    platform: &'a impl Platform,
    request: &'a Request<'a>,
    body: impl Body + 'a,
    context: &'a RequestContext<'a>,
) -> Pin<Box<dyn Future<Output = Handled> + 'a>> {
    let mut parameters = parameters.into_iter().map(|(_, parameter)| parameter);
    let parameter = parameters.next().unwrap_or_default();
    match endpoint {
        Endpoint::Session(endpoint) => Box::pin(async move {
            let (answered, line) =
                session::answer((endpoint, &parameter), config, platform, request, body, context).await;
            let response = answered.unwrap_or_else(|error| Error::Session(error).response());
            Handled { log: line.into_iter().collect(), ..Handled::new(response) }
        }),
        Endpoint::Users(endpoint) => Box::pin(async move {
            let (answered, line) =
                users::answer((endpoint, &parameter), config, platform, request, body, context).await;
            let response = answered.unwrap_or_else(|error| Error::Users(error).response());
            Handled { log: line.into_iter().collect(), ..Handled::new(response) }
        }),
        Endpoint::Password => Box::pin(async move {
            let mut fields = RequestFields::new("password", context.now, &request.client);
            let changed = password(config, platform, request, body, context, &mut fields).await;
            let response = match changed {
                Ok(response) => response,
                Err(error) => {
                    let error = match error {
                        PasswordError::Session(error) => count_guess(config, platform, request, error).await.into(),
                        error => error,
                    };
                    fields.fail(error.outcome(), error.fault());
                    Error::Password(error).response()
                }
            };
            Handled { log: fields.line().into_iter().collect(), ..Handled::new(response) }
        }),
        Endpoint::SignUp => Box::pin(async move {
            let mut fields = RequestFields::new("sign_up", context.now, &request.client);
            let signed_up = sign_up(config, platform, request, body, context, &mut fields).await;
            let response = signed_up.unwrap_or_else(|error| {
                fields.fail(error.outcome(), error.fault());
                Error::SignUp(error).response()
            });
            Handled { log: fields.line().into_iter().collect(), ..Handled::new(response) }
        }),
        Endpoint::Reset => Box::pin(async move {
            let mut fields = RequestFields::new("reset", context.now, &request.client);
            let reset = reset(config, platform, request, body, context, &mut fields).await;
            let response = reset.unwrap_or_else(|error| {
                fields.fail(error.outcome(), error.fault());
                Error::Reset(error).response()
            });
            Handled { log: fields.line().into_iter().collect(), ..Handled::new(response) }
        }),
        Endpoint::Login => Box::pin(async move {
            let mut fields = RequestFields::new("login", context.now, &request.client);
            let result = login(config, platform, request, body, context, &mut fields).await;
            let (response, rehash) = result.unwrap_or_else(|error| {
                fields.fail(error.outcome(), error.fault());
                (Error::Login(error).response(), None)
            });
            let after = rehash.map(After::Rehash).into_iter().collect();
            Handled { response, log: fields.line().into_iter().collect(), after }
        }),
        Endpoint::Keys => Box::pin(ready(Handled::new(jwks(config)))),
        Endpoint::Health => Box::pin(async move {
            let result = health::health(config, platform, request).await;
            Handled::new(result.unwrap_or_else(|error| Error::Health(error).response()))
        }),
    }
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

    /// Adds the header `Server-Timing`. `total` is how long the request took, in milliseconds.
    #[must_use]
    pub fn timed(mut self, timings: &Timings, total: i64) -> Self {
        self.response.headers.push(("server-timing", timings.header(total).into()));
        self
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
