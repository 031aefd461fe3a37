//! Users of a kind: how many, and the names of some.

use serde::Serialize;

use crate::figures::counted;

/// How many names are kept, to show them.
const KEPT: usize = 5;

/// How many users there are of a kind, and the first names.
#[derive(Clone, Default, Serialize)]
pub(crate) struct Named {
    pub(crate) count: u64,
    first: Vec<String>,
}

impl Named {
    pub(crate) fn push(&mut self, username: &str) {
        self.count += 1;
        if self.first.len() < KEPT {
            self.first.push(username.to_owned());
        }
    }

    /// A line such as `2 users are added: alice, bob`, unless there are none.
    pub(crate) fn line(&self, one: &str, many: &str) -> Option<String> {
        let more = if self.count > self.first.len() as u64 { ", …" } else { "" };
        (self.count > 0).then(|| format!("{}: {}{more}", counted(self.count, one, many), self.first.join(", ")))
    }
}

impl<'a> FromIterator<&'a str> for Named {
    fn from_iter<I: IntoIterator<Item = &'a str>>(usernames: I) -> Self {
        let mut named = Self::default();
        usernames.into_iter().for_each(|username| named.push(username));
        named
    }
}
