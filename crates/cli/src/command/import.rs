//! `edge-login user import`.

use std::{
    collections::BTreeMap,
    io::{self, Read},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::mpsc::sync_channel,
    thread,
};

use accounts::{Account, Username, UsernameCase};
use passwords::{Cost, StoredHash};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{
    ask,
    clock::{now, now_ms},
    progress,
};
use crate::{
    args::ImportArgs,
    error::Error,
    exit_code,
    figures::{counted, rows, users},
    import::{Journal, Loaded, Loader, Row, Users},
    io_error::IoError,
    output::Output,
    store::{self, Store},
    table::{self, Given, Headings, Rejected},
    wrangler::Place,
};

/// How many users of the store are looked at to find the most common cost.
const SAMPLE: usize = 500;
/// About as many rows fit into a query, for which D1 makes no pause.
const ROWS_WITHOUT_PAUSE: u64 = 400;

/// What came of an import.
#[derive(Serialize)]
struct Imported {
    columns: Headings,
    added: u64,
    /// Users who existed already, and stay as they were.
    there_already: u64,
    /// Users who existed already, and whom `--update` changed.
    updated: u64,
    /// Users who existed already, and whom `--update` disabled: their rows can't be used, but say that they can't log in.
    disabled: u64,
    /// Users who exist and can log in, though `--update` could not use their rows.
    rejected_but_enabled: u64,
    /// Rows that can't be used.
    rejected: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected_file: Option<PathBuf>,
    /// What people should look at.
    warnings: Vec<String>,
    /// What `UNKNOWN_USER_FORMAT` should say: the most common cost in the store.
    unknown_user_format: Option<String>,
}

/// How the users are stored.
struct Loading<'a> {
    /// Users in a batch.
    size: usize,
    /// The last user whom an interrupted import stored.
    stored_up_to: Option<Username>,
    /// The columns to take over for existing users.
    update: Option<Given>,
    journal: &'a Journal,
}

/// Reads the whole table, then stores its users in order. Nothing is stored of a table that can't
/// be read to its end.
pub(super) fn import(store: &Store, args: ImportArgs, output: &Output) -> Result<ExitCode, Error> {
    let path = &args.file;
    let mut rejected = Rejected::new(args.rejected.unwrap_or_else(|| beside(path)));
    let case = store::username_case(store.wrangler())?;
    let (table, loader) = thread::scope(|scope| {
        // Wrangler takes a second or more to say which users exist.
        let loader = scope.spawn(|| Loader::start(store, args.update, now_ms()));
        (read(path, case, &mut rejected), loader.join())
    });
    let ((mut table, digest), loader) = (table?, loader.map_err(|_| Error::Panicked)??);
    if !table.headings.say_who_is_disabled() && !args.all_enabled {
        confirm_all_enabled(&table, path)?;
    }
    let update = args.update.then(|| table.headings.given());
    let journal = Journal::of(digest, store, case, args.update, now())?;
    let stored_up_to = journal.stored_up_to(store)?;
    let size = loader.batch_size(args.chunk_rows, args.update);
    let chunk = table.rows.min(size as u64);
    if matches!(store, Store::D1(_)) && store.wrangler().place == Place::Remote && chunk > ROWS_WITHOUT_PAUSE {
        output.warning(&format!(
            "the deployed D1 answers no queries while it stores a chunk, here of up to {}, and logins are refused with 503 \
             meanwhile. --chunk-rows makes the pauses shorter; chunks of some {ROWS_WITHOUT_PAUSE} rows make none",
            rows(chunk)
        ));
    }
    let plan = Loading { size, stored_up_to, update, journal: &journal };
    let (in_table, Loaded { added, updated, disabled, refused_but_enabled }) =
        load(loader, &mut table, &plan, &mut rejected)?;
    rejected.flush()?;
    journal.remove().map_err(IoError::of("the journal of the import can't be removed"))?;

    let imported = Imported {
        warnings: table.warnings(),
        columns: table.headings,
        added,
        there_already: in_table.saturating_sub(added + updated),
        updated,
        disabled,
        rejected_but_enabled: refused_but_enabled,
        rejected: rejected.count,
        rejected_file: (rejected.count > 0).then_some(rejected.path),
        unknown_user_format: most_common_cost(&store.sample(SAMPLE)?).map(|cost| cost.to_string()),
    };
    output.answer(&imported, || imported.text())?;
    Ok(if imported.rejected > 0 { exit_code::INCOMPLETE.into() } else { ExitCode::SUCCESS })
}

/// `users.csv` has its rejected rows in `users.csv.rejected.csv`.
pub(super) fn beside(path: &Path) -> PathBuf {
    let name = if path.as_os_str() == "-" { "import".into() } else { path.as_os_str().to_owned() };
    let mut name = name;
    name.push(".rejected.csv");
    name.into()
}

/// Reads the table to its end. Also returns the digest of the file.
pub(super) fn read(path: &Path, case: UsernameCase, rejected: &mut Rejected) -> Result<(Users, Sha256), Error> {
    let (input, size) = table::open(path)?;
    let bar = progress::reading(size);
    let mut input = Digested { input, digest: Sha256::new() };
    let table = table::read(bar.wrap_read(&mut input), &path.display().to_string(), now())?;
    let users = Users::read(table, case, &mut |line, row| Ok(rejected.push(line, row)?))?;
    bar.finish_and_clear();
    Ok((users, input.digest))
}

/// Asks at a terminal whether all users may be enabled, because the table does not say who is disabled.
pub(super) fn confirm_all_enabled(table: &Users, path: &Path) -> Result<(), Error> {
    let question = || format!("{}\nImport {} as enabled?", table.headings.text(), rows(table.rows));
    if ask::can_ask(path) && ask::is_yes(&question())? { Ok(()) } else { Err(Error::NobodySaysWhoIsDisabled) }
}

/// The most common cost of the enabled users' hashes.
fn most_common_cost(users: &[Account]) -> Option<Cost> {
    let mut costs = BTreeMap::<Cost, u64>::new();
    for user in users.iter().filter(|user| !user.disabled) {
        if let Ok(hash) = StoredHash::parse(&user.password_hash) {
            *costs.entry(hash.cost()).or_default() += 1;
        }
    }
    costs.into_iter().max_by_key(|(_, users)| *users).map(|(cost, _)| cost)
}

/// Stores the users, and prepares a batch while the one before is stored. Returns how many users the table
/// has, and how many of them were added and changed.
fn load(
    mut loader: Loader,
    table: &mut Users,
    loading: &Loading<'_>,
    rejected: &mut Rejected,
) -> Result<(u64, Loaded), Error> {
    let bar = progress::storing(table.rows);
    thread::scope(|scope| {
        let (batches, prepared) = sync_channel::<Vec<Row>>(0);
        let storing = scope.spawn(move || -> Result<Loaded, Error> {
            for batch in prepared {
                loader.load(&batch, loading.update)?;
                let mut accounts = batch.iter().flatten();
                let users = accounts.clone().count() as u64;
                if let Some(last) = accounts.next_back() {
                    loading
                        .journal
                        .write(&last.username)
                        .map_err(IoError::of("the journal of the import can't be written"))?;
                }
                bar.inc(users);
            }
            bar.finish_and_clear();
            Ok(loader.finish()?)
        });
        // If storing fails, nothing receives the batches any more.
        let users = send_batches(table, loading, rejected, |batch| batches.send(batch).is_ok());
        drop(batches);
        let changes = storing.join().map_err(|_| Error::Panicked)??;
        Ok((users?, changes))
    })
}

/// Makes batches of the users, without those that are stored already. In an update they include all whose rows can't be
/// used, so that all are counted. Returns how many users the table has.
fn send_batches(
    table: &mut Users,
    loading: &Loading<'_>,
    rejected: &mut Rejected,
    send: impl Fn(Vec<Row>) -> bool,
) -> Result<u64, Error> {
    let mut users = 0;
    let mut batch = Vec::new();
    while let Some(user) = table.next(&mut |line, row| Ok(rejected.push(line, row)?))? {
        let is_wanted = match &user {
            Ok(account) => {
                users += 1;
                loading.stored_up_to.as_ref().is_none_or(|last| account.username > *last)
            }
            Err(_) => loading.update.is_some(),
        };
        if !is_wanted {
            continue;
        }
        batch.push(user);
        if batch.len() >= loading.size && !send(std::mem::take(&mut batch)) {
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
        let Self { added, there_already, updated, disabled, rejected_but_enabled, rejected, .. } = self;
        let mut lines = vec![self.columns.text(), format!("{} added", users(*added))];
        if *updated > 0 {
            lines.push(format!("{} changed as the table says", users(*updated)));
        }
        if *there_already > 0 {
            lines.push(format!("{} existed already and stayed unchanged", users(*there_already)));
        }
        if let Some(file) = &self.rejected_file {
            let file = file.display();
            lines.push(format!("{} can't be used: {file} has the line, username, column and reason", rows(*rejected)));
        }
        if *disabled > 0 {
            let disabled = counted(*disabled, "of their users was", "of their users were");
            lines.push(format!("{disabled} disabled: the row says so, or has no password"));
        }
        if *rejected_but_enabled > 0 {
            let enabled = counted(*rejected_but_enabled, "user who exists here was", "users who exist here were");
            lines.push(format!("{enabled} rejected and can still log in"));
        }
        lines.extend(self.warnings.iter().cloned());
        match self.unknown_user_format.as_deref() {
            Some(format) if format != Cost::CURRENT.to_string() => lines.push(format!(
                "most hashes in the store are {format}: until they are upgraded, set UNKNOWN_USER_FORMAT = \"{format}\", so \
                 that refusing an unknown user takes as long as refusing one of these"
            )),
            _ => {}
        }
        lines.join("\n")
    }
}
