//! `POST /api/user/logout`: ends the session of a token (RFC 7009), or all sessions of its user.

use chrono::{DateTime, Utc};
use guard::session::TokenName;
use zeroize::Zeroizing;

use super::{
    account::Account,
    bearer::bearer,
    cookie,
    end::{end, end_everything},
    error::{Dead, SessionError},
    gate::admit_account,
    live::{Live, live, newest},
    presented::Presented,
    refresh_token::RefreshToken,
};
use crate::{
    config::Config,
    http::{Request, RequestContext, Response, form::Form},
    log::RequestFields,
    platform::Platform,
};

/// The `detail` of the answer, whether or not there was anything to end.
pub(crate) const LOGGED_OUT: &str = "Logged out";

pub(super) async fn logout(
    config: &Config,
    platform: &impl Platform,
    request: &Request<'_>,
    form: &Form,
    context: &RequestContext<'_>,
    fields: &mut RequestFields<'_>,
) -> Result<Response, SessionError> {
    cookie::demand_origin(config, request)?;
    let now = context.now;
    let cookie = if config.refresh_in_cookie { cookie::read(request) } else { None };
    if flag(form.text("everywhere"))? {
        let token = form.text("token").cloned().map_or_else(|| bearer(request), Ok)?;
        everywhere(config, platform, &token, now, fields).await?;
    } else if let Some(token) = form.text("token").or(cookie.as_ref()) {
        // RFC 7009 §2.2: what isn't a token needs no revoking.
        let ended = match RefreshToken::verify(token, &config.refresh_key) {
            Some(token) => end_refreshed(config, platform, &token, now, fields).await.map(Ok),
            None => end_presented(config, platform, token, now, fields).await,
        };
        ended?.map_err(|_| SessionError::NothingToRevoke)?;
    } else {
        end_presented(config, platform, &bearer(request)?, now, fields).await?.map_err(SessionError::Token)?;
    }
    let response = Response::detail(200, LOGGED_OUT);
    Ok(if config.refresh_in_cookie { response.with("set-cookie", cookie::clear()) } else { response })
}

/// Ends everything that the user of a token has. The token has to be good: otherwise a thief's, which its owner has ended,
/// would end all that the owner begins.
async fn everywhere(
    config: &Config,
    platform: &impl Platform,
    token: &str,
    now: DateTime<Utc>,
    fields: &mut RequestFields<'_>,
) -> Result<(), SessionError> {
    if RefreshToken::verify(token, &config.refresh_key).is_some() {
        return Err(SessionError::Invalid("everywhere needs an access token"));
    }
    let Live { token, .. } = live(config, platform, token, now).await?;
    fields.user = Some(config.pseudonyms.pseudonym(token.username.as_str()));
    admit_account(config, platform, &token.account).await?;
    end_everything(config, &platform.guard(), &token.account, None, now).await
}

/// Ends the session of a refresh token, of whichever generation.
async fn end_refreshed(
    config: &Config,
    platform: &impl Platform,
    RefreshToken { sid, username, .. }: &RefreshToken,
    now: DateTime<Utc>,
    fields: &mut RequestFields<'_>,
) -> Result<(), SessionError> {
    fields.user = Some(config.pseudonyms.pseudonym(username.as_str()));
    let account = Account::of(config, username.as_str());
    admit_account(config, platform, &account).await?;
    end(config, &platform.guard(), (&account, sid.shard), TokenName::Number(sid.number), (None, now)).await
}

/// Ends the session of an access token. It may have expired, have been ended before, or name an object that doesn't serve
/// its account any more: that may be undone. It is [`Dead`] if its signature is wrong.
async fn end_presented(
    config: &Config,
    platform: &impl Platform,
    token: &str,
    now: DateTime<Utc>,
    fields: &mut RequestFields<'_>,
) -> Result<Result<(), Dead>, SessionError> {
    let token = match Presented::read(config, &platform.crypto(), token, now).await? {
        Ok(token) => token,
        Err(dead) => return Ok(Err(dead)),
    };
    fields.user = Some(config.pseudonyms.pseudonym(token.username.as_str()));
    admit_account(config, platform, &token.account).await?;
    if token.sid.is_none() {
        // A token of another application may name its user by an id, which may be somebody else's username.
        let found = newest(&platform.users(), &token.username).await.map_err(SessionError::Store)?;
        if found.is_none_or(|user| !token.belongs_to(config, &user)) {
            return Ok(Ok(()));
        }
    }
    let Presented { account, shard, name, claims, .. } = token;
    end(config, &platform.guard(), (&account, shard), name, (Some(claims.expires), now)).await.map(Ok)
}

/// A switch in a form. A value that is neither is refused: it may have been meant as either.
fn flag(text: Option<&Zeroizing<String>>) -> Result<bool, SessionError> {
    match text.map(|text| text.to_ascii_lowercase()).as_deref() {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(_) => Err(SessionError::Invalid("everywhere must be true or false")),
    }
}
