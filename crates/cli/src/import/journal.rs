//! Notes how far an import got, so that it resumes there after an interruption.

use std::{fs, io, path::PathBuf};

use accounts::Username;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{store::Store, wrangler::Place};

/// A file in `.wrangler`, the project's folder for local state, until the import is complete.
pub(crate) struct Journal {
    path: PathBuf,
}

/// Rows are stored in order of username, so all up to this one are stored.
#[derive(Serialize, Deserialize)]
struct Entry {
    stored_up_to: String,
}

impl Journal {
    /// The journal of importing this table into this store.
    pub(crate) fn of(table: Sha256, store: &Store) -> Self {
        let place = match store.wrangler().place {
            Place::Local => "local",
            Place::Remote => "remote",
        };
        let name = format!("import-{}-{place}-{:x}.json", store.kind().name(), table.finalize());
        Self { path: store.wrangler().project.join(".wrangler").join("edge-login").join(name) }
    }

    /// The last username that an interrupted import stored.
    pub(crate) fn stored_up_to(&self) -> Option<Username> {
        let entry: Entry = serde_json::from_str(&fs::read_to_string(&self.path).ok()?).ok()?;
        Username::parse(&entry.stored_up_to)
    }

    pub(crate) fn write(&self, stored_up_to: &Username) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let entry = Entry { stored_up_to: stored_up_to.as_str().to_owned() };
        // Written under another name first, so that an interruption leaves the old journal or the new one.
        let draft = self.path.with_extension("draft");
        fs::write(&draft, serde_json::to_string(&entry)?)?;
        fs::rename(draft, &self.path)
    }

    /// Forgets a complete import.
    pub(crate) fn remove(&self) -> io::Result<()> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}
