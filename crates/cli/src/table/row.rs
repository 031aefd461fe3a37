//! A row of fields becomes one that can be stored.

use accounts::{Account, Claims, Subject, Username, hash_digest};
use passwords::{HashError, StoredHash};

use super::{
    columns::{Columns, Role},
    line::{RejectedRow, UserRow},
    rejection::Rejection,
    time,
};

/// What a field of a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field<'a> {
    Text(&'a str),
    /// It is empty, or null, or not there.
    Empty,
    /// A JSON array or object.
    Nested(&'a str),
}

/// The fields of a row, and which columns they are in.
pub(super) struct Fields<'a, F> {
    pub(super) names: &'a [String],
    pub(super) columns: &'a Columns,
    pub(super) field: F,
}

impl<'a, F: Fn(usize) -> Field<'a>> Fields<'a, F> {
    /// The user in this row, at `now` in Unix seconds.
    pub(super) fn user(&self, now: i64) -> Result<UserRow, RejectedRow> {
        self.parse(now).map_err(|rejection| RejectedRow {
            username: self.text(Role::Username).ok().flatten().map(str::to_owned),
            column: rejection.role().map(|role| self.column(role)),
            bars_login: self.has_no_password() || self.disables(now),
            rejection,
        })
    }

    /// Whether there is a column of hashes, but no password behind it.
    fn has_no_password(&self) -> bool {
        match self.text(Role::PasswordHash) {
            Ok(None) => self.columns.position(Role::PasswordHash).is_some(),
            Ok(Some(hash)) => matches!(StoredHash::parse(hash), Err(HashError::NoPassword)),
            Err(_) => false,
        }
    }

    /// Whether a row that can't be used disables the user, as far as it can be read. A ban whose end can't be read
    /// lasts.
    fn disables(&self, now: i64) -> bool {
        let is = |role, value| self.flag(role).is_ok_and(|flag| flag == Some(value));
        let ban_is_over = || self.ban_ends().is_ok_and(|end| end.is_some_and(|end| end <= now));
        is(Role::Disabled, true) || is(Role::Active, false) || (is(Role::Banned, true) && !ban_is_over())
    }

    fn ban_ends(&self) -> Result<Option<i64>, Rejection> {
        self.parsed(Role::BanExpires, time::instant, |column, value| Rejection::Instant {
            role: Role::BanExpires,
            column,
            value,
        })
    }

    fn parse(&self, now: i64) -> Result<UserRow, Rejection> {
        let username = self.text(Role::Username)?.ok_or(Rejection::NoUsername)?;
        let hash = self.text(Role::PasswordHash)?.ok_or(Rejection::NoHash)?;
        let is_banned = self.flag(Role::Banned)?.unwrap_or(false);
        let ban_ends = self.ban_ends()?;
        let is_banned = is_banned && ban_ends.is_none_or(|end| now < end);
        let is_disabled = self.flag(Role::Disabled)?.unwrap_or(false) || !self.flag(Role::Active)?.unwrap_or(true);
        let account = Account {
            username: Username::parse(username).ok_or(Rejection::Username)?,
            password_hash: hash.to_owned(),
            disabled: is_disabled || is_banned,
            subject: self.parsed(
                Role::Subject,
                |text| Subject::try_from(text.to_owned()).ok(),
                |_, _| Rejection::Subject,
            )?,
            claims: self.claims()?,
            imported_hash: Some(self.imported_hash(hash)?),
            created_at: self.seconds(Role::CreatedAt)?,
            changed_at: self.seconds(Role::ChangedAt)?,
        };
        StoredHash::parse(hash)?;
        if account.password_hash.contains(char::is_control) {
            return Err(Rejection::ControlInHash);
        }
        Ok(UserRow { account, is_banned_for_a_time: is_banned && ban_ends.is_some() && !is_disabled })
    }

    /// The name of a column in this table.
    fn column(&self, role: Role) -> String {
        let name = self.columns.position(role).and_then(|position| self.names.get(position));
        name.map_or_else(|| role.name().to_owned(), Clone::clone)
    }

    fn text(&self, role: Role) -> Result<Option<&'a str>, Rejection> {
        match self.columns.position(role).map_or(Field::Empty, &self.field) {
            Field::Text("") | Field::Empty => Ok(None),
            Field::Text(text) => Ok(Some(text)),
            Field::Nested(_) => Err(Rejection::Nested { role, column: self.column(role) }),
        }
    }

    fn parsed<T>(
        &self,
        role: Role,
        parse: impl Fn(&str) -> Option<T>,
        rejection: impl Fn(String, String) -> Rejection,
    ) -> Result<Option<T>, Rejection> {
        let Some(text) = self.text(role)? else { return Ok(None) };
        parse(text).map(Some).ok_or_else(|| rejection(self.column(role), shortened(text)))
    }

    fn flag(&self, role: Role) -> Result<Option<bool>, Rejection> {
        self.parsed(role, flag, |column, value| Rejection::Flag { role, column, value })
    }

    /// The claims, which are JSON in a text, or in JSON Lines the object itself.
    fn claims(&self) -> Result<Option<Claims>, Rejection> {
        let field = self.columns.position(Role::Claims).map_or(Field::Empty, &self.field);
        match field {
            Field::Text("") | Field::Empty => Ok(None),
            Field::Text(json) | Field::Nested(json) => Ok(Some(Claims::parse(json)?)),
        }
    }

    /// The digest by which a later import knows this hash. An export has it, because its hash may be an upgraded one.
    fn imported_hash(&self, hash: &str) -> Result<String, Rejection> {
        let exported = self.text(Role::ImportedHash)?.filter(|text| hash_digest::is_one(text));
        Ok(exported.map_or_else(|| hash_digest::of(hash), str::to_owned))
    }

    fn seconds(&self, role: Role) -> Result<Option<i64>, Rejection> {
        self.parsed(role, |text| text.parse().ok(), |column, value| Rejection::Time { role, column, value })
    }
}

/// A flag as databases (`t`, `1`) and programs (`True`) write it.
fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "t" | "true" => Some(true),
        "0" | "f" | "false" => Some(false),
        _ => None,
    }
}

/// Enough of a value to find it by.
fn shortened(text: &str) -> String {
    text.chars().take(12).collect()
}
