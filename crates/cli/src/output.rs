//! Answers go to standard output, for people or as JSON. Errors and progress go to standard error.

use std::{
    fmt::{Display, Write as _},
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
        let text = without_controls(&text);
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
            let json = serde_json::to_string(&Failure { error: text }).unwrap_or_default();
            eprintln!("{}", without_controls(&json));
        } else {
            eprintln!("edge-login: {}", without_controls(&text));
        }
    }

    /// Says on standard error what to look at. In JSON it has to be part of the answer.
    pub(crate) fn warning(&self, text: &str) {
        if !self.json {
            eprintln!("edge-login: {}", without_controls(text));
        }
    }
}

/// Writes the characters that reorder a text (Unicode's `Bidi_Control`) as `\u202e`, which JSON reads as the same, and so
/// control characters. In a username or a user agent they could make a terminal show something else.
fn without_controls(text: &str) -> String {
    let is_control = |c: char| {
        c.is_control() && c != '\n'
            || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if is_control(c) {
            // Writing to a string can't fail.
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}
