//! `edge-login user import`.

use std::{
    collections::BTreeMap,
    io::{self, Read},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::mpsc::sync_channel,
    thread,
};

use accounts::{Account, Username};
use passwords::Cost;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{clock::now, progress};
use crate::{
    error::Error,
    exit_code,
    figures::{rows, users},
    import::{Journal, Loader, Rejected, Sorted, SortedRow, Sorter},
    io_error::IoError,
    output::Output,
    store::Store,
    table::{self, Rejection, UserRow},
};

/// What came of an import.
#[derive(Serialize)]
struct Imported {
    added: u64,
    /// Users who existed already, and stay as they were.
    there_already: u64,
    /// Rows that can't be used.
    rejected: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected_file: Option<PathBuf>,
    /// What `UNKNOWN_USER_FORMAT` should say: the most common cost among the rows.
    unknown_user_format: Option<String>,
}

/// What is known once the whole table is read.
struct Table {
    rows: Sorted,
    count: u64,
    costs: BTreeMap<Cost, u64>,
    /// Identifies the file.
    digest: Sha256,
}

/// Reads the whole table, then stores its users in order. Nothing is stored of a table that can't
/// be read to its end.
pub(super) fn import(
    store: &Store,
    path: &Path,
    rejected: Option<PathBuf>,
    output: &Output,
) -> Result<ExitCode, Error> {
    let mut rejected = Rejected::new(rejected.unwrap_or_else(|| beside(path)));
    let (table, loader) = thread::scope(|scope| {
        // Wrangler takes a second or more to say which users exist.
        let loader = scope.spawn(|| Loader::start(store, now()));
        (read(path, &mut rejected), loader.join())
    });
    let (table, loader) = (table?, loader.map_err(|_| Error::Panicked)??);
    let journal = Journal::of(table.digest, store);
    let (users, added) = load(loader, table.rows, table.count, &journal, &mut rejected)?;
    rejected.flush()?;
    journal.remove().map_err(IoError::of("the journal of the import can't be removed"))?;

    let most = table.costs.into_iter().max_by_key(|(_, users)| *users);
    let imported = Imported {
        added,
        there_already: users.saturating_sub(added),
        rejected: rejected.count,
        rejected_file: (rejected.count > 0).then_some(rejected.path),
        unknown_user_format: most.map(|(cost, _)| cost.to_string()),
    };
    output.answer(&imported, || imported.text())?;
    Ok(if imported.rejected > 0 { exit_code::INCOMPLETE.into() } else { ExitCode::SUCCESS })
}

/// `users.csv` has its rejected rows in `users.csv.rejected.csv`.
fn beside(path: &Path) -> PathBuf {
    let name = if path.as_os_str() == "-" { "import".into() } else { path.as_os_str().to_owned() };
    let mut name = name;
    name.push(".rejected.csv");
    name.into()
}

fn read(path: &Path, rejected: &mut Rejected) -> Result<Table, Error> {
    let temporary = || IoError::of("a temporary file can't be written");
    let (input, size) = table::open(path)?;
    let bar = progress::reading(size);
    let mut input = Digested { input, digest: Sha256::new() };
    let mut sorter = Sorter::new();
    let mut costs = BTreeMap::new();
    let mut count = 0;
    for line in table::read(bar.wrap_read(&mut input), &path.display().to_string())? {
        let line = line?;
        match line.row {
            Err(rejection) => rejected.push(line.number, &rejection)?,
            Ok(UserRow { account, hash }) => {
                *costs.entry(hash.cost()).or_default() += 1;
                count += 1;
                sorter.push(SortedRow { line: line.number, account }).map_err(temporary())?;
            }
        }
    }
    bar.finish_and_clear();
    let rows = sorter.sorted().map_err(temporary())?;
    Ok(Table { rows, count, costs, digest: input.digest })
}

/// Stores the rows, each username once, and prepares a batch while the one before is stored. Returns
/// how many users the table has, and how many of them were added.
fn load(
    mut loader: Loader,
    rows: Sorted,
    count: u64,
    journal: &Journal,
    rejected: &mut Rejected,
) -> Result<(u64, u64), Error> {
    let bar = progress::storing(count);
    let size = loader.batch_size();
    thread::scope(|scope| {
        let (batches, prepared) = sync_channel::<Vec<Account>>(0);
        let storing = scope.spawn(move || -> Result<u64, Error> {
            for batch in prepared {
                let (users, last) = (batch.len() as u64, batch.last().map(|account| account.username.clone()));
                loader.load(batch)?;
                if let Some(last) = last {
                    journal.write(&last).map_err(IoError::of("the journal of the import can't be written"))?;
                }
                bar.inc(users);
            }
            bar.finish_and_clear();
            Ok(loader.finish()?)
        });
        // If storing fails, nothing receives the batches any more.
        let users =
            send_batches(rows, journal.stored_up_to().as_ref(), rejected, size, |batch| batches.send(batch).is_ok());
        drop(batches);
        let added = storing.join().map_err(|_| Error::Panicked)??;
        Ok((users?, added))
    })
}

/// Makes batches of the rows, each username once, without those that are stored already. Returns how
/// many usernames the table has.
fn send_batches(
    rows: Sorted,
    stored_up_to: Option<&Username>,
    rejected: &mut Rejected,
    size: usize,
    send: impl Fn(Vec<Account>) -> bool,
) -> Result<u64, Error> {
    let mut first: Option<(Username, u64)> = None;
    let mut users = 0;
    let mut batch = Vec::new();
    for row in rows {
        let SortedRow { line, account } = row.map_err(IoError::of("a temporary file can't be read"))?;
        match &first {
            Some((username, line_of_first)) if *username == account.username => {
                rejected.push(line, &Rejection::Duplicate(*line_of_first))?;
                continue;
            }
            _ => first = Some((account.username.clone(), line)),
        }
        users += 1;
        if stored_up_to.is_some_and(|last| account.username <= *last) {
            continue;
        }
        batch.push(account);
        if batch.len() >= size && !send(std::mem::take(&mut batch)) {
            return Ok(users);
        }
    }
    send(batch);
    Ok(users)
}

/// Computes the digest of what is read.
struct Digested<R> {
    input: R,
    digest: Sha256,
}

impl<R: Read> Read for Digested<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        if let Some(read) = buffer.get(..count) {
            self.digest.update(read);
        }
        Ok(count)
    }
}

impl Imported {
    fn text(&self) -> String {
        let Self { added, there_already, rejected, .. } = self;
        let mut lines = vec![format!("{} added", users(*added))];
        if *there_already > 0 {
            lines.push(format!("{} existed already and stayed unchanged", users(*there_already)));
        }
        if let Some(file) = &self.rejected_file {
            lines.push(format!("{} can't be used: see {}", rows(*rejected), file.display()));
        }
        match self.unknown_user_format.as_deref() {
            Some(format) if format != Cost::CURRENT.to_string() => lines.push(format!(
                "most hashes are {format}: until they are upgraded, set UNKNOWN_USER_FORMAT = \"{format}\", so that refusing \
                 an unknown user takes as long"
            )),
            _ => {}
        }
        lines.join("\n")
    }
}
