//! `GET /api/user/sessions` and `DELETE /api/user/sessions/{id}`: the caller's sessions that have a refresh token.

use guard::session::{Answer, Question, SessionEntry, Sid, TokenName};
use serde::Serialize;

use super::{
    account::Account,
    bearer::bearer,
    client::ClientDetails,
    end::end,
    error::SessionError,
    live::{Live, live},
    regions::ask_all,
};
use crate::{
    config::Config,
    http::{Request, RequestContext, Response},
    log::RequestFields,
    platform::Platform,
};

/// One session. Times are in Unix seconds.
#[derive(Serialize)]
struct Entry {
    id: String,
    /// Whether it is that of the token which the list was asked for with.
    current: bool,
    network: Option<String>,
    user_agent: Option<String>,
    refreshed_at: i64,
    expires_at: i64,
}

pub(super) async fn list(
    config: &Config,
    platform: &impl Platform,
    request: &Request<'_>,
    context: &RequestContext<'_>,
    fields: &mut RequestFields<'_>,
) -> Result<Response, SessionError> {
    let Live { token, .. } = live(config, platform, &bearer(request)?, context.now).await?;
    fields.user = Some(config.pseudonyms.pseudonym(token.username.as_str()));
    list_sessions(config, platform, &token.account, token.sid).await
}

/// The sessions of an account. `current` is that of whoever asks.
///
/// # Errors
/// [`SessionError::Guard`] if one of the regions gave no answer.
pub(crate) async fn list_sessions(
    config: &Config,
    platform: &impl Platform,
    account: &Account,
    current: Option<Sid>,
) -> Result<Response, SessionError> {
    #[derive(Serialize)]
    struct List {
        sessions: Vec<Entry>,
    }
    let mut sessions = Vec::new();
    for (sid, entry) in all(config, platform, account).await? {
        let client = ClientDetails::open(config, platform, &entry.client).await.map_err(SessionError::Crypto)?;
        let (network, user_agent) = client.map_or((None, None), |client| (Some(client.network), client.user_agent));
        sessions.push(Entry {
            id: sid.to_string(),
            current: current == Some(sid),
            network,
            user_agent,
            refreshed_at: entry.refreshed / 1000,
            expires_at: entry.idle_until / 1000,
        });
    }
    sessions.sort_by_key(|entry| std::cmp::Reverse(entry.refreshed_at));
    Ok(Response::json(200, &List { sessions }))
}

pub(super) async fn end_one(
    config: &Config,
    platform: &impl Platform,
    request: &Request<'_>,
    id: &str,
    context: &RequestContext<'_>,
    fields: &mut RequestFields<'_>,
) -> Result<Response, SessionError> {
    let Live { token, .. } = live(config, platform, &bearer(request)?, context.now).await?;
    fields.user = Some(config.pseudonyms.pseudonym(token.username.as_str()));
    // Only a session that there is can be ended. A number that was made up would be taken for the object's latest.
    let sid = Sid::parse(id).filter(|sid| token.account.has(config, sid.shard)).ok_or(SessionError::NoSession)?;
    let sessions = all(config, platform, &token.account).await?;
    if sessions.iter().all(|(own, _)| *own != sid) {
        return Err(SessionError::NoSession);
    }
    let name = TokenName::Number(sid.number);
    end(config, &platform.guard(), (&token.account, sid.shard), name, (None, context.now)).await?;
    Ok(Response::detail(200, "Session ended"))
}

/// The account's sessions in all regions.
async fn all(
    config: &Config,
    platform: &impl Platform,
    account: &Account,
) -> Result<Vec<(Sid, SessionEntry)>, SessionError> {
    let question = Question::List { account: account.name.clone() };
    let mut sessions = Vec::new();
    for (shard, answer) in ask_all(config, &platform.guard(), account, &question).await? {
        let Answer::Sessions { sessions: entries } = answer else { return Err(SessionError::misunderstood()) };
        sessions.extend(entries.into_iter().map(|entry| (Sid { shard, number: entry.number }, entry)));
    }
    Ok(sessions)
}
