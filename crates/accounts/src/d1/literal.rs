//! Strings in SQL.

use std::fmt;

/// A string as a literal of SQLite, which would end at a NUL: usernames and hashes have no control
/// characters.
pub(super) struct Literal<'a>(pub(super) &'a str);

impl fmt::Display for Literal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Wrangler removes transactions from SQL for the local database, even inside literals.
        let text = self.0.replace('\'', "''").replace("BEGIN TRANSACTION", "BEGIN'||' TRANSACTION");
        write!(f, "'{text}'")
    }
}

/// A string as a literal, or `NULL`.
pub(super) fn nullable(text: Option<&str>) -> String {
    text.map_or("NULL".to_owned(), |text| Literal(text).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::d1::test_database::database;

    #[test]
    fn a_literal_is_quoted_and_has_nothing_that_wrangler_removes() {
        let name = "o'hara BEGIN TRANSACTION;COMMIT; -- \"\\";
        let literal = Literal(name).to_string();
        assert_eq!(literal, "'o''hara BEGIN'||' TRANSACTION;COMMIT; -- \"\\'");
        let read: String = database().query_row(&format!("SELECT {literal}"), [], |row| row.get(0)).unwrap();
        assert_eq!(read, name);
    }
}
