//! Changing a record in a store that can compare and write in one step.

use accounts::{
    Username,
    change::{Applied, Change, Outcome, Stored},
};

use crate::platform::StoreError;

/// How often a change is tried anew because the record was changed between reading and writing.
const TRIES: usize = 5;

/// A store that can compare and write in one step.
#[allow(async_fn_in_trait)]
pub trait Records {
    /// The newest that there is of a user.
    ///
    /// # Errors
    /// [`StoreError`] if the store gave no answer, or the record is malformed.
    async fn read(&self, username: &Username) -> Result<Stored, StoreError>;

    /// Stores `new` if `old` is still there. Returns whether it was.
    ///
    /// # Errors
    /// [`StoreError`] if the store gave no answer.
    async fn set(&self, username: &Username, old: &Stored, new: &Stored) -> Result<bool, StoreError>;
}

/// Makes a change. `now` is in Unix milliseconds.
///
/// # Errors
/// [`StoreError`] if the store gave no answer, or the record was changed again and again meanwhile.
pub async fn compare_and_set(records: &impl Records, change: &Change, now: i64) -> Result<Outcome, StoreError> {
    for _ in 0..TRIES {
        let stored = records.read(&change.username).await?;
        match change.apply(&stored, now) {
            Applied::Nothing(outcome) => return Ok(outcome),
            Applied::Write { new, outcome } => {
                if records.set(&change.username, &stored, &new).await? {
                    return Ok(outcome);
                }
            }
        }
    }
    Err(StoreError::Unavailable("the record was changed again and again".to_owned()))
}
