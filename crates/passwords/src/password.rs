//! A password as the user typed it.

use std::fmt;

use zeroize::Zeroizing;

/// Brings a string into Unicode's normal form NFKC (UAX #15), which some formats ask for. It is an
/// argument because a runtime that has it saves the upload 63 KB of tables.
pub type Nfkc = fn(&str) -> Zeroizing<String>;

/// A password as the user typed it: redacted when printed, wiped when dropped.
#[derive(Clone)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes ownership of the password. If the caller made a copy, the caller has to wipe it.
    pub fn new(password: impl Into<String>) -> Self {
        Self(Zeroizing::new(password.into()))
    }

    /// The password itself, for hashing or for sending on.
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
