//! The errors of reading a form.

use super::value::MAX_FIELDS;

/// Why a body can't be read as a form. The messages are those that FastAPI sends as `detail`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FormError {
    /// The form has more than 1,000 fields.
    #[error("Too many fields. Maximum number of fields is {MAX_FIELDS}.")]
    TooManyFields,
    /// The form has more than 1,000 files.
    #[error("Too many files. Maximum number of files is {MAX_FIELDS}.")]
    TooManyFiles,
    /// The content type `multipart/form-data` has no `boundary` (RFC 2046 §5.1.1).
    #[error("Missing boundary in multipart.")]
    MissingBoundary,
    /// A part does not name its field (RFC 7578 §4.2).
    #[error("The Content-Disposition header field \"name\" must be provided.")]
    MissingName,
    /// The body does not follow the grammar of RFC 2046 §5.1.1.
    #[error("Invalid multipart data.")]
    InvalidMultipart,
}
