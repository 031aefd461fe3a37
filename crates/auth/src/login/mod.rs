//! `POST /api/user/login`: a form with a username and a password is answered with an access token.

mod attempt;
mod error;
mod grant;

pub(crate) use attempt::{Attempt, Verified};
pub use error::{LoginError, Refusal};
pub(crate) use grant::required;
pub use grant::{FieldError, PasswordGrant};

use crate::{
    config::Config,
    http::{self, Body, Network, Request, RequestContext, Response, form::Form},
    log::RequestFields,
    platform::{GATE_SECONDS, Guard, Platform},
    rehash::Rehash,
    session::{Begun, REFRESH_EVENT, grant, granted, refresh, refuse_foreign_page},
};

/// Answers one attempt, and records in `fields` what it learns about it. Returns the response, and a
/// rehash if the user's hash is an old one.
pub(crate) async fn login(
    config: &Config,
    platform: &impl Platform,
    request: &Request<'_>,
    body: impl Body,
    context: &RequestContext<'_>,
    fields: &mut RequestFields<'_>,
) -> Result<(Response, Option<Rehash>), LoginError> {
    // The gate comes first: a body that nobody has read takes no memory.
    let network = Network::of(request.headers.get(&config.client_ip_header).as_deref());
    let bucket = config.buckets.pseudonym(&network.to_string());
    if !platform.guard().admits(&bucket).await {
        return Err(LoginError::Throttled { retry_after: GATE_SECONDS });
    }

    refuse_foreign_page(config, request).map_err(LoginError::Refresh)?;
    let body = http::read(body).await.map_err(LoginError::Body)?;
    let form = Form::parse(request.headers.get("content-type").as_deref(), &body).map_err(LoginError::Form)?;
    // In a box, so that a request takes little memory while it waits for its body.
    Box::pin(answer(config, platform, request, &form, (network, bucket), context, fields)).await
}

/// Answers a form that a network has sent. `bucket` is the network's name in the guard.
async fn answer(
    config: &Config,
    platform: &impl Platform,
    request: &Request<'_>,
    form: &Form,
    (network, bucket): (Network, String),
    context: &RequestContext<'_>,
    fields: &mut RequestFields<'_>,
) -> Result<(Response, Option<Rehash>), LoginError> {
    if config.refresh.is_some() && form.text("grant_type").is_some_and(|grant| grant.as_str() == "refresh_token") {
        fields.event = REFRESH_EVENT;
        let response = refresh(config, platform, request, form, context, fields).await.map_err(LoginError::Refresh)?;
        return Ok((response, None));
    }
    let PasswordGrant { username, password } = PasswordGrant::parse(form).map_err(LoginError::Fields)?;
    let username = config.username_case.apply(&username);
    fields.user = Some(config.pseudonyms.pseudonym(&username));

    let (begun, session) = Begun::new(config, platform, request, context).await?.unzip();
    let attempt = Attempt {
        username: &username,
        password,
        network: bucket,
        network_is_known: network != Network::Unknown,
        continent: request.client.continent.as_deref(),
        session,
        already_counted: false,
    };
    let verified = attempt.verify(config, &platform.users(), &platform.guard(), fields).await?;

    let granted = granted(begun, verified.sid, &verified.holder, context.now);
    let response = grant(config, &platform.crypto(), &verified.holder, &granted, context).await?;
    Ok((response, verified.rehash(config)))
}
