//! Questions to whoever is at the terminal.

use std::{
    io::{self, IsTerminal, Write},
    path::Path,
};

use crate::io_error::IoError;

/// Whether somebody can be asked while a table is read, which may come from standard input.
pub(super) fn can_ask(table: &Path) -> bool {
    table.as_os_str() != "-" && io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks a question. Anything but a yes is a no.
pub(super) fn is_yes(question: &str) -> Result<bool, IoError> {
    let mut answer = String::new();
    eprint!("{question} [y/N] ");
    let asked = io::stderr().flush().and_then(|()| io::stdin().read_line(&mut answer));
    asked.map_err(IoError::of("the answer can't be read"))?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
