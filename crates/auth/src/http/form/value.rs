//! The value of a form's field.

use std::fmt;

use zeroize::Zeroizing;

/// Starlette's limit for the fields of one form, and also for its files.
pub(super) const MAX_FIELDS: usize = 1000;

/// The value of a form's field.
pub enum Value {
    /// A string, perhaps a password. It is wiped when dropped.
    Text(Zeroizing<String>),
    /// An uploaded file. No field of a login form takes one, so its content is not kept.
    File,
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(redacted)",
            Self::File => "File",
        })
    }
}

/// Decodes Latin-1, in which every byte is the number of its character. All memory is reserved first,
/// because a string that grows may leave a copy of a password behind.
pub(super) fn latin1(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(2 * bytes.len()));
    text.extend(bytes.iter().map(|byte| char::from(*byte)));
    text
}
