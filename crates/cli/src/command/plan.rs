//! `edge-login plan`.

use std::{env, fs, path::Path, process::ExitCode};

use accounts::{UserStore, UsernameCase};

use super::{clock::now, progress};
use crate::{
    args::PlanArgs,
    error::Error,
    exit_code,
    io_error::IoError,
    output::Output,
    plan::{self, Assumptions, Measured, Report},
    store, table,
    wrangler::{Place, Wrangler},
};

/// How often a user is assumed to log in: once a week.
const LOGINS_PER_USER_AND_DAY: f64 = 1.0 / 7.0;

/// Reads a table and says what moving its users means. It stores nothing.
pub(super) fn plan(args: &PlanArgs, output: &Output) -> Result<ExitCode, Error> {
    let name = if args.file.as_os_str() == "-" { "standard input".to_owned() } else { args.file.display().to_string() };
    let (input, size) = table::open(&args.file)?;
    let bar = progress::reading(size);
    // A plan needs no project. In one, it takes what an import would take.
    let project = env::current_dir().ok().and_then(|folder| Wrangler::find(&folder, Place::Local).ok());
    let case = project.as_ref().map_or(Ok(UsernameCase::Exact), store::username_case)?;
    let configured = || project.as_ref().map_or(Ok(UserStore::D1), store::user_store);
    let store = args.store.map_or_else(configured, Ok)?;
    let tally = plan::survey(table::read(bar.wrap_read(input), &name, now())?, case)?;
    bar.finish_and_clear();
    let report = Report::new(name, &tally, &Measured::built_in()?, |users| Assumptions {
        store,
        logins_per_day: args.logins_per_day.unwrap_or(users * LOGINS_PER_USER_AND_DAY),
        refreshes_per_day: args.refreshes_per_day,
        changes_per_day: args.changes_per_day,
        upgrades_per_day: (store == UserStore::Kv).then_some(args.kv_upgrades_per_day),
    })?;
    if let Some(path) = &args.html {
        write(path, &plan::html(&report))?;
    }
    output.answer(&report, || plan::text(&report))?;
    Ok(if report.rejected > 0 { exit_code::INCOMPLETE.into() } else { ExitCode::SUCCESS })
}

fn write(path: &Path, page: &str) -> Result<(), IoError> {
    fs::write(path, page).map_err(IoError::of(format!("{} can't be written", path.display())))
}
