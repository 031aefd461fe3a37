//! Notes how far an import got, so that it resumes there after an interruption.

use std::{
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use accounts::{Username, UsernameCase};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    private,
    store::{Store, StoreError},
};

/// An interrupted import is resumed within a day. Later, too much may have happened to the store.
const EXPIRES_AFTER: i64 = 24 * 60 * 60;

/// A file in `.wrangler`, the project's folder for local state, until the import is complete.
pub(crate) struct Journal {
    path: PathBuf,
    now: i64,
}

/// Rows are stored in order of username, so all up to this one are stored.
#[derive(Serialize, Deserialize)]
struct Entry {
    stored_up_to: String,
    /// In Unix seconds.
    written_at: i64,
}

impl Journal {
    /// The journal of importing this table into this store, at `now` in Unix seconds. Its name is a digest of both and of
    /// the case of names, so that the same table goes into another database, or another account, from the beginning. With
    /// another case, other names are stored, and in another order.
    pub(crate) fn of(
        table: Sha256,
        store: &Store,
        case: UsernameCase,
        is_update: bool,
        now: i64,
    ) -> Result<Self, StoreError> {
        let table = table.chain_update(format!("{case:?}"));
        let kind = if is_update { "update" } else { "import" };
        let name = format!("{kind}-{:x}.json", table.chain_update(store.identity()?).finalize());
        Ok(Self { path: store.wrangler().project.join(".wrangler").join("edge-login").join(name), now })
    }

    /// The last username that an interrupted import stored, if that was recent and the user still exists.
    pub(crate) fn stored_up_to(&self, store: &Store) -> Result<Option<Username>, StoreError> {
        let entry = fs::read_to_string(&self.path).ok().and_then(|text| serde_json::from_str::<Entry>(&text).ok());
        let Some(Entry { stored_up_to, written_at }) = entry else { return Ok(None) };
        let is_recent = (0..EXPIRES_AFTER).contains(&self.now.saturating_sub(written_at));
        match Username::parse(&stored_up_to) {
            Some(last) if is_recent && store.exists(&last)? => Ok(Some(last)),
            _ => Ok(None),
        }
    }

    pub(crate) fn write(&self, stored_up_to: &Username) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        let entry = Entry { stored_up_to: stored_up_to.as_str().to_owned(), written_at: self.now };
        // Written under another name first, so that an interruption leaves the old journal or the new one.
        let draft = self.path.with_extension("draft");
        // It has a username. A draft that an interruption left has its own mode.
        remove(&draft)?;
        let mut file = private::options().create_new(true).open(&draft)?;
        file.write_all(serde_json::to_string(&entry)?.as_bytes())?;
        fs::rename(draft, &self.path)
    }

    /// Forgets a complete import.
    pub(crate) fn remove(&self) -> io::Result<()> {
        remove(&self.path)
    }
}

/// Removes a file that may not be there.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
