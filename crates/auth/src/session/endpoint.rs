//! The endpoints about sessions: each gets its form, and failures are counted and logged in one place.

use super::{
    error::SessionError,
    form::read_form,
    gate::count_guess,
    introspect,
    list::{end_one, list},
    logout::logout,
    me::me,
    metadata::metadata,
    refresh::{REFRESH_EVENT, refresh},
};
use crate::{
    config::Config,
    http::{Body, Request, RequestContext, Response},
    log::{LogLine, RequestFields},
    platform::Platform,
};

/// An endpoint about sessions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionEndpoint {
    Me,
    Logout,
    Refresh,
    List,
    End,
    Introspect,
    Metadata,
}

impl SessionEndpoint {
    /// The name of its line in the log.
    fn event(self) -> &'static str {
        match self {
            Self::Me => "me",
            Self::Logout => "logout",
            Self::Refresh => REFRESH_EVENT,
            Self::List => "sessions",
            Self::End => "end_session",
            Self::Introspect => "introspect",
            Self::Metadata => "metadata",
        }
    }

    /// Services ask these all the time. Only what an operator has to look into is logged.
    fn is_quiet(self) -> bool {
        matches!(self, Self::Me | Self::List | Self::Introspect | Self::Metadata)
    }
}

/// Answers a request about sessions. `id` is the session in its path.
pub(crate) async fn answer(
    (endpoint, id): (SessionEndpoint, &str),
    config: &Config,
    platform: &impl Platform,
    request: &Request<'_>,
    body: impl Body,
    context: &RequestContext<'_>,
) -> (Result<Response, SessionError>, Option<LogLine>) {
    let mut fields = RequestFields::new(endpoint.event(), context.now, &request.client);
    let answered = run((endpoint, id), config, platform, request, body, context, &mut fields).await;
    let answered = match answered {
        Err(error) => Err(count_guess(config, platform, request, error).await),
        answered => answered,
    };
    if let Err(error) = &answered {
        fields.fail(error.outcome(), error.fault());
    }
    let line = (!endpoint.is_quiet() || fields.is_fault()).then(|| fields.line()).flatten();
    (answered, line)
}

async fn run(
    (endpoint, id): (SessionEndpoint, &str),
    config: &Config,
    platform: &impl Platform,
    request: &Request<'_>,
    body: impl Body,
    context: &RequestContext<'_>,
    fields: &mut RequestFields<'_>,
) -> Result<Response, SessionError> {
    match endpoint {
        SessionEndpoint::Me => me(config, platform, request, context, fields).await,
        SessionEndpoint::Logout => {
            let form = read_form(request, body).await?;
            logout(config, platform, request, &form, context, fields).await
        }
        SessionEndpoint::Refresh => {
            let form = read_form(request, body).await?;
            refresh(config, platform, request, &form, context, fields).await
        }
        SessionEndpoint::List => list(config, platform, request, context, fields).await,
        SessionEndpoint::End => end_one(config, platform, request, id, context, fields).await,
        SessionEndpoint::Introspect => {
            introspect::admit(config, request)?;
            let form = read_form(request, body).await?;
            introspect::introspect(config, platform, &form, context, fields).await
        }
        SessionEndpoint::Metadata => Ok(metadata(config, request)),
    }
}
