//! Reading a request's form.

use super::error::SessionError;
use crate::http::{self, Body, Request, form::Form};

/// Reads the whole body as a form.
///
/// # Errors
/// [`SessionError::Body`] or [`SessionError::Form`].
pub(crate) async fn read_form(request: &Request<'_>, body: impl Body) -> Result<Form, SessionError> {
    let body = http::read(body).await.map_err(SessionError::Body)?;
    Form::parse(request.headers.get("content-type").as_deref(), &body).map_err(SessionError::Form)
}
