//! Lines that wait to be sent, in a temporary file. They have hashes, so the file has no name and ends with the program.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Lines, Seek, Write},
};

/// How many names are kept, to show them.
const NAMED: usize = 5;

/// Lines that are written one by one, and then read once.
pub(crate) struct Spool {
    pub(crate) count: u64,
    /// The first usernames.
    pub(crate) first: Vec<String>,
    file: BufWriter<File>,
}

impl Spool {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { count: 0, first: Vec::new(), file: BufWriter::new(tempfile::tempfile()?) })
    }

    pub(super) fn push(&mut self, username: &str, line: &str) -> io::Result<()> {
        self.count += 1;
        if self.first.len() < NAMED {
            self.first.push(username.to_owned());
        }
        writeln!(self.file, "{line}")
    }

    pub(super) fn lines(self) -> io::Result<Lines<BufReader<File>>> {
        let mut file = self.file.into_inner()?;
        file.rewind()?;
        Ok(BufReader::new(file).lines())
    }
}
