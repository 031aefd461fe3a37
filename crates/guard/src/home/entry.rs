//! What the home keeps of one user: the newest state, and how far the guards and Workers KV are.

use accounts::{Username, change::Stored};

use super::task::{RecordWrite, Task, Write};
use crate::session::{Newest, RecordChange};

/// For how long a user is kept once KV has everything, in milliseconds. KV's copies lag by a minute.
const KEEP_MS: i64 = 60 * 60 * 1000;
/// The least time between two writes of a user, in milliseconds: KV takes one a second of a key.
const BETWEEN_WRITES_MS: i64 = 1100;
/// After how long the alarm tells the guards, in milliseconds. Before, the request that made the change does.
const TELL_AFTER_MS: i64 = 5000;
/// After how long the guards are told again if KV does not have the record, in milliseconds. They forget after an hour.
const TELL_AGAIN_MS: i64 = 30 * 60 * 1000;
/// The pause after a failure, in milliseconds. It doubles with each further one, up to `2^MOST_DOUBLINGS` times as much.
const PAUSE_MS: i64 = 2000;
const MOST_DOUBLINGS: i64 = 8;

/// One user.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) stored: Stored,
    pub(super) revision: i64,
    pub(super) told: Told,
    /// Whether KV lacks the record, or its deletion.
    pub(super) lacks_record: bool,
    /// Whether KV lacks the address, or its deletion.
    pub(super) lacks_email: bool,
    /// Whether the user was created since the entry is there.
    pub(super) is_new: bool,
    /// When KV was last written to, or 0.
    pub(super) wrote: i64,
    /// How many times in a row something failed.
    pub(super) failures: i64,
    /// When something is to be done next.
    pub(super) due: i64,
}

/// Whether the guards know of the version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// They need not, because copies with an older version have expired.
    Needless,
    NotYet,
    /// Since then they all know it.
    At(i64),
}

impl Entry {
    /// What is to be changed of a user of whom KV has this.
    pub(super) fn of_copy(stored: Stored) -> Self {
        Self {
            stored,
            revision: 0,
            told: Told::Needless,
            lacks_record: false,
            lacks_email: false,
            is_new: false,
            wrote: 0,
            failures: 0,
            due: 0,
        }
    }

    /// Whether nothing is left to do but to be kept.
    pub(super) fn is_settled(&self) -> bool {
        !self.lacks_record && !self.lacks_email && self.told != Told::NotYet
    }

    /// Takes KV's copy for the newest state if somebody changed it around the home. A record shows that by its version, and
    /// a deletion once KV's copies can't be from before the home's own record.
    pub(super) fn compare(&mut self, copy: Stored, now: i64) {
        if !self.is_settled() {
            return;
        }
        let is_deleted = copy.record.is_none() && self.stored.record.is_some() && self.wrote + KEEP_MS <= now;
        if is_deleted {
            self.stored = Stored { version: self.stored.version, ..copy };
        } else if copy.version > self.stored.version {
            self.stored = copy;
        } else {
            return;
        }
        self.told = Told::Needless;
    }

    pub(super) fn change(&mut self, new: Stored, now: i64) {
        if new.version != self.stored.version {
            self.told = Told::NotYet;
        } else if !self.lacks_record && self.told != Told::NotYet {
            self.told = Told::Needless;
        }
        self.is_new |= self.stored.record.is_none() && new.record.is_some();
        self.lacks_record |= new.record != self.stored.record;
        self.lacks_email |= new.email != self.stored.email;
        self.stored = new;
        self.revision += 1;
        self.failures = 0;
        self.due = if self.told == Told::NotYet { now + TELL_AFTER_MS } else { self.next(now) };
    }

    pub(super) fn told(&mut self, version: i64, now: i64) {
        if self.told != Told::Needless && self.stored.version.millis() == version {
            self.told = Told::At(now);
            self.due = self.next(now);
        }
    }

    pub(super) fn written(&mut self, revision: i64, now: i64) {
        self.wrote = now;
        if self.revision != revision {
            self.due = self.due.max(now + BETWEEN_WRITES_MS);
            return;
        }
        (self.lacks_record, self.lacks_email) = (false, false);
        if self.told != Told::NotYet {
            self.failures = 0;
            self.due = self.next(now);
        }
    }

    pub(super) fn failed(&mut self, revision: i64, now: i64) {
        self.wrote = now;
        if self.revision != revision {
            self.due = self.due.max(now + BETWEEN_WRITES_MS);
            return;
        }
        self.due = now + (PAUSE_MS << self.failures.min(MOST_DOUBLINGS));
        self.failures += 1;
    }

    /// When KV is to be written to, or the entry to be forgotten. A version that is ahead of the clock is kept until the clock
    /// has passed it, so that versions rise, and a reset until it has expired.
    fn next(&self, now: i64) -> i64 {
        if self.lacks_record || self.lacks_email {
            now.max(self.wrote + BETWEEN_WRITES_MS)
        } else {
            let reset = self.stored.reset.as_ref().map_or(0, |reset| reset.expires_at);
            (self.wrote + KEEP_MS).max(self.stored.version.millis()).max(reset)
        }
    }

    pub(super) fn untold(&self) -> Option<RecordChange> {
        (self.told == Told::NotYet).then(|| self.record_change())
    }

    pub(super) fn task(self, username: Username, now: i64) -> Task {
        let is_about_to_be_forgotten =
            matches!(self.told, Told::At(told) if self.lacks_record && told + TELL_AGAIN_MS <= now);
        let tell = if is_about_to_be_forgotten { Some(self.record_change()) } else { self.untold() };
        let record = self.lacks_record.then(|| match self.json() {
            Some(record) => RecordWrite::Put { record, is_new: self.is_new },
            None => RecordWrite::Delete,
        });
        let email = self.lacks_email.then(|| self.stored.email.clone());
        let write = (record.is_some() || email.is_some()).then_some(Write { record, email });
        Task { username, revision: self.revision, version: self.stored.version.millis(), tell, write }
    }

    fn record_change(&self) -> RecordChange {
        let newest = self.json().map_or(Newest::Deleted, Newest::Record);
        RecordChange { version: self.stored.version.millis(), newest }
    }

    /// The record, unless the user was deleted. One that was read or made here can be written.
    pub(super) fn json(&self) -> Option<String> {
        self.stored.record.as_ref().map(|record| record.to_json().unwrap_or_default())
    }
}
