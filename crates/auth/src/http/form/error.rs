//! Why a body can't be read as a form.

use super::value::MAX_FIELDS;

/// Why a body can't be read as a form. The message is FastAPI's `detail`.
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
