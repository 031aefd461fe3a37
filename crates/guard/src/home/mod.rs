//! The home of accounts in Workers KV: one object that makes every change of its users.
//!
//! KV has no compare-and-set, its copies are up to a minute old, and it takes one write a second of a key. So a change is
//! compared and recorded here, in one turn of the object with nothing awaited. Then the guards of all regions are told,
//! and then KV gets the record. What the home keeps of a user is newer than KV's copies, until an hour after KV has it.
//!
//! - [`Home::begin`] records a change, and [`Home::told`] that the guards know of it.
//! - [`Home::due`] says what is left to do, also after a failure or a crash. [`Home::finished`] and [`Home::put_off`] say
//!   how that went.

mod entry;
mod table;
mod task;

use accounts::{
    Username,
    change::{Applied, Change, Edit, Outcome, Stored},
};

use self::{entry::Entry, table::Table};
use crate::{
    session::RecordChange,
    sql::{Sql, SqlError},
};

pub use task::{RecordWrite, Task, Write};

/// The users of one home object who were changed.
#[derive(Debug)]
pub struct Home<S> {
    table: Table<S>,
}

/// A change that was recorded, or changes nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Begun {
    /// What came of it. It may be answered once the guards know what is to be told.
    pub outcome: Outcome,
    /// What the guards may not know yet.
    pub tell: Option<RecordChange>,
}

impl<S: Sql> Home<S> {
    /// Opens the home in a database, which may be empty.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed.
    pub fn open(sql: S) -> Result<Self, SqlError> {
        Ok(Self { table: Table::open(sql)? })
    }

    /// Compares and records a change, in one step. `None` if KV's copy of the user is needed for that. `now` is in Unix
    /// milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed. Nothing was recorded.
    pub fn begin(&self, change: &Change, now: i64) -> Result<Option<Begun>, SqlError> {
        let unsettled = self.table.get(&change.username)?.filter(|entry| !entry.is_settled());
        unsettled.map(|entry| self.apply(change, entry, now)).transpose()
    }

    /// The same, with KV's copy of the user. It counts if the home does not know the user, or if it was changed around the
    /// home since. An upgrade, which nobody waits for, is not made where it says anything else.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed. Nothing was recorded.
    pub fn begin_with(&self, copy: Stored, change: &Change, now: i64) -> Result<Begun, SqlError> {
        let Some(mut entry) = self.table.get(&change.username)? else {
            return self.apply(change, Entry::of_copy(copy), now);
        };
        if matches!(change.edit, Edit::Upgrade(_)) && entry.is_settled() && entry.stored.record != copy.record {
            return Ok(Begun { outcome: Outcome::ConditionFailed { version: None }, tell: None });
        }
        entry.compare(copy, now);
        self.apply(change, entry, now)
    }

    fn apply(&self, change: &Change, mut entry: Entry, now: i64) -> Result<Begun, SqlError> {
        let outcome = match change.apply(&entry.stored, now) {
            Applied::Nothing(outcome) => outcome,
            Applied::Write { new, outcome } => {
                entry.change(new, now);
                self.table.put(&change.username, &entry)?;
                outcome
            }
        };
        Ok(Begun { outcome, tell: entry.untold() })
    }

    /// The newest state of a user, and what the guards may not know of it yet. `None` if KV's copy is needed.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed.
    pub fn read(&self, username: &Username) -> Result<Option<(Stored, Option<RecordChange>)>, SqlError> {
        let unsettled = self.table.get(username)?.filter(|entry| !entry.is_settled());
        Ok(unsettled.map(|entry| (entry.stored.clone(), entry.untold())))
    }

    /// The same, with KV's copy of the user. `now` is in Unix milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed.
    pub fn read_with(
        &self,
        copy: Stored,
        username: &Username,
        now: i64,
    ) -> Result<(Stored, Option<RecordChange>), SqlError> {
        let Some(mut entry) = self.table.get(username)? else { return Ok((copy, None)) };
        entry.compare(copy, now);
        Ok((entry.stored.clone(), entry.untold()))
    }

    /// The guards of all regions know of this version. `now` is in Unix milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed. The guards are told again.
    pub fn told(&self, username: &Username, version: i64, now: i64) -> Result<(), SqlError> {
        self.update(username, |entry| entry.told(version, now))
    }

    /// Some of what is due. Forgets users of whom nothing is left to do. `now` is in Unix milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed.
    pub fn due(&self, now: i64) -> Result<Vec<Task>, SqlError> {
        self.table.forget(now)?;
        let due = self.table.due(now)?;
        Ok(due.into_iter().map(|(username, entry)| entry.task(username, now)).collect())
    }

    /// KV has what the task was to write. `now` is in Unix milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed. It is written again.
    pub fn finished(&self, task: &Task, now: i64) -> Result<(), SqlError> {
        self.update(&task.username, |entry| entry.written(task.revision, now))
    }

    /// A part of the task failed, and is tried again after a pause that grows. `now` is in Unix milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed. It is tried again at once.
    pub fn put_off(&self, task: &Task, now: i64) -> Result<(), SqlError> {
        self.update(&task.username, |entry| entry.failed(task.revision, now))
    }

    /// When the next task is due, in Unix milliseconds, or `None` if nothing is kept.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed.
    pub fn next_due(&self) -> Result<Option<i64>, SqlError> {
        self.table.next_due()
    }

    fn update(&self, username: &Username, update: impl FnOnce(&mut Entry)) -> Result<(), SqlError> {
        let Some(mut entry) = self.table.get(username)? else { return Ok(()) };
        update(&mut entry);
        self.table.put(username, &entry)
    }
}
