//! `GET /api/user/me`: whose token it is.

use serde::Serialize;

use super::{
    bearer::bearer,
    error::SessionError,
    live::{Live, live},
};
use crate::{
    config::Config,
    http::{Request, RequestContext, Response},
    log::RequestFields,
    platform::Platform,
};

pub(super) async fn me(
    config: &Config,
    platform: &impl Platform,
    request: &Request<'_>,
    context: &RequestContext<'_>,
    fields: &mut RequestFields<'_>,
) -> Result<Response, SessionError> {
    #[derive(Serialize)]
    struct Me<'a> {
        username: &'a str,
    }
    let Live { token, .. } = live(config, platform, &bearer(request)?, context.now).await?;
    fields.user = Some(config.pseudonyms.pseudonym(token.username.as_str()));
    Ok(Response::json(200, &Me { username: token.username.as_str() }))
}
