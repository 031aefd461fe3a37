//! `POST /api/user/reset`: whoever has the token that a service asked for sets a new password.

mod error;
mod token;

use accounts::{
    UserStore,
    change::{Change, Condition, Edit, NewHash, Outcome, Patch},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use guard::{HashRequest, session::Question};
use passwords::Password;

pub use error::ResetError;
pub(crate) use token::ResetToken;

use crate::{
    config::Config,
    http::{Body, Network, Request, RequestContext, Response},
    log::RequestFields,
    new_password::check_new_password,
    platform::{Directory, Guard, Platform},
    session::{Account, SessionError, ask_all, read_form, refuse_foreign_page},
    users::{make, tell_again},
};

/// Answers one reset. The token is used up by the change of the password, in one step.
pub(crate) async fn reset(
    config: &Config,
    platform: &impl Platform,
    request: &Request<'_>,
    body: impl Body,
    context: &RequestContext<'_>,
    fields: &mut RequestFields<'_>,
) -> Result<Response, ResetError> {
    let guard = platform.guard();
    let network = Network::of(request.headers.get(&config.client_ip_header).as_deref());
    if !guard.admits(&config.buckets.pseudonym(&format!("reset {network}"))).await {
        return Err(SessionError::Throttled.into());
    }
    refuse_foreign_page(config, request)?;
    let form = read_form(request, body).await?;
    let field = |name| form.text(name).filter(|text| !text.is_empty());
    let token = field("token").ok_or(SessionError::Invalid("token is missing"))?;
    let password = field("new_password").ok_or(SessionError::Invalid("new_password is missing"))?;
    let password = Password::from(password.clone());

    let ResetToken { username, secret } = ResetToken::verify(token, &config.reset_key).ok_or(ResetError::Token)?;
    fields.user = Some(config.pseudonyms.pseudonym(username.as_str()));
    let secret = reset_secret(config, &secret);
    let account = Account::of(config, username.as_str());
    let stored = platform.directory().read(&username).await.map_err(SessionError::Store)?;
    let version = stored.version.millis();
    let is_good = stored
        .reset
        .zip(stored.record)
        .is_some_and(|(reset, record)| reset.admits(&secret, &record, context.now.timestamp_millis()));
    if !is_good {
        // It may have been used by a request that was answered 503.
        if config.user_store == UserStore::D1 {
            tell_again(config, platform, &account, version, context.now).await.map_err(ResetError::Users)?;
        }
        return Err(ResetError::Token);
    }
    check_new_password(config, platform, &password, &username, fields).await?;

    let shard = account.nearest(config, request.client.continent.as_deref());
    let salt = context.random().map_err(SessionError::Random)?;
    let hash = guard.hash(shard, HashRequest { password, salt }).await.map_err(SessionError::Guard)?;
    let hash = NewHash { hash: hash.expose().to_owned(), digest: None };
    let edit = Edit::Patch(Patch { hash: Some(hash), ..Patch::default() });
    let change = Change { username, condition: Condition::Reset(secret), edit };
    let Outcome::Changed { .. } = make(config, platform, &change, context.now).await.map_err(ResetError::Users)? else {
        return Err(ResetError::Token);
    };
    // The password is changed, whether or not all guards forgive what was guessed before.
    let forgiven = ask_all(config, &guard, &account, &Question::Forgive { account: account.name.clone() }).await;
    fields.warning = forgiven.err().and_then(|error| error.fault()).or(fields.warning.take());
    Ok(Response::empty(204))
}

/// The keyed hash of a token's random bits, which is kept.
pub(crate) fn reset_secret(config: &Config, secret: &[u8; 32]) -> String {
    Base64UrlUnpadded::encode_string(&config.reset_secrets.of(secret))
}
