//! Answers go to standard output, for people or as JSON. Errors and progress go to standard error.

use std::{
    fmt::Display,
    io::{self, Write},
};

use serde::Serialize;

use crate::io_error::IoError;

/// Prints answers and errors.
pub(crate) struct Output {
    pub(crate) json: bool,
}

impl Output {
    /// Prints a value as JSON, or else the text that people read instead.
    pub(crate) fn answer(&self, value: &impl Serialize, text: impl FnOnce() -> String) -> Result<(), IoError> {
        let text = if self.json { serde_json::to_string(value).unwrap_or_default() } else { text() };
        let mut stdout = io::stdout().lock();
        match writeln!(stdout, "{}", text.trim_end_matches('\n')) {
            // The reader, `head` for example, has read enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written.map_err(IoError::of("the answer can't be written")),
        }
    }

    pub(crate) fn error(&self, error: &impl Display) {
        #[derive(Serialize)]
        struct Failure {
            error: String,
        }
        let text = error.to_string();
        if self.json {
            eprintln!("{}", serde_json::to_string(&Failure { error: text }).unwrap_or_default());
        } else {
            eprintln!("edge-login: {text}");
        }
    }
}
