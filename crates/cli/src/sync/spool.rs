//! Lines that wait to be sent, in a temporary file. They have hashes, so the file has no name and ends with the program.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Lines, Seek, Write},
};

use super::named::Named;

/// Lines that are written one by one, and then read once.
pub(crate) struct Spool {
    /// Whose lines they are.
    pub(crate) users: Named,
    file: BufWriter<File>,
}

impl Spool {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { users: Named::default(), file: BufWriter::new(tempfile::tempfile()?) })
    }

    pub(super) fn push(&mut self, username: &str, line: &str) -> io::Result<()> {
        self.users.push(username);
        writeln!(self.file, "{line}")
    }

    pub(super) fn lines(self) -> io::Result<Lines<BufReader<File>>> {
        let mut file = self.file.into_inner()?;
        file.rewind()?;
        Ok(BufReader::new(file).lines())
    }
}
