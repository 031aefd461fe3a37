//! Forms as FastAPI reads them: starlette 1.x over python-multipart 0.0.3x. A front end that
//! worked with FastAPI sends the same bytes here and gets the same fields, so its choices are
//! followed where a standard would leave room: the last of several fields counts, bytes above
//! ASCII in a URL-encoded body are Latin-1, what can't be decoded is replaced.

mod content_type;
mod error;
mod multipart;
mod urlencoded;
mod value;

pub use error::FormError;
pub use value::Value;

use content_type::HeaderOptions;

/// A form's fields, in the order they came.
#[derive(Debug, Default)]
pub struct Form(Vec<(String, Value)>);

impl Form {
    /// Reads a form. A body of any other content type is a form without fields.
    ///
    /// # Errors
    /// The body is not what its content type says.
    pub fn parse(content_type: Option<&str>, body: &[u8]) -> Result<Self, FormError> {
        let header = HeaderOptions::parse(content_type.unwrap_or_default());
        let fields = match header.value.as_str() {
            "application/x-www-form-urlencoded" => urlencoded::parse(body)?,
            "multipart/form-data" => multipart::parse(&header, body)?,
            _ => Vec::new(),
        };
        Ok(Self(fields))
    }

    /// The field of this name; the last one where there are several.
    #[must_use]
    pub fn last(&self, name: &str) -> Option<&Value> {
        self.0.iter().rev().find(|(field, _)| field == name).map(|(_, value)| value)
    }
}
