use std::{
    io::{self, Write},
    path::Path,
};

use serde::Serialize;

use crate::{error::Error, output::Output, private, store::Store, user::User};

/// Users per call of wrangler.
const PAGE: usize = 20_000;

#[derive(Serialize)]
struct Exported {
    exported: u64,
}

/// Writes all users as CSV, in order. Standard output has the table and nothing else.
pub(super) fn export(store: &Store, path: &Path, output: &Output) -> Result<(), Error> {
    if path.as_os_str() == "-" {
        return write(store, io::stdout().lock()).map(drop);
    }
    let file = private::options()
        .create_new(true)
        .open(path)
        .map_err(Error::io(format!("{} can't be written", path.display())))?;
    let exported = write(store, file)?;
    output.answer(&Exported { exported }, || format!("{exported} users are in {}", path.display()))
}

fn write(store: &Store, to: impl Write) -> Result<u64, Error> {
    let failed = |error: csv::Error| Error::io("the table can't be written")(error.into());
    let mut table = csv::Writer::from_writer(to);
    table.write_record(["username", "password_hash", "disabled", "created_at", "changed_at"]).map_err(failed)?;
    let mut exported = 0;
    for page in store.pages(PAGE)? {
        for user in page? {
            table.write_record(record(&user)).map_err(failed)?;
            exported += 1;
        }
    }
    table.flush().map_err(Error::io("the table can't be written"))?;
    Ok(exported)
}

fn record(user: &User) -> [String; 5] {
    let time = |time: Option<i64>| time.map(|time| time.to_string()).unwrap_or_default();
    [
        user.username.as_str().to_owned(),
        user.password_hash.clone(),
        u8::from(user.disabled).to_string(),
        time(user.created_at),
        time(user.changed_at),
    ]
}
