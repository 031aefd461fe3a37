//! `POST /api/user/logout`: ends the session of a token (RFC 7009), or all sessions of its user.

use accounts::Username;
use chrono::{DateTime, Utc};
use guard::{Shard, session::TokenName};
use zeroize::Zeroizing;

use super::{
    account::Account,
    bearer::bearer,
    cookie,
    end::{end, end_everything},
    error::{Dead, SessionError},
    live::newest,
    presented::Presented,
    refresh_token::RefreshToken,
};
use crate::{
    config::Config,
    http::{Request, RequestContext, Response, form::Form},
    log::RequestFields,
    platform::{Crypto, Platform},
};

/// The `detail` of the answer, whether or not there was anything to end.
pub(crate) const LOGGED_OUT: &str = "Logged out";

/// What a token with a right signature ends. It may have expired, and may have been ended before.
struct Ending {
    username: Username,
    account: Account,
    shard: Shard,
    token: TokenName,
    /// The token, if only the record can tell whose it is.
    unnamed: Option<Presented>,
}

pub(super) async fn logout(
    config: &Config,
    platform: &impl Platform,
    request: &Request<'_>,
    form: &Form,
    context: &RequestContext<'_>,
    fields: &mut RequestFields<'_>,
) -> Result<Response, SessionError> {
    cookie::demand_origin(config, request)?;
    let everywhere = flag(form.text("everywhere"))?;
    let crypto = platform.crypto();
    let cookie = if config.refresh_in_cookie { cookie::read(request) } else { None };
    let (ending, forged) = if let Some(token) = form.text("token").or(cookie.as_ref()) {
        // RFC 7009 §2.2: what isn't a token needs no revoking.
        (Ending::of(config, &crypto, token, context.now).await?, SessionError::NothingToRevoke)
    } else {
        let token = bearer(request)?;
        (Ending::of_access_token(config, &crypto, &token, context.now).await?, SessionError::Token(Dead::Forged))
    };
    match ending {
        Err(Dead::Forged) => return Err(forged),
        // The token is dead already.
        Err(_) => {}
        Ok(ending) => {
            fields.user = Some(config.pseudonyms.pseudonym(ending.username.as_str()));
            if everywhere {
                ending.end_everywhere(config, platform, context.now).await?;
            } else {
                let Ending { account, shard, token, .. } = ending;
                end(config, &platform.guard(), (&account, shard), token, context.now).await?;
            }
        }
    }
    let response = Response::detail(200, LOGGED_OUT);
    Ok(if config.refresh_in_cookie { response.with("set-cookie", cookie::clear()) } else { response })
}

impl Ending {
    async fn of(
        config: &Config,
        crypto: &impl Crypto,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Result<Self, Dead>, SessionError> {
        match RefreshToken::verify(token, &config.refresh_key) {
            Some(token) => Ok(Self::of_refresh_token(config, token)),
            None => Self::of_access_token(config, crypto, token, now).await,
        }
    }

    fn of_refresh_token(config: &Config, RefreshToken { sid, username, .. }: RefreshToken) -> Result<Self, Dead> {
        let account = Account::of(config, username.as_str());
        if !account.has(config, sid.shard) {
            return Err(Dead::Moved);
        }
        Ok(Self { username, account, shard: sid.shard, token: TokenName::Number(sid.number), unnamed: None })
    }

    async fn of_access_token(
        config: &Config,
        crypto: &impl Crypto,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Result<Self, Dead>, SessionError> {
        let token = match Presented::read(config, crypto, token, now).await? {
            Ok(token) => token,
            Err(dead) => return Ok(Err(dead)),
        };
        let (username, account, shard, name) =
            (token.username.clone(), token.account.clone(), token.shard, token.name.clone());
        let is_named = token.sid.is_some() || token.claims.names_user;
        Ok(Ok(Self { username, account, shard, token: name, unnamed: (!is_named).then_some(token) }))
    }

    /// Ends everything in all regions. A token of another application may name its user by an id, which may be
    /// somebody else's username: that one is left alone.
    async fn end_everywhere(
        self,
        config: &Config,
        platform: &impl Platform,
        now: DateTime<Utc>,
    ) -> Result<(), SessionError> {
        if let Some(token) = &self.unnamed {
            let found = newest(&platform.users(), &self.username).await.map_err(SessionError::Store)?;
            if found.is_none_or(|user| !token.belongs_to(config, &user)) {
                return Ok(());
            }
        }
        end_everything(config, &platform.guard(), &self.account, None, now).await
    }
}

/// A switch in a form. A value that is neither is refused: it may have been meant as either.
fn flag(text: Option<&Zeroizing<String>>) -> Result<bool, SessionError> {
    match text.map(|text| text.to_ascii_lowercase()).as_deref() {
        None | Some("false" | "0") => Ok(false),
        Some("true" | "1") => Ok(true),
        Some(_) => Err(SessionError::Invalid("everywhere must be true or false")),
    }
}
