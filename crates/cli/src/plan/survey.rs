//! Counts the users of a table, as an import would take them.

use accounts::UsernameCase;

use super::tally::Tally;
use crate::{error::Error, import::Users, table::Table};

/// Reads a table to its end. Names become what `case` makes of them.
pub(crate) fn survey(table: Table<'_>, case: UsernameCase) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    let mut users = Users::read(table, case, &mut |line, row| {
        tally.reject(line, &row.rejection);
        Ok(())
    })?;
    while let Some(user) = users.next(&mut |line, row| {
        tally.reject(line, &row.rejection);
        Ok(())
    })? {
        // A refused row was counted when it was rejected.
        if let Ok(account) = user {
            tally.add(&account);
        }
    }
    tally.warnings = users.warnings();
    tally.columns = users.headings;
    Ok(tally)
}
