//! The columns of the table.

/// The primary key.
pub const USERNAME: &str = "username";
/// The stored hash, in any format.
pub const PASSWORD_HASH: &str = "password_hash";
/// 1 for a user who can't log in, else 0.
pub const DISABLED: &str = "disabled";
/// When the user was created, in Unix seconds.
pub const CREATED_AT: &str = "created_at";
/// When the password, or whether the user is disabled, last changed; in Unix seconds. 0 means that nobody knows.
pub const CHANGED_AT: &str = "changed_at";
/// The `sub` of the user's tokens, if it isn't the username.
pub const SUBJECT: &str = "subject";
/// What else the user's tokens carry: a JSON object.
pub const CLAIMS: &str = "claims";
/// A digest of the hash in the table that the user was last imported from.
pub const IMPORTED_HASH: &str = "imported_hash";

/// The version of the record, in milliseconds: see [`Version`](crate::Version). The command line writes it, and reads it
/// nowhere.
pub const VERSION: &str = "version";

/// An address that an application keeps beside the user. The command line neither reads nor writes it.
pub const EMAIL: &str = "email";

/// All columns but the version, the address and a reset that was asked for, in the order of the table. An export has the same.
pub const COLUMNS: [&str; 8] =
    [USERNAME, PASSWORD_HASH, DISABLED, CREATED_AT, CHANGED_AT, SUBJECT, CLAIMS, IMPORTED_HASH];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::d1::test_database::database;

    #[test]
    fn the_columns_are_those_of_the_table() {
        let database = database();
        let mut statement = database.prepare("SELECT name FROM pragma_table_info('users')").unwrap();
        let names = statement.query_map([], |row| row.get(0)).unwrap();
        let names = names.collect::<Result<Vec<String>, _>>().unwrap();
        assert_eq!(names, [COLUMNS.as_slice(), &[VERSION, EMAIL, "reset"]].concat());
    }
}
