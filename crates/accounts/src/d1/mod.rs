//! The SQL of the table `users` in D1, which `migrations/` creates.
//!
//! The Worker binds values: see [`FIND`], [`REPLACE_HASH`] and [`set`]. The command line hands wrangler complete
//! statements, with literals in them.

mod change;
mod columns;
mod insert;
mod literal;
mod login;
mod row;
mod statements;
#[cfg(test)]
mod test_database;

pub use change::{CREATE_MISSING, PAGE, READ, StoredRow, Value, new_users, set};
pub use columns::{
    CHANGED_AT, CLAIMS, COLUMNS, CREATED_AT, DISABLED, EMAIL, IMPORTED_HASH, PASSWORD_HASH, SUBJECT, USERNAME, VERSION,
};
pub use insert::{insert, insert_missing};
pub use login::{FIND, REPLACE_HASH};
pub use row::{Count, MalformedRow, Row, user};
pub use statements::{
    COUNT, delete, select, select_page, select_range, select_sample, set_disabled, set_password, update,
};
