//! The one place that turns errors into responses, and so decides what a client may learn from them.

use serde::Serialize;

use crate::{
    health::{HealthError, report},
    http::{BodyError, Response, routes::RouteError},
    login::LoginError,
    password::PasswordError,
    platform::GATE_SECONDS,
    reset::ResetError,
    session::{LOGGED_OUT, SessionError},
    sign_up::SignUpError,
    users::{UsersError, etag},
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
    /// A request about a session failed.
    Session(SessionError),
    /// A password was not changed.
    Password(PasswordError),
    /// Nobody signed up.
    SignUp(SignUpError),
    /// A password was not reset.
    Reset(ResetError),
    /// A request about users failed.
    Users(UsersError),
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
            Self::Session(error) => session(error),
            Self::Password(error) => password(error),
            Self::SignUp(error) => sign_up(error),
            Self::Reset(error) => reset(error),
            Self::Users(error) => users(error),
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
        LoginError::Refresh(error) => session(error),
        LoginError::Refused(_) => {
            // RFC 6749 §5.2 defines `invalid_grant`, and RFC 6750 §3 the challenge.
            oauth(401, "invalid_grant", "Incorrect username or password").with("www-authenticate", "Bearer")
        }
        // RFC 6585 §4.
        LoginError::Throttled { retry_after } => {
            Response::detail(429, "Too many login attempts").with("retry-after", retry_after.to_string())
        }
        LoginError::Store(_) | LoginError::Guard(_) | LoginError::Outdated => unavailable(),
        LoginError::Random(_) | LoginError::Token(_) | LoginError::Crypto(_) => internal(),
    }
}

fn session(error: &SessionError) -> Response {
    match error {
        SessionError::Off => Response::detail(404, "Not Found"),
        SessionError::NoSession => Response::detail(404, "There is no such session"),
        SessionError::Body(error) => body(*error),
        SessionError::Form(error) => oauth(400, "invalid_request", &error.to_string()),
        SessionError::Invalid(detail) => oauth(400, "invalid_request", detail),
        SessionError::GrantType => oauth(400, "unsupported_grant_type", "grant_type must be refresh_token"),
        // RFC 6750 §3.1: a request without a token gets no error code.
        SessionError::Anonymous => Response::detail(401, "Not authenticated").with("www-authenticate", "Bearer"),
        SessionError::Token(_) => oauth(401, "invalid_token", "Could not validate credentials")
            .with("www-authenticate", r#"Bearer error="invalid_token""#),
        // Without a challenge: some clients look at that first, and then don't see that they have to log in again.
        SessionError::Grant(_) => oauth(400, "invalid_grant", "The refresh token is not valid"),
        // RFC 7009 §2.2.
        SessionError::NothingToRevoke => Response::detail(200, LOGGED_OUT),
        SessionError::Inactive(_) => {
            // RFC 7662 §2.2.
            #[derive(Serialize)]
            struct Introspection {
                active: bool,
            }
            Response::json(200, &Introspection { active: false })
        }
        SessionError::Client => {
            oauth(401, "invalid_client", "Unknown client").with("www-authenticate", r#"Basic realm="introspection""#)
        }
        SessionError::Origin => Response::detail(403, "This origin may not do that"),
        SessionError::Throttled => {
            Response::detail(429, "Too many requests").with("retry-after", GATE_SECONDS.to_string())
        }
        SessionError::Store(_) | SessionError::Guard(_) => unavailable(),
        SessionError::Random(_) | SessionError::Creation(_) | SessionError::Crypto(_) => internal(),
    }
}

fn password(error: &PasswordError) -> Response {
    match error {
        PasswordError::Session(error) => session(error),
        PasswordError::New(refused) => oauth(400, "invalid_request", &refused.to_string()),
        // Without a challenge: the token is good, and a client must not log its user out.
        PasswordError::Attempt(LoginError::Refused(_)) => oauth(400, "invalid_grant", "Incorrect password"),
        PasswordError::Attempt(error) => login(error),
        PasswordError::ChangedMeanwhile => Response::detail(409, "The account was changed at the same time"),
    }
}

fn sign_up(error: &SignUpError) -> Response {
    match error {
        SignUpError::Off => Response::detail(404, "Not Found"),
        SignUpError::Origin(error) => session(error),
        SignUpError::Throttled { retry_after } => {
            Response::detail(429, "Too many sign-ups").with("retry-after", retry_after.to_string())
        }
        SignUpError::Body(error) => body(*error),
        SignUpError::Form(error) => Response::detail(400, error.to_string()),
        SignUpError::Fields(errors) => Response::detail(422, errors),
        SignUpError::Challenge => Response::detail(400, "The challenge was not solved"),
        SignUpError::Taken => Response::detail(409, "This username is taken"),
        SignUpError::Turnstile(_) | SignUpError::Guard(_) => unavailable(),
        SignUpError::Users(error) => users(error),
    }
}

fn reset(error: &ResetError) -> Response {
    match error {
        ResetError::Session(error) => session(error),
        ResetError::Token => oauth(400, "invalid_grant", "The reset token is not valid"),
        ResetError::New(refused) => oauth(400, "invalid_request", &refused.to_string()),
        ResetError::Users(error) => users(error),
    }
}

fn users(error: &UsersError) -> Response {
    match error {
        UsersError::Off => Response::detail(404, "Not Found"),
        UsersError::Anonymous => Response::detail(401, "Not authenticated").with("www-authenticate", "Bearer"),
        UsersError::Key => {
            Response::detail(401, "Unknown key").with("www-authenticate", r#"Bearer error="invalid_token""#)
        }
        // Both are a minute.
        UsersError::Throttled | UsersError::TooSoon => {
            Response::detail(429, "Too many requests").with("retry-after", GATE_SECONDS.to_string())
        }
        UsersError::ReadOnly => Response::detail(403, "This key may not change users"),
        UsersError::Body(error) => body(*error),
        UsersError::Invalid(wrong) => Response::detail(422, wrong),
        UsersError::Condition(detail) => Response::detail(400, detail),
        UsersError::NotFound => Response::detail(404, "There is no such user"),
        UsersError::ConditionFailed(version) => {
            let response = Response::detail(412, "The condition does not hold");
            version.iter().fold(response, |response, version| response.with("etag", etag(*version)))
        }
        UsersError::Store(_) | UsersError::Guard(_) => unavailable(),
        UsersError::Random(_) => internal(),
        UsersError::Session(error) => session(error),
    }
}

/// An error with the code of an RFC, and FastAPI's `detail`.
fn oauth(status: u16, error: &'static str, detail: &str) -> Response {
    #[derive(Serialize)]
    struct Refused<'a> {
        detail: &'a str,
        error: &'static str,
    }
    Response::json(status, &Refused { detail, error })
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
