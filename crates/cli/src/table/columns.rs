//! What the columns of a table hold, by the names that frameworks give them.

use std::collections::BTreeSet;

use accounts::d1;
use serde::{Serialize, Serializer, ser::SerializeMap};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Username,
    PasswordHash,
    Disabled,
    Active,
    Banned,
    BanExpires,
    CreatedAt,
    ChangedAt,
    Subject,
    Claims,
    ImportedHash,
}

impl Role {
    const ALL: [Self; 11] = [
        Self::Username,
        Self::PasswordHash,
        Self::Disabled,
        Self::Active,
        Self::Banned,
        Self::BanExpires,
        Self::CreatedAt,
        Self::ChangedAt,
        Self::Subject,
        Self::Claims,
        Self::ImportedHash,
    ];

    /// The names of such a column in lower case, best first.
    const fn names(self) -> &'static [&'static str] {
        match self {
            // FastAPI's tutorial and Django; Flask; frameworks whose users log in with their address.
            Self::Username => &[d1::USERNAME, "user_name", "login", "email"],
            // Our own; FastAPI's tutorial and fastapi-users; Django, Flask-Security and Better Auth.
            Self::PasswordHash => &[d1::PASSWORD_HASH, "hashed_password", "password", "passwordhash", "pw_hash"],
            // Our own, and FastAPI's tutorial.
            Self::Disabled => &[d1::DISABLED],
            // Django and fastapi-users; Flask-Security.
            Self::Active => &["is_active", "active"],
            // Better Auth's plugin `admin`.
            Self::Banned => &["banned"],
            Self::BanExpires => &["banexpires", "ban_expires"],
            Self::CreatedAt => &[d1::CREATED_AT],
            Self::ChangedAt => &[d1::CHANGED_AT],
            Self::Subject => &[d1::SUBJECT],
            Self::Claims => &[d1::CLAIMS],
            // Only in our own exports.
            Self::ImportedHash => &[d1::IMPORTED_HASH],
        }
    }

    /// The best name.
    pub(super) fn name(self) -> &'static str {
        self.names().first().copied().unwrap_or_default()
    }

    /// The names, for a message.
    pub(super) fn accepted(self) -> String {
        self.names().iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    }

    /// Whether a column says that users can't log in.
    fn says_who_is_disabled(self) -> bool {
        matches!(self, Self::Disabled | Self::Active | Self::Banned)
    }
}

/// Where the columns of a row are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Columns([Option<usize>; Role::ALL.len()]);

impl Columns {
    /// Finds the columns by their names in lower case.
    pub(super) fn find(names: &[String]) -> Self {
        let position = |wanted: &&str| names.iter().position(|name| name == wanted);
        Self(Role::ALL.map(|role| role.names().iter().find_map(position)))
    }

    pub(super) fn position(&self, role: Role) -> Option<usize> {
        self.0.get(role as usize).copied().flatten()
    }

    /// The first column that every table needs and that this one lacks.
    pub(super) fn missing(&self) -> Option<Role> {
        [Role::Username, Role::PasswordHash].into_iter().find(|role| self.position(*role).is_none())
    }

    pub(super) fn count(&self) -> usize {
        self.0.iter().flatten().count()
    }
}

/// Which columns of a table are used, and which are ignored.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Headings {
    used: Used,
    ignored: BTreeSet<String>,
}

/// Which columns a table has, besides those that every table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) disabled: bool,
    pub(crate) subject: bool,
    pub(crate) claims: bool,
}

/// The columns that are used, as the table names them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Used(Vec<(Role, String)>);

impl Headings {
    /// The most ignored columns that are named: in JSON Lines each row may have others.
    const MAX_IGNORED: usize = 100;

    pub(super) fn add(&mut self, names: &[String], columns: &Columns) {
        for (position, name) in names.iter().enumerate() {
            match Role::ALL.into_iter().find(|role| columns.position(*role) == Some(position)) {
                Some(role) if !self.used.0.iter().any(|(used, known)| (*used, known) == (role, name)) => {
                    self.used.0.push((role, name.clone()));
                }
                None if self.ignored.len() < Self::MAX_IGNORED && !self.ignored.contains(name) => {
                    self.ignored.insert(name.clone());
                }
                Some(_) | None => {}
            }
        }
    }

    /// Which of the columns that an update takes over this table has.
    pub(crate) fn given(&self) -> Given {
        let has = |wanted| self.used.0.iter().any(|(role, _)| *role == wanted);
        Given { disabled: self.say_who_is_disabled(), subject: has(Role::Subject), claims: has(Role::Claims) }
    }

    /// Whether a column says who can't log in.
    pub(crate) fn say_who_is_disabled(&self) -> bool {
        self.used.0.iter().any(|(role, _)| role.says_who_is_disabled())
    }

    /// The column that holds this.
    pub(crate) fn of(&self, wanted: Role) -> Option<&str> {
        self.used.0.iter().find(|(role, _)| *role == wanted).map(|(_, name)| name.as_str())
    }

    /// The names of the columns that would say it, for a message.
    pub(crate) fn accepted_for_disabled() -> String {
        Role::ALL
            .iter()
            .filter(|role| role.says_who_is_disabled())
            .map(|role| role.accepted())
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The columns in a line or two.
    pub(crate) fn text(&self) -> String {
        let used = self.used.0.iter().map(|(role, name)| match role {
            Role::Username | Role::PasswordHash if name != role.name() => format!("{name} as {}", role.name()),
            _ => name.clone(),
        });
        let mut text = format!("Columns used: {}.", used.collect::<Vec<_>>().join(", "));
        if !self.ignored.is_empty() {
            text += " Ignored: ";
            text += &self.ignored.iter().cloned().collect::<Vec<_>>().join(", ");
            text.push('.');
        }
        if !self.say_who_is_disabled() {
            text += "\nNo column says who is disabled, so all users count as enabled.";
        }
        text
    }
}

impl Serialize for Used {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (role, name) in &self.0 {
            map.serialize_entry(name, role.name())?;
        }
        map.end()
    }
}
