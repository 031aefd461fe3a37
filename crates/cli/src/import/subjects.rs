//! Which users' tokens would have the same `sub`. It is the subject, or the username of a user without one.

use std::hash::{DefaultHasher, Hash, Hasher};

use accounts::{Account, Subject};

use crate::{figures::users, table::Rejection};

/// The subjects of a table. It takes 16 bytes for each.
#[derive(Default)]
pub(crate) struct Subjects {
    /// The hash of each subject, and its line.
    lines: Vec<(u64, u64)>,
    users_with: u64,
    users_without: u64,
}

impl Subjects {
    /// Takes each row of the table.
    pub(super) fn add(&mut self, account: &Account, line: u64) {
        self.lines.extend(account.subject.as_ref().map(|subject| (hash(subject.as_str()), line)));
    }

    /// To be called after the last row, before the first [`check`](Self::check).
    pub(super) fn sort(&mut self) {
        self.lines.sort_unstable();
    }

    /// Refuses a user whose tokens would name another one. Of users with the same subject, the first one of
    /// the table counts; a username never counts against a subject.
    pub(super) fn check(&mut self, account: &Account, line: u64) -> Result<(), Rejection> {
        let sub = account.subject.as_ref().map_or(account.username.as_str(), Subject::as_str);
        let first = self.first_line(hash(sub)).filter(|first| *first != line);
        match (first, &account.subject) {
            (Some(first), Some(_)) => return Err(Rejection::SubjectTwice(first)),
            (Some(first), None) => return Err(Rejection::UsernameIsSubject(first)),
            (None, Some(_)) => self.users_with += 1,
            (None, None) => self.users_without += 1,
        }
        Ok(())
    }

    /// The first line with the subject that has this hash.
    fn first_line(&self, hash: u64) -> Option<u64> {
        let position = self.lines.partition_point(|(other, _)| *other < hash);
        self.lines.get(position).filter(|(other, _)| *other == hash).map(|(_, line)| *line)
    }

    /// What to tell people.
    pub(super) fn warning(&self) -> Option<String> {
        let Self { users_with, users_without, .. } = self;
        (*users_with > 0 && *users_without > 0).then(|| {
            format!(
                "only some users have a subject: {} with, {} without, whose tokens have the username as `sub`. Give every user a \
                 subject, or none",
                users(*users_with), users(*users_without)
            )
        })
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
