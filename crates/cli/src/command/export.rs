//! `edge-login user export`.

use std::{
    io::{self, Write},
    path::Path,
};

use serde::Serialize;

use accounts::{Account, Username, d1::COLUMNS};

use crate::{
    error::Error,
    figures::{counted, users},
    io_error::IoError,
    output::Output,
    private,
    store::{MalformedUser, Store},
};

/// Users per call of wrangler.
const PAGE: usize = 20_000;
/// How many of the users who are left out are named.
const MAX_NAMED: usize = 20;
/// What a formula begins with in a spreadsheet. A username and a hash have no control characters.
const FORMULA: [char; 4] = ['=', '+', '-', '@'];

#[derive(Serialize)]
struct Exported {
    exported: u64,
    /// Users of whom a spreadsheet would take a field for a formula.
    like_formulas: u64,
}

/// Writes all users as CSV, in order. Standard output gets the table and nothing else. Users whose record
/// is malformed are left out; the error that says so once the rest is written names the first of them.
pub(super) fn export(store: &Store, path: &Path, output: &Output) -> Result<(), Error> {
    let written = if path.as_os_str() == "-" {
        write(store, io::stdout().lock())?
    } else {
        let file = private::options()
            .create_new(true)
            .open(path)
            .map_err(IoError::of(format!("{} can't be written", path.display())))?;
        let written = write(store, file)?;
        let answer = Exported { exported: written.exported, like_formulas: written.like_formulas };
        output.answer(&answer, || format!("{} exported to {}", users(written.exported), path.display()))?;
        written
    };
    if written.like_formulas > 0 {
        output.warning(&format!(
            "{} with a character that a spreadsheet takes for the beginning of a formula: open the table in a spreadsheet \
             only as text. It is exported unchanged, so that an import reads the same",
            counted(written.like_formulas, "user has a field that begins", "users have a field that begins")
        ));
    }
    if written.left_out > 0 {
        return Err(Error::LeftOut { count: written.left_out, first: written.first_left_out });
    }
    Ok(())
}

#[derive(Default)]
struct Written {
    exported: u64,
    /// Users of whom a spreadsheet would take a field for a formula.
    like_formulas: u64,
    left_out: u64,
    first_left_out: Vec<Username>,
}

fn write(store: &Store, to: impl Write) -> Result<Written, Error> {
    let failed = |error: csv::Error| IoError::of("the table can't be written")(error.into());
    let mut table = csv::Writer::from_writer(to);
    table.write_record(COLUMNS).map_err(failed)?;
    let mut written = Written::default();
    for page in store.pages(PAGE)? {
        for user in page? {
            match user {
                Ok(account) => {
                    let record = record(&account);
                    written.like_formulas += u64::from(record.iter().any(|field| field.starts_with(FORMULA)));
                    table.write_record(record).map_err(failed)?;
                    written.exported += 1;
                }
                Err(MalformedUser(username)) => {
                    written.left_out += 1;
                    if written.first_left_out.len() < MAX_NAMED {
                        written.first_left_out.push(username);
                    }
                }
            }
        }
    }
    table.flush().map_err(IoError::of("the table can't be written"))?;
    Ok(written)
}

/// The fields of [`COLUMNS`].
fn record(account: &Account) -> [String; COLUMNS.len()] {
    let time = |time: Option<i64>| time.map(|time| time.to_string()).unwrap_or_default();
    [
        account.username.as_str().to_owned(),
        account.password_hash.clone(),
        u8::from(account.disabled).to_string(),
        time(account.created_at),
        time(account.changed_at),
        account.subject.as_ref().map(|subject| subject.as_str().to_owned()).unwrap_or_default(),
        account.claims.as_ref().map(|claims| claims.as_json().to_owned()).unwrap_or_default(),
        account.imported_hash.clone().unwrap_or_default(),
    ]
}
