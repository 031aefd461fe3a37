//! `POST /api/user/create`: a stranger becomes a user.

mod challenge;
mod error;
mod form;

use accounts::change::{Change, Condition, Edit, NewHash, NewUser, Outcome};
use guard::{HashRequest, SignUp, SignUpAnswer};

pub use error::SignUpError;
pub use form::SignUpForm;

use crate::{
    config::Config,
    http::{self, Body, Network, Request, RequestContext, Response, form::Form},
    log::RequestFields,
    login::FieldError,
    new_password::check_new_password,
    platform::{GATE_SECONDS, Guard, Platform},
    session::refuse_foreign_site,
    users::{UsersError, make},
};

/// Answers one sign-up.
pub(crate) async fn sign_up(
    config: &Config,
    platform: &impl Platform,
    request: &Request<'_>,
    body: impl Body,
    context: &RequestContext<'_>,
    fields: &mut RequestFields<'_>,
) -> Result<Response, SignUpError> {
    let policy = config.sign_up.as_ref().ok_or(SignUpError::Off)?;
    let address = request.headers.get(&config.client_ip_header);
    let bucket = config.buckets.pseudonym(&format!("sign-up {}", Network::of(address.as_deref())));
    if !platform.guard().admits(&bucket).await {
        return Err(SignUpError::Throttled { retry_after: GATE_SECONDS });
    }
    refuse_foreign_site(config, request).map_err(SignUpError::Origin)?;
    let body = http::read(body).await.map_err(SignUpError::Body)?;
    let form = Form::parse(request.headers.get("content-type").as_deref(), &body).map_err(SignUpError::Form)?;

    let SignUpForm { username, password, email } = SignUpForm::parse(&form).map_err(SignUpError::Fields)?;
    let wrong = |field| SignUpError::Fields(vec![field]);
    let pattern = || format!("^{}$", policy.names);
    let name = policy.names.username(&username, config.username_case);
    let username = name.ok_or_else(|| wrong(FieldError::pattern("username", &username, pattern())))?;
    fields.user = Some(config.pseudonyms.pseudonym(username.as_str()));
    let checked = check_new_password(config, platform, &password, &username, fields).await;
    checked.map_err(|refused| wrong(FieldError::value("password1", &refused)))?;
    if let Some(secret) = &policy.turnstile {
        challenge::solved(&platform.outside(), secret, &form, address.as_deref()).await?;
    }

    // The quota is counted before anything tells whether the name is taken.
    let shard = config.shards.of(config.shard_key.of(&bucket), request.client.continent.as_deref());
    let random = |error| SignUpError::Users(UsersError::Random(error));
    let (salt, subject) = (context.random().map_err(random)?, policy.subject.of_user(context).map_err(random)?);
    let sign_up = SignUp { network: bucket, quota: policy.per_day, request: HashRequest { password, salt } };
    let hash = match platform.guard().sign_up(shard, sign_up).await.map_err(SignUpError::Guard)? {
        SignUpAnswer::Hash(hash) => NewHash { hash: hash.expose().to_owned(), digest: None },
        SignUpAnswer::Wait(retry_after) => return Err(SignUpError::Throttled { retry_after }),
    };
    let user = NewUser { hash, disabled: false, subject, claims: None, email: Some(email) };
    let change = Change { username, condition: Condition::Absent, edit: Edit::Put(user) };
    match make(config, platform, &change, context.now).await.map_err(SignUpError::Users)? {
        Outcome::Created { .. } => Ok(Response::empty(204)),
        _ => Err(SignUpError::Taken),
    }
}
