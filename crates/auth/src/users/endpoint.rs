//! The endpoints about users: the service's key is checked first, and failures are counted and logged in one place.

use super::{error::UsersError, invalid::Invalid, many::many, one, page::page, reset, sessions, username::username};
use crate::{
    config::Config,
    http::{Body, Network, Request, RequestContext, Response},
    log::{LogLine, RequestFields},
    platform::{Guard, Platform},
    service_keys::ServiceKey,
    session::bearer,
};

/// An endpoint about users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UsersEndpoint {
    Page,
    Many,
    Get,
    Put,
    Patch,
    Delete,
    Sessions,
    EndSessions,
    Reset,
}

impl UsersEndpoint {
    /// The name of its line in the log.
    fn event(self) -> &'static str {
        match self {
            Self::Page => "list_users",
            Self::Many => "put_users",
            Self::Get => "get_user",
            Self::Put => "put_user",
            Self::Patch => "patch_user",
            Self::Delete => "delete_user",
            Self::Sessions => "user_sessions",
            Self::EndSessions => "end_user_sessions",
            Self::Reset => "user_reset",
        }
    }

    /// Whether it changes nothing. Of that, only what an operator has to look into is logged.
    fn reads(self) -> bool {
        matches!(self, Self::Page | Self::Get | Self::Sessions)
    }
}

/// Answers a request about users. `name` is the username in its path.
pub(crate) async fn answer(
    (endpoint, name): (UsersEndpoint, &str),
    config: &Config,
    platform: &impl Platform,
    request: &Request<'_>,
    body: impl Body,
    context: &RequestContext<'_>,
) -> (Result<Response, UsersError>, Option<LogLine>) {
    let mut fields = RequestFields::new(endpoint.event(), context.now, &request.client);
    let answered = run((endpoint, name), config, platform, request, body, context, &mut fields).await;
    let answered = match answered {
        Err(UsersError::Key) => Err(count_guess(config, platform, request).await),
        answered => answered,
    };
    if let Err(error) = &answered {
        fields.fail(error.outcome(), error.fault());
    }
    let is_quiet = endpoint.reads() && !matches!(answered, Err(UsersError::Key | UsersError::Throttled));
    let line = (!is_quiet || fields.is_fault()).then(|| fields.line()).flatten();
    (answered, line)
}

async fn run(
    (endpoint, name): (UsersEndpoint, &str),
    config: &Config,
    platform: &impl Platform,
    request: &Request<'_>,
    body: impl Body,
    context: &RequestContext<'_>,
    fields: &mut RequestFields<'_>,
) -> Result<Response, UsersError> {
    let ServiceKey { name: key, may_write, .. } = admit(config, request)?;
    fields.key = Some(key.clone());
    if !endpoint.reads() && !may_write {
        return Err(UsersError::ReadOnly);
    }
    match endpoint {
        UsersEndpoint::Page => return page(platform, request, *may_write).await,
        UsersEndpoint::Many => return many(config, platform, body, context, fields).await,
        _ => {}
    }
    let impossible = || Invalid::value("path", "username", &"nobody can have this username");
    let username = username(name, config.username_case).ok_or_else(|| UsersError::Invalid(vec![impossible()]))?;
    fields.user = Some(config.pseudonyms.pseudonym(username.as_str()));
    match endpoint {
        UsersEndpoint::Put => one::put(config, platform, &username, request, body, context, fields).await,
        UsersEndpoint::Patch => one::patch(config, platform, &username, request, body, context, fields).await,
        UsersEndpoint::Delete => one::delete(config, platform, &username, request, context).await,
        UsersEndpoint::Reset => reset::issue(config, platform, &username, context).await,
        UsersEndpoint::Sessions => sessions::list(config, platform, &username).await,
        UsersEndpoint::EndSessions => sessions::end(config, platform, &username, context.now).await,
        _ => one::get(platform, &username).await,
    }
}

/// The service that has the request's key.
fn admit<'a>(config: &'a Config, request: &Request<'_>) -> Result<&'a ServiceKey, UsersError> {
    if config.service_keys.is_empty() {
        return Err(UsersError::Off);
    }
    let key = bearer(request).map_err(|_| UsersError::Anonymous)?;
    config.service_keys.admit(&key).ok_or(UsersError::Key)
}

/// Counts a wrong key at the gate, apart from the network's logins.
async fn count_guess(config: &Config, platform: &impl Platform, request: &Request<'_>) -> UsersError {
    let network = Network::of(request.headers.get(&config.client_ip_header).as_deref());
    let bucket = config.buckets.pseudonym(&format!("service {network}"));
    if platform.guard().admits(&bucket).await { UsersError::Key } else { UsersError::Throttled }
}
