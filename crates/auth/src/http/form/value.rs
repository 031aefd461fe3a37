//! What a form's field holds.

use std::fmt;

use zeroize::Zeroizing;

/// Starlette's bound on fields, and again on files, in one form.
pub(super) const MAX_FIELDS: usize = 1000;

/// What a field holds.
pub enum Value {
    /// A string, perhaps a password. It is wiped when dropped.
    Text(Zeroizing<String>),
    /// An uploaded file. No field of a login form takes one; its content is not kept.
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

/// Reads every byte as the character of its number. All room is made first, because a string that
/// moves leaves a password behind.
pub(super) fn latin1(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(2 * bytes.len()));
    text.extend(bytes.iter().map(|byte| char::from(*byte)));
    text
}
