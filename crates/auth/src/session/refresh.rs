//! `POST /api/user/refresh`: a new pair of tokens for a refresh token (RFC 6749 §6).

use accounts::User;
use chrono::DateTime;
use futures_util::future::join;
use guard::session::{Answer, Question};

use super::{
    account::Account,
    begin::network,
    cookie,
    end::token_lifetime,
    error::{Dead, SessionError},
    gate::admit_account,
    grant::{Granted, RefreshGrant, grant},
    live::{enabled, newer, newest},
    refresh_token::RefreshToken,
};
use crate::{
    config::Config,
    http::{Request, RequestContext, Response, form::Form},
    log::RequestFields,
    platform::{Guard, Platform},
    token::Holder,
};

/// The name of its line in the log.
pub(crate) const REFRESH_EVENT: &str = "refresh";

/// Answers a form with a refresh token. The guard and the store are asked at the same time: if the store fails, the client
/// comes again with the same token, and gets the same successor.
pub(crate) async fn refresh(
    config: &Config,
    platform: &impl Platform,
    request: &Request<'_>,
    form: &Form,
    context: &RequestContext<'_>,
    fields: &mut RequestFields<'_>,
) -> Result<Response, SessionError> {
    let lifetime = config.refresh.ok_or(SessionError::Off)?;
    cookie::demand_origin(config, request)?;
    match form.text("grant_type").map(|text| text.as_str()) {
        Some("refresh_token") => {}
        Some(_) => return Err(SessionError::GrantType),
        None => return Err(SessionError::Invalid("grant_type is missing")),
    }
    let token = if config.refresh_in_cookie { cookie::read(request) } else { form.text("refresh_token").cloned() };
    let token = token.ok_or(SessionError::Invalid("refresh_token is missing"))?;
    let token = RefreshToken::verify(&token, &config.refresh_key).ok_or(SessionError::Grant(Dead::Forged))?;
    fields.user = Some(config.pseudonyms.pseudonym(token.username.as_str()));
    let account = Account::of(config, token.username.as_str());
    if !account.has(config, token.sid.shard) {
        return Err(SessionError::Grant(Dead::Moved));
    }
    admit_account(config, platform, &account).await?;

    let question = Question::Refresh {
        account: account.name,
        number: token.sid.number,
        generation: token.generation,
        secret: config.refresh_secrets.name(&token.secret),
        network: network(config, request),
        idle: lifetime.idle.num_milliseconds(),
        tokens: token_lifetime(config).num_milliseconds(),
    };
    let (guard, users) = (platform.guard(), platform.users());
    let (answer, found) = join(guard.session(token.sid.shard, question), newest(&users, &token.username)).await;
    let (generation, ends, idle_until, change) = match answer.map_err(SessionError::Guard)? {
        Answer::Refreshed { generation, ends, idle_until, change } => (generation, ends, idle_until, change),
        Answer::Refused { why } => return Err(SessionError::Grant(Dead::Refused(why))),
        _ => return Err(SessionError::misunderstood()),
    };
    let User { subject, claims, version, .. } = enabled(newer(found, change))?.map_err(SessionError::Grant)?;
    if token.version < version {
        return Err(SessionError::Grant(Dead::Changed));
    }
    let time = |millis| DateTime::from_timestamp_millis(millis).ok_or_else(SessionError::misunderstood);
    let (ends, idle_until) = (time(ends)?, time(idle_until)?);
    let holder = Holder { username: token.username.clone(), subject, claims, version: token.version };
    let sid = Some(token.sid);
    let refresh = Some(RefreshGrant { token: RefreshToken { generation, ..token }, idle_until, ends });
    Ok(grant(config, &platform.crypto(), &holder, &Granted { sid, refresh }, context).await?)
}
