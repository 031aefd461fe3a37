use accounts::{Account, Username, d1};
use passwords::{HashError, StoredHash};

use super::columns::Columns;

/// A row that can be stored.
#[derive(Debug)]
pub(crate) struct UserRow {
    pub(crate) user: Account,
    /// The user's hash, as it was understood.
    pub(crate) hash: StoredHash,
}

/// Why a row can't be used. Quotes no hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Rejection {
    #[error("the row is no JSON object: {0}")]
    NotJson(String),
    #[error("the row has {found} fields, the header {expected}")]
    FieldCount { found: usize, expected: usize },
    #[error("the row is no UTF-8")]
    NotUtf8,
    #[error("the row goes on over {0} lines: is a quote missing?")]
    ManyLines(u64),
    #[error("there is no username")]
    NoUsername,
    #[error("the username is no 1 to 256 bytes without control characters")]
    Username,
    #[error("there is no password hash")]
    NoHash,
    #[error("the password hash has control characters")]
    ControlInHash,
    #[error("{0}")]
    Hash(#[from] HashError),
    #[error("the column {column} has {text:?}, which is neither true nor false")]
    Flag { column: &'static str, text: String },
    #[error("the column {column} has {text:?}, which is no Unix time in seconds")]
    Time { column: &'static str, text: String },
    #[error("the username stands in line {0} already")]
    Duplicate(u64),
}

impl UserRow {
    /// Takes a row's fields: `field` gives the text of a column, nothing where it is null.
    pub(super) fn parse<'a, T: Copy>(
        columns: &Columns<T>,
        field: impl Fn(T) -> Option<&'a str>,
    ) -> Result<Self, Rejection> {
        let optional = |column: Option<T>| column.and_then(&field).filter(|text| !text.is_empty());
        let username = field(columns.username).filter(|text| !text.is_empty()).ok_or(Rejection::NoUsername)?;
        let hash = field(columns.password_hash).filter(|text| !text.is_empty()).ok_or(Rejection::NoHash)?;
        let disabled = optional(columns.disabled).map(|text| flag(d1::DISABLED, text)).transpose()?;
        let active = optional(columns.active).map(|text| flag("is_active", text)).transpose()?;
        let user = Account {
            username: Username::parse(username).ok_or(Rejection::Username)?,
            password_hash: hash.to_owned(),
            disabled: disabled.unwrap_or(false) || !active.unwrap_or(true),
            created_at: optional(columns.created_at).map(|text| time(d1::CREATED_AT, text)).transpose()?,
            changed_at: optional(columns.changed_at).map(|text| time(d1::CHANGED_AT, text)).transpose()?,
        };
        let hash = StoredHash::parse(hash)?;
        if user.password_hash.contains(char::is_control) {
            return Err(Rejection::ControlInHash);
        }
        Ok(Self { user, hash })
    }
}

/// As databases (`t`, `1`) and programs (`True`) write it.
fn flag(column: &'static str, text: &str) -> Result<bool, Rejection> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "t" | "true" => Ok(true),
        "0" | "f" | "false" => Ok(false),
        _ => Err(Rejection::Flag { column, text: text.chars().take(12).collect() }),
    }
}

fn time(column: &'static str, text: &str) -> Result<i64, Rejection> {
    text.parse().map_err(|_| Rejection::Time { column, text: text.chars().take(12).collect() })
}
