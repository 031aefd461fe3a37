//! An object's state: its database is opened once, and its alarm set.

use std::cell::OnceCell;

use guard::sql::SqlError;
use worker::{Result, ScheduledTime, State, Storage};

use super::sqlite::Sqlite;

/// An object's state, and what the object keeps in its database.
pub(super) struct Kept<T> {
    state: State,
    opened: OnceCell<T>,
    open: fn(Sqlite) -> Result<T, SqlError>,
}

impl<T> Kept<T> {
    /// `open` is called with the object's database when that is first needed.
    pub(super) fn new(state: State, open: fn(Sqlite) -> Result<T, SqlError>) -> Self {
        Self { state, opened: OnceCell::new(), open }
    }

    pub(super) fn get(&self) -> Result<&T, SqlError> {
        if let Some(opened) = self.opened.get() {
            return Ok(opened);
        }
        let opened = (self.open)(Sqlite(self.state.storage().sql()))?;
        Ok(self.opened.get_or_init(|| opened))
    }

    /// Sets the alarm, in place of any other. It is set before anything is awaited.
    pub(super) async fn set_alarm(&self, at: ScheduledTime) -> Result<()> {
        self.state.storage().set_alarm(at).await
    }

    /// Sets an alarm, unless one is set already. The earlier one may come too early, which does no
    /// harm.
    pub(super) async fn ensure_alarm(&self, at: ScheduledTime) -> Result<()> {
        ensure_alarm(self.state.storage(), at).await
    }
}

/// This is not generic, so that the upload holds it only once.
async fn ensure_alarm(storage: Storage, at: ScheduledTime) -> Result<()> {
    if storage.get_alarm().await?.is_none() {
        storage.set_alarm(at).await?;
    }
    Ok(())
}
