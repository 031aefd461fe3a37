//! Reading a request's form.

use super::error::SessionError;
use crate::http::{self, Body, Request, form::Form};

/// Reads the whole body as a form.
///
/// # Errors
/// [`SessionError::Body`] or [`SessionError::Form`].
pub(crate) async fn read_form(request: &Request<'_>, body: impl Body) -> Result<Form, SessionError> {
    let body = http::read(body).await.map_err(SessionError::Body)?;
    let content_type = request.headers.get("content-type");
    // What JSON asks for must not pass for something else that was done.
    if !body.is_empty() && !content_type.as_deref().is_none_or(Form::is_form) {
        return Err(SessionError::Invalid("the body must be a form"));
    }
    Form::parse(content_type.as_deref(), &body).map_err(SessionError::Form)
}
