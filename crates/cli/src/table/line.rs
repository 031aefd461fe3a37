//! A row and where it stands.

use accounts::Account;

use super::rejection::Rejection;

/// A row of the table.
pub(crate) struct Line {
    /// The line at which the row starts, counted from 1.
    pub(crate) number: u64,
    pub(crate) row: Result<UserRow, RejectedRow>,
}

/// A row that can be stored.
#[derive(Debug)]
pub(crate) struct UserRow {
    pub(crate) account: Account,
    /// Whether the user is disabled only because of a ban that ends one day.
    pub(crate) is_banned_for_a_time: bool,
}

/// A row that can't be used.
#[derive(Debug)]
pub(crate) struct RejectedRow {
    /// The username, if the row has one that can be read.
    pub(crate) username: Option<String>,
    /// The column that is to blame, as the table names it; `None` if it is the whole row.
    pub(crate) column: Option<String>,
    pub(crate) rejection: Rejection,
    /// Whether the row says that nobody can log in as this user: it disables the user, or has no password.
    pub(crate) bars_login: bool,
}

impl RejectedRow {
    /// Whether a user may be in this row whose name can't be read. A row of many lines may have swallowed others.
    pub(super) fn hides_a_user(&self) -> bool {
        match self.rejection {
            Rejection::ManyLines(_) => true,
            Rejection::NoUsername => false,
            _ => self.username.is_none(),
        }
    }
}

impl From<Rejection> for RejectedRow {
    /// A row that can't be read at all.
    fn from(rejection: Rejection) -> Self {
        Self { username: None, column: None, rejection, bars_login: false }
    }
}
