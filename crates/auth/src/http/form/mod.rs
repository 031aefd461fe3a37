//! Forms, read as FastAPI reads them, which means Starlette 1.x with python-multipart 0.0.3x. A front
//! end that worked with FastAPI can send the same bytes here and have the same fields read. Where the
//! standards leave room, FastAPI's choices are followed: the last of several fields with one name
//! counts, bytes above ASCII in a URL-encoded body are Latin-1, and escapes that can't be decoded are
//! replaced.

mod content_type;
mod error;
mod multipart;
mod urlencoded;
mod value;

pub use error::FormError;
pub use value::Value;

use content_type::HeaderOptions;
use zeroize::Zeroizing;

/// A form's fields, in the order in which they were sent.
#[derive(Debug, Default)]
pub struct Form(Vec<(String, Value)>);

impl Form {
    /// Reads a URL-encoded or multipart form. A body of any other content type counts as a form
    /// without fields.
    ///
    /// # Errors
    /// [`FormError`] if the body is not what its content type says, or has too many fields.
    pub fn parse(content_type: Option<&str>, body: &[u8]) -> Result<Self, FormError> {
        let header = HeaderOptions::parse(content_type.unwrap_or_default());
        let fields = match header.value.as_str() {
            "application/x-www-form-urlencoded" => urlencoded::parse(body)?,
            "multipart/form-data" => multipart::parse(&header, body)?,
            _ => Vec::new(),
        };
        Ok(Self(fields))
    }

    /// Whether a body of this content type is read as a form.
    pub(crate) fn is_form(content_type: &str) -> bool {
        let header = HeaderOptions::parse(content_type);
        matches!(header.value.as_str(), "application/x-www-form-urlencoded" | "multipart/form-data")
    }

    /// The field with this name. If there are several, the last one counts.
    #[must_use]
    pub fn last(&self, name: &str) -> Option<&Value> {
        self.0.iter().rev().find(|(field, _)| field == name).map(|(_, value)| value)
    }

    /// The string in the field with this name, unless it is empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&Zeroizing<String>> {
        match self.last(name)? {
            Value::Text(text) => Some(text).filter(|text| !text.is_empty()),
            Value::File => None,
        }
    }
}
