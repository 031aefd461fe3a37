//! The file of rows that can't be used: a CSV that says which row, whose, which column and why.

use std::{borrow::Cow, fs::File, path::PathBuf};

use super::line::RejectedRow;
use crate::{io_error::IoError, private};

/// The columns of the file. A table with this header is not one of users.
pub(super) const HEADER: [&str; 4] = ["line", "username", "column", "reason"];

/// A field that a spreadsheet doesn't take for a formula: people open the file in one, and nothing reads it again.
fn as_text(field: &str) -> Cow<'_, str> {
    if field.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{field}").into() } else { field.into() }
}

/// The file is created with the first rejected row.
pub(crate) struct Rejected {
    pub(crate) path: PathBuf,
    pub(crate) count: u64,
    /// How many of them may be rows of users whose names can't be read.
    pub(crate) hidden: u64,
    file: Option<csv::Writer<File>>,
}

impl Rejected {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, count: 0, hidden: 0, file: None }
    }

    pub(crate) fn push(&mut self, line: u64, row: &RejectedRow) -> Result<(), IoError> {
        let failed = |error: csv::Error| IoError::of(format!("{} can't be written", self.path.display()))(error.into());
        let file = if let Some(file) = &mut self.file {
            file
        } else {
            let opened = private::replace(&self.path);
            let mut file = csv::Writer::from_writer(opened.map_err(|error| failed(error.into()))?);
            file.write_record(HEADER).map_err(failed)?;
            self.file.insert(file)
        };
        self.count += 1;
        self.hidden += u64::from(row.hides_a_user());
        let RejectedRow { username, column, rejection, .. } = row;
        let [username, column] = [username, column].map(|field| as_text(field.as_deref().unwrap_or_default()));
        file.write_record([&*line.to_string(), &*username, &*column, &*as_text(&rejection.to_string())]).map_err(failed)
    }

    pub(crate) fn flush(&mut self) -> Result<(), IoError> {
        let flushed = self.file.as_mut().map_or(Ok(()), csv::Writer::flush);
        flushed.map_err(IoError::of(format!("{} can't be written", self.path.display())))
    }
}
