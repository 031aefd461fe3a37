//! The names of users in paths and lines.

use accounts::{Username, UsernameCase};

/// The name under which a user is stored; `None` if nobody can have this name. `.` and `..` can't be in a path: clients and
/// routers resolve them.
pub(super) fn username(name: &str, case: UsernameCase) -> Option<Username> {
    Username::parse(&case.apply(name)).filter(|username| !matches!(username.as_str(), "." | ".."))
}
