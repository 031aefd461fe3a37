//! Files for wrangler to read, which this user alone can: hashes are no arguments, which everyone on
//! the machine can see.

use std::{
    fs,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    process,
    sync::Mutex,
};

use tempfile::NamedTempFile;

/// The file that is there now.
static CURRENT: Mutex<Option<PathBuf>> = Mutex::new(None);

/// A file that is removed with this, or when the program is interrupted.
pub(super) struct Spool(NamedTempFile);

impl Spool {
    pub(super) fn new(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<Self> {
        let file = NamedTempFile::with_prefix("edge-login-")?;
        set(Some(file.path().to_owned()));
        let mut file = BufWriter::with_capacity(1 << 20, file);
        write(&mut file)?;
        Ok(Self(file.into_inner()?))
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
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

/// Ends the program as Ctrl-C does, once the file is gone.
pub(crate) fn interrupted() {
    if let Ok(Some(path)) = CURRENT.lock().as_deref() {
        // The program ends in any case.
        let _ = fs::remove_file(path);
    }
    process::exit(130);
}
