//! The service key. It is never an argument, which other users of the machine could read.

use std::{env, fmt, fs, path::Path};

use ureq::http::HeaderValue;
use zeroize::Zeroizing;

use super::error::ApiError;
use crate::io_error::IoError;

const VARIABLE: &str = "EDGE_LOGIN_KEY";

/// A service key, which is wiped and prints redacted.
pub(super) struct Key(Zeroizing<String>);

impl Key {
    /// Takes the key from a file, or else from the environment, or else from whoever is at the terminal.
    pub(super) fn obtain(file: Option<&Path>) -> Result<Self, ApiError> {
        let text = if let Some(file) = file {
            fs::read_to_string(file).map_err(IoError::of(format!("{} can't be read", file.display())))?
        } else if let Ok(text) = env::var(VARIABLE) {
            text
        } else {
            rpassword::prompt_password("Service key: ").map_err(|_| ApiError::NoKey)?
        };
        let text = Zeroizing::new(text);
        let key = text.trim();
        if key.is_empty() { Err(ApiError::NoKey) } else { Ok(Self(Zeroizing::new(key.to_owned()))) }
    }

    /// The value of the header `Authorization`.
    pub(super) fn authorization(&self) -> Result<HeaderValue, ApiError> {
        let text = Zeroizing::new(format!("Bearer {}", self.0.as_str()));
        let mut value = HeaderValue::from_str(&text).map_err(|_| ApiError::Key)?;
        value.set_sensitive(true);
        Ok(value)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}
