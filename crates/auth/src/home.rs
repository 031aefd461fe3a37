//! The work of a home object, which makes every change of its users in Workers KV: it records the change, tells the guards
//! of all regions, answers, and writes to KV. What fails, or is cut short, is done later.

use accounts::{
    Username,
    change::{Change, Outcome, Stored},
};
use chrono::{DateTime, Utc};
use guard::{
    home::{Begun, Home, Task, Write},
    session::RecordChange,
    sql::{Sql, SqlError},
};

use crate::{
    config::Config,
    platform::{Guard, StoreError},
    session::{SessionError, all, tell_guards},
};

/// The longest time until an object is woken, in milliseconds. A version that is far ahead of the clock is kept for longer
/// than an alarm can be set for.
const LONGEST_SLEEP_MS: i64 = 24 * 60 * 60 * 1000;

/// What a home object needs from the platform.
#[allow(async_fn_in_trait)]
pub trait HomePlatform {
    /// The way to the guard objects.
    fn guard(&self) -> impl Guard;

    /// The current time.
    fn now(&self) -> DateTime<Utc>;

    /// What KV has of a user. It may be a minute old.
    ///
    /// # Errors
    /// [`StoreError`] if KV gave no answer, or the record is malformed.
    async fn read(&self, username: &Username) -> Result<Stored, StoreError>;

    /// Writes to KV.
    ///
    /// # Errors
    /// [`StoreError`] if KV gave no answer. A part may have been written.
    async fn write(&self, username: &Username, write: &Write) -> Result<(), StoreError>;

    /// Has [`Keeper::finish`] called at this time, in Unix milliseconds, in place of any time that was set before. The call
    /// comes even if the object is restarted. The time is set before anything is awaited.
    ///
    /// # Errors
    /// The reason, if the time can't be set.
    async fn wake_at(&self, time: i64) -> Result<(), String>;
}

/// A home object at work.
pub struct Keeper<'a, S, P> {
    /// The configuration.
    pub config: &'a Config,
    /// What the object has on disk.
    pub home: &'a Home<S>,
    /// The platform.
    pub platform: &'a P,
}

/// Why a home did not answer, or did not finish. What it has recorded is tried again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HomeError {
    /// The object's database failed.
    #[error(transparent)]
    Database(#[from] SqlError),
    /// KV failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The guard of a region could not be told.
    #[error("not all guards know of a change: {0}")]
    Guards(String),
    /// The object's alarm could not be set.
    #[error("the alarm failed: {0}")]
    Alarm(String),
}

impl<S: Sql, P: HomePlatform> Keeper<'_, S, P> {
    /// Makes a change. What is returned holds everywhere, though KV does not have it yet.
    ///
    /// # Errors
    /// [`HomeError`] if it is not known everywhere. If it was recorded, it will be. It is safe to try again.
    pub async fn change(&self, change: &Change) -> Result<Outcome, HomeError> {
        let Begun { outcome, tell } = if let Some(begun) = self.home.begin(change, self.now())? {
            begun
        } else {
            let copy = self.platform.read(&change.username).await?;
            self.home.begin_with(copy, change, self.now())?
        };
        self.wake().await?;
        self.tell(&change.username, tell).await?;
        Ok(outcome)
    }

    /// The newest that there is of a user. What is returned holds everywhere.
    ///
    /// # Errors
    /// [`HomeError`] if it is not known everywhere.
    pub async fn read(&self, username: &Username) -> Result<Stored, HomeError> {
        let (stored, tell) = if let Some(read) = self.home.read(username)? {
            read
        } else {
            let copy = self.platform.read(username).await?;
            self.home.read_with(copy, username, self.now())?
        };
        self.tell(username, tell).await?;
        Ok(stored)
    }

    /// Does some of what is due. Returns what failed: it is tried again later.
    ///
    /// # Errors
    /// [`HomeError`] if the database or the alarm failed.
    pub async fn finish(&self) -> Result<Vec<HomeError>, HomeError> {
        let tasks = self.home.due(self.now())?.into_iter().map(|task| self.run(task));
        let ended = all(tasks.collect()).await;
        self.wake().await?;
        Ok(ended.into_iter().filter_map(Result::err).collect())
    }

    /// KV is written to even if a region can't be told: then at least its copies don't let the old state in for long. A record
    /// that somebody else wrote since stays: an operator's, or that of the home which an account has under other settings.
    async fn run(&self, task: Task) -> Result<(), HomeError> {
        let told = self.tell(&task.username, task.tell.clone()).await;
        let written = match &task.write {
            Some(write) => match self.platform.read(&task.username).await {
                Ok(copy) if copy.version.millis() > task.version => Ok(()),
                // A record that can't be read is replaced.
                Ok(_) | Err(StoreError::Malformed) => self.platform.write(&task.username, write).await,
                Err(error) => Err(error),
            }
            .map_err(HomeError::Store),
            None => Ok(()),
        };
        if written.is_ok() {
            self.home.finished(&task, self.now())?;
        }
        let ended = told.and(written);
        if ended.is_err() {
            self.home.put_off(&task, self.now())?;
        }
        ended
    }

    async fn tell(&self, username: &Username, change: Option<RecordChange>) -> Result<(), HomeError> {
        let Some(change) = change else { return Ok(()) };
        let (version, guard, now) = (change.version, self.platform.guard(), self.platform.now());
        let told = tell_guards(self.config, &guard, username, change, now).await;
        told.map_err(|error: SessionError| HomeError::Guards(error.fault().unwrap_or_default()))?;
        self.home.told(username, version, self.now())?;
        self.wake().await
    }

    async fn wake(&self) -> Result<(), HomeError> {
        match self.home.next_due()? {
            Some(due) => self.platform.wake_at(due.min(self.now() + LONGEST_SLEEP_MS)).await.map_err(HomeError::Alarm),
            None => Ok(()),
        }
    }

    fn now(&self) -> i64 {
        self.platform.now().timestamp_millis()
    }
}
