//! The stores that users can be kept in.

use serde::{Serialize, Serializer};

/// A store, as the variable `USER_STORE` and the command line's `--store` name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserStore {
    /// The D1 database bound as `DB`.
    D1,
    /// The Workers KV namespace bound as `USERS`.
    Kv,
}

impl UserStore {
    /// Both stores; the default comes first.
    pub const ALL: [Self; 2] = [Self::D1, Self::Kv];

    /// The name that configuration uses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::D1 => "d1",
            Self::Kv => "kv",
        }
    }

    /// The store of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|store| store.name() == name)
    }
}

impl Serialize for UserStore {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
