//! `POST /api/user/password`: a user changes the password, and everything that began with the old one ends.

mod error;

use accounts::{
    User, UserStore, Username,
    change::{Change, Condition, Edit, NewHash, Outcome, Patch},
};
use guard::{
    HashRequest,
    session::{Newest, RecordChange},
};
use passwords::Password;

pub use error::PasswordError;

use crate::{
    config::Config,
    http::{Body, Network, Request, RequestContext, Response},
    log::RequestFields,
    login::{Attempt, Verified},
    new_password::check_new_password,
    platform::{Directory, Guard, Platform, StoreError, Users},
    session::{Begun, Live, SessionError, bearer, grant, granted, live, read_form, refuse_foreign_page, tell_guards},
};

/// Answers one change. The old password is an attempt like a login's. The answer is that of a login with the new one.
pub(crate) async fn password(
    config: &Config,
    platform: &impl Platform,
    request: &Request<'_>,
    body: impl Body,
    context: &RequestContext<'_>,
    fields: &mut RequestFields<'_>,
) -> Result<Response, PasswordError> {
    refuse_foreign_page(config, request)?;
    let token = bearer(request)?;
    let form = read_form(request, body).await?;
    let field = |name| form.text(name).cloned().map(Password::from);
    let old = field("password").ok_or(SessionError::Invalid("password is missing"))?;
    let new = field("new_password").ok_or(SessionError::Invalid("new_password is missing"))?;
    let Live { token, user } = live(config, platform, &token, context.now).await?;
    fields.user = Some(config.pseudonyms.pseudonym(token.username.as_str()));
    check_new_password(config, platform, &new, &token.username, fields).await?;

    let guard = platform.guard();
    let network = Network::of(request.headers.get(&config.client_ip_header).as_deref());
    let attempt = |password, session, already_counted| Attempt {
        username: token.username.as_str(),
        password,
        network: config.buckets.pseudonym(&network.to_string()),
        network_is_known: network != Network::Unknown,
        continent: request.client.continent.as_deref(),
        session,
        already_counted,
    };
    let Verified { holder, hash, shard, .. } =
        attempt(old, None, false).verify(config, &Known(user), &guard, fields).await?;

    let salt = context.random().map_err(SessionError::Random)?;
    let hashed = guard.hash(shard, HashRequest { password: new.clone(), salt }).await.map_err(SessionError::Guard)?;
    let new_hash = NewHash { hash: hashed.expose().to_owned(), digest: None };
    let change = Change {
        username: token.username.clone(),
        condition: Condition::Hash(hash.expose().to_owned()),
        edit: Edit::Patch(Patch { hash: Some(new_hash), ..Patch::default() }),
    };
    let outcome = platform.directory().change(&change).await.map_err(SessionError::Store)?;
    let Outcome::Changed { version } = outcome else { return Err(PasswordError::ChangedMeanwhile) };
    if config.user_store == UserStore::D1 {
        let change = RecordChange { version, newest: Newest::InStore };
        tell_guards(config, &guard, &token.username, change, context.now).await?;
    }

    // From now on the guard's numbers are above all that has ended.
    let changed = Known(User {
        password_hash: hashed.expose().to_owned(),
        disabled: false,
        subject: holder.subject,
        claims: holder.claims,
        version,
        changed_at: context.now.timestamp(),
    });
    let (begun, session) = Begun::new(config, platform, request, context).await.map_err(SessionError::from)?.unzip();
    let verified = attempt(new, session, true).verify(config, &changed, &guard, fields).await?;
    let granted = granted(begun, verified.sid, &verified.holder, context.now);
    Ok(grant(config, &platform.crypto(), &verified.holder, &granted, context).await.map_err(SessionError::from)?)
}

/// A user store that knows one user, whose record has just been read or written.
struct Known(User);

impl Users for Known {
    async fn find(&self, _username: &Username) -> Result<Option<User>, StoreError> {
        Ok(Some(self.0.clone()))
    }

    async fn find_newest(&self, _username: &Username) -> Option<Result<Option<User>, StoreError>> {
        None
    }
}
