//! Holds a password in memory that is never printed and is wiped afterwards.

use std::fmt;

use zeroize::Zeroizing;

/// A function that converts a string to Unicode normalization form NFKC (UAX #15), which some formats
/// require. The caller passes it in because many runtimes already provide one, which saves 63 KB of
/// tables in the binary.
pub type Nfkc = fn(&str) -> Zeroizing<String>;

/// A password as the user typed it. It is redacted when printed and wiped when dropped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes ownership of the password. If the caller keeps a copy, the caller has to wipe it.
    pub fn new(password: impl Into<String>) -> Self {
        Self(Zeroizing::new(password.into()))
    }

    /// The password itself, to hash it or to send it on.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<Zeroizing<String>> for Password {
    fn from(password: Zeroizing<String>) -> Self {
        Self(password)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(redacted)")
    }
}
