//! A row that can be stored.

use accounts::{Account, Username, d1};
use passwords::StoredHash;

use super::{columns::Columns, rejection::Rejection};

/// A row that can be stored.
#[derive(Debug)]
pub(crate) struct UserRow {
    pub(crate) account: Account,
    /// The user's hash, parsed.
    pub(crate) hash: StoredHash,
}

impl UserRow {
    /// Parses the fields of a row. `field` returns the text of a column, or `None` where it is null.
    pub(super) fn parse<'a, T: Copy>(
        columns: &Columns<T>,
        field: impl Fn(T) -> Option<&'a str>,
    ) -> Result<Self, Rejection> {
        let filled = |column| field(column).filter(|text| !text.is_empty());
        let optional = |column: Option<T>| column.and_then(filled);
        let username = filled(columns.username).ok_or(Rejection::NoUsername)?;
        let hash = filled(columns.password_hash).ok_or(Rejection::NoHash)?;
        let disabled = optional(columns.disabled).map(|text| flag(d1::DISABLED, text)).transpose()?;
        let active = optional(columns.active).map(|text| flag("is_active", text)).transpose()?;
        let account = Account {
            username: Username::parse(username).ok_or(Rejection::Username)?,
            password_hash: hash.to_owned(),
            disabled: disabled.unwrap_or(false) || !active.unwrap_or(true),
            subject: None,
            claims: None,
            created_at: optional(columns.created_at).map(|text| time(d1::CREATED_AT, text)).transpose()?,
            changed_at: optional(columns.changed_at).map(|text| time(d1::CHANGED_AT, text)).transpose()?,
        };
        let hash = StoredHash::parse(hash)?;
        if account.password_hash.contains(char::is_control) {
            return Err(Rejection::ControlInHash);
        }
        Ok(Self { account, hash })
    }
}

/// A flag as databases (`t`, `1`) and programs (`True`) write it.
fn flag(column: &'static str, text: &str) -> Result<bool, Rejection> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "t" | "true" => Ok(true),
        "0" | "f" | "false" => Ok(false),
        _ => Err(Rejection::Flag { column, value: shortened(text) }),
    }
}

fn time(column: &'static str, text: &str) -> Result<i64, Rejection> {
    text.parse().map_err(|_| Rejection::Time { column, value: shortened(text) })
}

/// Enough of a value to find it by.
fn shortened(text: &str) -> String {
    text.chars().take(12).collect()
}
