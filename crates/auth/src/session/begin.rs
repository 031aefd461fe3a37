//! The session that a login begins, if refresh tokens are on.

use chrono::{DateTime, Utc};
use guard::session::{NewSession, Sid};

use super::{
    client::ClientDetails,
    end::token_lifetime,
    grant::{GrantError, Granted, RefreshGrant},
    refresh_token::RefreshToken,
};
use crate::{
    config::{Config, SessionLifetime},
    http::{Network, Request, RequestContext},
    platform::Platform,
    token::Holder,
};

/// A session that begins if the guard lets the attempt in.
pub(crate) struct Begun {
    secret: [u8; 16],
    lifetime: SessionLifetime,
}

impl Begun {
    /// A session for an attempt to log in, and what the guard keeps of it. `None` without refresh tokens.
    pub(crate) async fn new(
        config: &Config,
        platform: &impl Platform,
        request: &Request<'_>,
        context: &RequestContext<'_>,
    ) -> Result<Option<(Self, NewSession)>, GrantError> {
        let Some(lifetime) = config.refresh else { return Ok(None) };
        let secret = context.random().map_err(GrantError::Random)?;
        let client = ClientDetails::of(config, request).seal(config, platform, context).await?;
        let session = NewSession {
            secret: config.refresh_secrets.name(&secret),
            network: network(config, request),
            client,
            idle: lifetime.idle.num_milliseconds(),
            lifetime: lifetime.absolute.num_milliseconds(),
            tokens: token_lifetime(config).num_milliseconds(),
        };
        Ok(Some((Self { secret, lifetime }, session)))
    }
}

/// What a login gives its client, if the guard began the session.
pub(crate) fn granted(begun: Option<Begun>, sid: Option<Sid>, holder: &Holder, now: DateTime<Utc>) -> Granted {
    let refresh = begun.zip(sid).map(|(Begun { secret, lifetime }, sid)| RefreshGrant {
        token: RefreshToken { sid, generation: 0, version: holder.version, secret, username: holder.username.clone() },
        idle_until: now + lifetime.idle,
        ends: now + lifetime.absolute,
    });
    Granted { sid, refresh }
}

/// The client's network in the guard's tables; empty if it is not known.
pub(super) fn network(config: &Config, request: &Request<'_>) -> String {
    match Network::of(request.headers.get(&config.client_ip_header).as_deref()) {
        Network::Unknown => String::new(),
        network => config.buckets.pseudonym(&network.to_string()),
    }
}
