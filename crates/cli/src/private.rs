//! Files that only their owner can read.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
};

/// Options that open such a file for writing.
pub(crate) fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Creates such a file in place of one that may be there, whose mode it would otherwise keep. What is no file, such as
/// `/dev/stdout`, is opened as it is.
pub(crate) fn replace(path: &Path) -> io::Result<File> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => fs::remove_file(path)?,
        Ok(_) => return options().create(true).truncate(true).open(path),
        Err(_) => {}
    }
    options().create_new(true).open(path)
}
