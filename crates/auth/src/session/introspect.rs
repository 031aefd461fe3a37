//! `POST /api/user/introspect`: a service asks whether a token is good (RFC 7662).

use serde::Serialize;

use super::{
    error::SessionError,
    live::{Live, live},
};
use crate::{
    config::Config,
    http::{Request, RequestContext, Response, form::Form},
    log::RequestFields,
    platform::Platform,
};

/// RFC 7662 §2.2. A refresh token is not active: a service that was sent one must not take it for an access token.
pub(super) async fn introspect(
    config: &Config,
    platform: &impl Platform,
    form: &Form,
    context: &RequestContext<'_>,
    fields: &mut RequestFields<'_>,
) -> Result<Response, SessionError> {
    #[derive(Serialize)]
    struct Introspection<'a> {
        active: bool,
        token_type: &'static str,
        username: &'a str,
        sub: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        sid: Option<String>,
        iat: i64,
        exp: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        iss: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        aud: Option<&'a str>,
    }
    let token = form.text("token").ok_or(SessionError::Invalid("token is missing"))?;
    let Live { token, .. } = live(config, platform, token, context.now).await.map_err(|error| match error {
        SessionError::Token(dead) => SessionError::Inactive(dead),
        error => error,
    })?;
    fields.user = Some(config.pseudonyms.pseudonym(token.username.as_str()));
    let introspection = Introspection {
        active: true,
        token_type: "Bearer",
        username: token.username.as_str(),
        sub: token.claims.subject.as_str(),
        sid: token.sid.map(|sid| sid.to_string()),
        iat: token.claims.issued.timestamp(),
        exp: token.claims.expires.timestamp(),
        iss: config.tokens.issuer.as_deref(),
        aud: config.tokens.audience.as_deref(),
    };
    Ok(Response::json(200, &introspection))
}

/// Whether the service that asks is known.
pub(super) fn admit(config: &Config, request: &Request<'_>) -> Result<(), SessionError> {
    if config.introspection_clients.is_empty() {
        return Err(SessionError::Off);
    }
    let authorization = request.headers.get("authorization").ok_or(SessionError::Client)?;
    if config.introspection_clients.admit(&authorization) { Ok(()) } else { Err(SessionError::Client) }
}
