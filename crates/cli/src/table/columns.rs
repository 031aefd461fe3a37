//! The names that frameworks give the columns, best first.

use accounts::d1;

/// FastAPI's tutorial and Django; Flask; frameworks whose users log in with their address.
const USERNAME: &[&str] = &[d1::USERNAME, "user_name", "login", "email"];
/// Our own; FastAPI's tutorial and fastapi-users; Django, Flask-Security and Better Auth.
const PASSWORD_HASH: &[&str] = &[d1::PASSWORD_HASH, "hashed_password", "password", "passwordhash", "pw_hash"];
const DISABLED: &[&str] = &[d1::DISABLED];
/// Django and fastapi-users; Flask-Security.
const ACTIVE: &[&str] = &["is_active", "active"];
const CREATED_AT: &[&str] = &[d1::CREATED_AT];
const CHANGED_AT: &[&str] = &[d1::CHANGED_AT];

/// Where the fields of a row are: positions, in CSV of columns, in JSON of names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Columns<T> {
    pub(super) username: T,
    pub(super) password_hash: T,
    pub(super) disabled: Option<T>,
    pub(super) active: Option<T>,
    pub(super) created_at: Option<T>,
    pub(super) changed_at: Option<T>,
}

impl<T> Columns<T> {
    /// Finds the columns by their lowercase names; `None` if a required one is missing.
    pub(super) fn find(position: impl Fn(&str) -> Option<T>) -> Option<Self> {
        let first = |names: &[&str]| names.iter().find_map(|name| position(name));
        Some(Self {
            username: first(USERNAME)?,
            password_hash: first(PASSWORD_HASH)?,
            disabled: first(DISABLED),
            active: first(ACTIVE),
            created_at: first(CREATED_AT),
            changed_at: first(CHANGED_AT),
        })
    }
}
