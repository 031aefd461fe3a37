//! `edge-login user export`.

use std::{
    io::{self, Write},
    path::Path,
};

use serde::Serialize;

use accounts::{Account, d1::COLUMNS};

use crate::{
    error::Error,
    figures::users,
    io_error::IoError,
    output::Output,
    private,
    store::{MalformedUser, Store},
};

/// Users per call of wrangler.
const PAGE: usize = 20_000;

#[derive(Serialize)]
struct Exported {
    exported: u64,
}

/// Writes all users as CSV, in order. Standard output gets the table and nothing else. Users whose record
/// is malformed are left out, and named in the error that says so once the rest is written.
pub(super) fn export(store: &Store, path: &Path, output: &Output) -> Result<(), Error> {
    let left_out = if path.as_os_str() == "-" {
        write(store, io::stdout().lock())?.left_out
    } else {
        let file = private::options()
            .create_new(true)
            .open(path)
            .map_err(IoError::of(format!("{} can't be written", path.display())))?;
        let Written { exported, left_out } = write(store, file)?;
        output.answer(&Exported { exported }, || format!("{} exported to {}", users(exported), path.display()))?;
        left_out
    };
    if left_out.is_empty() { Ok(()) } else { Err(Error::LeftOut(left_out)) }
}

struct Written {
    exported: u64,
    left_out: Vec<String>,
}

fn write(store: &Store, to: impl Write) -> Result<Written, Error> {
    let failed = |error: csv::Error| IoError::of("the table can't be written")(error.into());
    let mut table = csv::Writer::from_writer(to);
    table.write_record(COLUMNS).map_err(failed)?;
    let mut written = Written { exported: 0, left_out: Vec::new() };
    for page in store.pages(PAGE)? {
        for user in page? {
            match user {
                Ok(account) => {
                    table.write_record(record(&account)).map_err(failed)?;
                    written.exported += 1;
                }
                Err(MalformedUser(username)) => written.left_out.push(format!("{:?}", username.as_str())),
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
    ]
}
