use std::{
    fs,
    path::{Path, PathBuf},
};

use super::progress;
use crate::{
    error::Error,
    output::Output,
    plan::{Report, Rows, html, text},
    table::{self, UserRow},
};

/// Reads a table and tells what moving it will be like. Stores nothing.
pub(super) fn plan(
    path: &Path,
    logins_per_day: Option<f64>,
    page: Option<PathBuf>,
    output: &Output,
) -> Result<(), Error> {
    let name = if path.as_os_str() == "-" { "standard input".to_owned() } else { path.display().to_string() };
    let (input, size) = table::open(path)?;
    let bar = progress::reading(size);
    let mut rows = Rows::default();
    for line in table::read(bar.wrap_read(input), &name)? {
        match line?.row {
            Ok(UserRow { hash, .. }) => rows.count(&hash),
            Err(rejection) => rows.reject(&rejection),
        }
    }
    bar.finish_and_clear();
    let report = Report::new(name, rows, logins_per_day).ok_or(Error::NoMeasurements)?;
    if let Some(page) = page {
        fs::write(&page, html(&report)).map_err(Error::io(format!("{} can't be written", page.display())))?;
    }
    output.answer(&report, || text(&report))
}
