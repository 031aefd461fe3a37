//! Reading a request's form.

use super::error::SessionError;
use crate::http::{self, Body, Request, form::Form};

/// Reads the whole body as a form.
///
/// # Errors
/// [`SessionError::Body`] or [`SessionError::Form`].
pub(crate) async fn read_form(request: &Request<'_>, body: impl Body) -> Result<Form, SessionError> {
    let body = http::read(body).await.map_err(SessionError::Body)?;
    let form = Form::parse(request.headers.get("content-type").as_deref(), &body).map_err(SessionError::Form)?;
    // What JSON asks for must not pass for something else that was done.
    if form.is_empty() && !body.is_empty() {
        return Err(SessionError::Invalid("the body must be a form"));
    }
    Ok(form)
}
