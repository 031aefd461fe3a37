//! Forms as FastAPI reads them: starlette 1.x over python-multipart 0.0.3x. A front end that
//! worked with FastAPI sends the same bytes here and gets the same fields, so its choices are
//! followed where a standard would leave room: the last of several fields counts, bytes above
//! ASCII in a URL-encoded body are Latin-1, what can't be decoded is replaced.

mod content_type;
mod multipart;
mod urlencoded;

use std::fmt;

use zeroize::Zeroizing;

use content_type::HeaderOptions;

/// Starlette's bound on fields, and again on files, in one form.
const MAX_FIELDS: usize = 1000;

/// A form's fields, in the order they came.
#[derive(Debug, Default)]
pub struct Form(Vec<(String, Value)>);

/// What a field holds.
pub enum Value {
    /// Text, perhaps a password: wiped when dropped.
    Text(Zeroizing<String>),
    /// An uploaded file. No field of a login form takes one; its content is not kept.
    File,
}

/// Why a body is no form. The text is FastAPI's `detail`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// More than 1,000 fields.
    #[error("Too many fields. Maximum number of fields is {MAX_FIELDS}.")]
    TooManyFields,
    /// More than 1,000 files.
    #[error("Too many files. Maximum number of files is {MAX_FIELDS}.")]
    TooManyFiles,
    /// `multipart/form-data` without a `boundary`.
    #[error("Missing boundary in multipart.")]
    MissingBoundary,
    /// A part that does not say which field it is.
    #[error("The Content-Disposition header field \"name\" must be provided.")]
    MissingName,
    /// The body does not follow RFC 2046's grammar.
    #[error("Invalid multipart data.")]
    InvalidMultipart,
}

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

/// Reads every byte as the character of its number. Room is made first: a text that moves leaves a
/// password behind.
fn latin1(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(2 * bytes.len()));
    text.extend(bytes.iter().map(|byte| char::from(*byte)));
    text
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(redacted)",
            Self::File => "File",
        })
    }
}
