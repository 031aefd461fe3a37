//! Why a row can't be used.

use accounts::ClaimsError;
use passwords::HashError;

use super::columns::Role;

/// Why a row can't be used. It quotes no hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Rejection {
    #[error("the row is not a JSON object: the error is at column {column}")]
    NotJson { column: usize },
    #[error("the row has {found} {}, but the header has {expected}", if *.found == 1 { "field" } else { "fields" })]
    FieldCount { found: usize, expected: usize },
    #[error("the row is not UTF-8")]
    NotUtf8,
    #[error("the row spans {0} lines: a closing quote may be missing")]
    ManyLines(u64),
    #[error("there is no username")]
    NoUsername,
    #[error("the username must be 1 to 256 bytes without control characters")]
    Username,
    #[error("there is no password hash")]
    NoHash,
    #[error("the password hash contains control characters")]
    ControlInHash,
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error("the column {column} must be true or false, but it is {value:?}")]
    Flag { role: Role, column: String, value: String },
    #[error("the column {column} must be a Unix time in whole seconds, but it is {value:?}")]
    Time { role: Role, column: String, value: String },
    #[error("the column {column} must be a date with a time, or a Unix time, but it is {value:?}")]
    Instant { role: Role, column: String, value: String },
    #[error("the column {column} must be a single value, but it is an array or an object")]
    Nested { role: Role, column: String },
    #[error("the subject must be 1 to 256 bytes without control characters")]
    Subject,
    #[error(transparent)]
    Claims(#[from] ClaimsError),
    #[error("the username is already in line {0}")]
    Duplicate(u64),
    #[error("the subject is already in line {0}")]
    SubjectTwice(u64),
    #[error(
        "the user has no subject, and the username is the subject in line {0}: their tokens would name the same user"
    )]
    UsernameIsSubject(u64),
    #[error("in lower case the username is that of line {0}, too: neither row is used")]
    Collision(u64),
}

impl Rejection {
    /// What the column holds that is to blame; `None` if it is the whole row.
    pub(crate) fn role(&self) -> Option<Role> {
        match self {
            Self::NotJson { .. } | Self::FieldCount { .. } | Self::NotUtf8 | Self::ManyLines(_) => None,
            Self::NoUsername
            | Self::Username
            | Self::Duplicate(_)
            | Self::Collision(_)
            | Self::UsernameIsSubject(_) => Some(Role::Username),
            Self::NoHash | Self::ControlInHash | Self::Hash(_) => Some(Role::PasswordHash),
            Self::Subject | Self::SubjectTwice(_) => Some(Role::Subject),
            Self::Claims(_) => Some(Role::Claims),
            Self::Flag { role, .. }
            | Self::Time { role, .. }
            | Self::Instant { role, .. }
            | Self::Nested { role, .. } => Some(*role),
        }
    }

    /// The reason without what only this row has, so that rows can be counted by it.
    pub(crate) fn in_general(&self) -> String {
        match self {
            Self::NotJson { .. } => "the row is not a JSON object".to_owned(),
            Self::FieldCount { .. } => "the row has more or fewer fields than the header".to_owned(),
            Self::ManyLines(_) => "the row spans several lines: a closing quote may be missing".to_owned(),
            Self::Duplicate(_) => "the username is already in an earlier line".to_owned(),
            Self::SubjectTwice(_) => "the subject is already in an earlier line".to_owned(),
            Self::UsernameIsSubject(_) => {
                "the user has no subject, and the username is another user's subject".to_owned()
            }
            Self::Collision(_) => "in lower case the username is that of another line: neither row is used".to_owned(),
            Self::Claims(ClaimsError::Long(_)) => "the claims are too long".to_owned(),
            Self::Flag { column, .. } => format!("the column {column} must be true or false"),
            Self::Time { column, .. } => format!("the column {column} must be a Unix time in whole seconds"),
            Self::Instant { column, .. } => format!("the column {column} must be a date with a time, or a Unix time"),
            _ => self.to_string(),
        }
    }
}
