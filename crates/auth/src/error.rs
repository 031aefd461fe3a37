//! The one place that turns errors into responses, and so decides what a client may learn from them.

use serde::Serialize;

use crate::{
    health::{HealthError, report},
    http::{BodyError, Response, routes::RouteError},
    login::LoginError,
    platform::GATE_SECONDS,
};

/// Every way in which a request can fail. Each feature has an error type of its own.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The configuration is wrong, so the Worker refuses to serve.
    Misconfigured,
    /// No endpoint takes the request.
    Route(RouteError),
    /// Nobody was logged in.
    Login(LoginError),
    /// A part of the service failed.
    Health(HealthError),
}

impl Error {
    /// The response: a status, headers and a body.
    #[must_use]
    pub fn response(&self) -> Response {
        match self {
            Self::Misconfigured => internal(),
            Self::Route(error) => route(error),
            Self::Login(error) => login(error),
            Self::Health(error) => health(*error),
        }
    }
}

/// The `Retry-After` of a failure that may be over soon, in seconds.
const RETRY_SOON: &str = "5";

fn internal() -> Response {
    Response::detail(500, "Internal Server Error")
}

fn route(error: &RouteError) -> Response {
    match error {
        RouteError::NotFound => Response::detail(404, "Not Found"),
        RouteError::MethodNotAllowed { allow } => {
            Response::detail(405, "Method Not Allowed").with("allow", allow.clone())
        }
        RouteError::Redirect { location } => Response::empty(307).with("location", location.clone()),
    }
}

fn login(error: &LoginError) -> Response {
    match error {
        LoginError::Body(error) => body(*error),
        LoginError::Form(error) => Response::detail(400, error.to_string()),
        LoginError::Fields(errors) => Response::detail(422, errors),
        LoginError::Refused(_) => {
            #[derive(Serialize)]
            struct Refused {
                detail: &'static str,
                error: &'static str,
            }
            // RFC 6749 §5.2 defines `invalid_grant`, and RFC 6750 §3 the challenge.
            Response::json(401, &Refused { detail: "Incorrect username or password", error: "invalid_grant" })
                .with("www-authenticate", "Bearer")
        }
        // RFC 6585 §4.
        LoginError::Throttled { retry_after } => {
            Response::detail(429, "Too many login attempts").with("retry-after", retry_after.to_string())
        }
        LoginError::Store(_) | LoginError::Guard(_) => unavailable(),
        LoginError::Random(_) | LoginError::Token(_) => internal(),
    }
}

fn unavailable() -> Response {
    Response::detail(503, "Service temporarily unavailable").with("retry-after", RETRY_SOON)
}

fn body(error: BodyError) -> Response {
    match error {
        BodyError::TooLarge => Response::detail(413, "Request body too large"),
        // RFC 9110 §15.5.9.
        BodyError::TimedOut => Response::detail(408, "Request body took too long"),
        BodyError::Interrupted => Response::detail(400, "There was an error parsing the body"),
        BodyError::Crowded => unavailable(),
    }
}

fn health(error: HealthError) -> Response {
    let part = match error {
        HealthError::Configuration => "configuration",
        HealthError::Store => "store",
        HealthError::Throttled => {
            return Response::detail(429, "Too many requests").with("retry-after", GATE_SECONDS.to_string());
        }
    };
    report(503, "unavailable", Some(part)).with("retry-after", RETRY_SOON)
}
