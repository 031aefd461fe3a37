//! Files that wrangler reads. They hold hashes, so only this user can read them.

use std::{
    fs,
    io::{self, BufWriter, Write},
    path::PathBuf,
    process,
    sync::Mutex,
};

use tempfile::NamedTempFile;

use crate::exit_code::INTERRUPTED;

/// The file that exists now.
static CURRENT: Mutex<Option<PathBuf>> = Mutex::new(None);

/// A file that is removed when this is dropped, or when the program is interrupted.
pub(super) struct Spool(NamedTempFile);

impl Spool {
    pub(super) fn new(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<Self> {
        let file = NamedTempFile::with_prefix("edge-login-")?;
        set(Some(file.path().to_owned()));
        let mut file = BufWriter::with_capacity(1 << 20, file);
        write(&mut file)?;
        Ok(Self(file.into_inner()?))
    }

    pub(super) fn path(&self) -> io::Result<&str> {
        let not_unicode = || io::Error::other("the path of the temporary folder is not valid Unicode");
        self.0.path().to_str().ok_or_else(not_unicode)
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        set(None);
    }
}

fn set(path: Option<PathBuf>) {
    if let Ok(mut current) = CURRENT.lock() {
        *current = path;
    }
}

/// Removes the file and ends the program, as Ctrl-C does.
pub(crate) fn interrupted() {
    if let Ok(Some(path)) = CURRENT.lock().as_deref() {
        // The program ends in any case.
        let _ = fs::remove_file(path);
    }
    process::exit(INTERRUPTED);
}
