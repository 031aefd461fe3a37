//! `edge-login user import --sync`.

use std::{path::PathBuf, process::ExitCode};

use serde::Serialize;

use super::{
    ask,
    import::{beside, confirm_all_enabled, read},
    progress,
};
use crate::{
    api::Api,
    args::ImportArgs,
    error::Error,
    exit_code,
    figures::{counted, rows, users},
    output::Output,
    sync::{Disabling, Named, Plan, Sent, Share, send},
    table::{Headings, Rejected},
};

/// What a table changes, and what came of it.
#[derive(Serialize)]
struct Synced {
    columns: Headings,
    /// What people should look at.
    warnings: Vec<String>,
    add: Named,
    change: Named,
    /// Users whose rows can be used and say that they can't log in. `change` has them, too.
    disabled_by_row: u64,
    /// Users who are in no row.
    disable_gone: Named,
    /// Users whose rows can't be used, but say that they can't log in.
    disable_rejected: Named,
    /// Users who can log in, though their rows can't be used.
    rejected_but_enabled: u64,
    /// Rows that can't be used.
    rejected: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected_file: Option<PathBuf>,
    /// What was done; nothing if it was only planned.
    done: Option<Done>,
}

/// What was done.
#[derive(Serialize)]
struct Done {
    added: u64,
    changed: u64,
    /// Users who had become as their rows say before the service got to them.
    unchanged: u64,
    disabled: u64,
    /// Users who stay as they are, because somebody changed or created them meanwhile.
    changed_meanwhile: Named,
    /// Users whom the service did not store.
    refused: u64,
    /// The first of them, and why not.
    first_refused: Vec<(String, String)>,
}

/// Makes the users of a service those of a table.
pub(super) fn sync(api: &Api, args: ImportArgs, output: &Output) -> Result<ExitCode, Error> {
    let path = &args.file;
    let mut rejected = Rejected::new(args.rejected.unwrap_or_else(|| beside(path)));
    let (mut table, _) = read(path, api.username_case()?, &mut rejected)?;
    if !table.headings.say_who_is_disabled() && !args.all_enabled {
        confirm_all_enabled(&table, path)?;
    }
    let plan = Plan::of(&mut table, api, &mut |line, row| Ok(rejected.push(line, row)?))?;
    rejected.flush()?;
    let mut synced = Synced {
        warnings: table.warnings(),
        columns: table.headings,
        add: plan.additions.users.clone(),
        change: plan.changes.users.clone(),
        disabled_by_row: plan.disabled_by_row,
        disable_gone: plan.disabling.iter().filter(|disabling| disabling.is_gone).map(Disabling::name).collect(),
        disable_rejected: plan.disabling.iter().filter(|disabling| !disabling.is_gone).map(Disabling::name).collect(),
        rejected_but_enabled: plan.refused_but_enabled,
        rejected: rejected.count,
        rejected_file: (rejected.count > 0).then_some(rejected.path),
        done: None,
    };
    let is_empty = plan.is_empty();
    if !output.json {
        output.answer(&synced, || synced.plan())?;
    }
    let allowed = allowed(&plan, rejected.hidden, args.sync.max_disabled).and_then(|()| {
        let is_confirmed = is_empty || args.sync.yes || ask::can_ask(path) && ask::is_yes("Do this?")?;
        if is_confirmed { Ok(()) } else { Err(Error::NotConfirmed) }
    });
    if let Err(error) = allowed {
        if output.json {
            output.answer(&synced, String::new)?;
        }
        return Err(error);
    }
    let done = apply(api, plan)?;
    let is_complete = synced.rejected == 0 && done.refused == 0 && done.changed_meanwhile.count == 0;
    let text = done.text();
    synced.done = Some(done);
    if output.json || !is_empty {
        output.answer(&synced, || text)?;
    }
    Ok(if is_complete { ExitCode::SUCCESS } else { exit_code::INCOMPLETE.into() })
}

/// Refuses a plan that a broken table may have made.
fn allowed(plan: &Plan, hidden: u64, most: Share) -> Result<(), Error> {
    if hidden > 0 && plan.disabling.iter().any(|disabling| disabling.is_gone) {
        return Err(Error::HiddenUsers(hidden));
    }
    let (disabled, enabled) = (plan.disabled(), plan.enabled_here);
    if most.is_exceeded_by(disabled, enabled) {
        return Err(Error::TooManyDisabled { disabled, enabled, most });
    }
    Ok(())
}

/// Does what is planned. Whoever must not log in any more comes first.
fn apply(api: &Api, plan: Plan) -> Result<Done, Error> {
    let bar = progress::storing(plan.additions.users.count + plan.changes.users.count + plan.disabling.len() as u64);
    let (mut disabled, mut sent) = (0, Sent::default());
    for disabling in &plan.disabling {
        if api.disable(&disabling.username, disabling.version)? {
            disabled += 1;
        } else {
            sent.outdated.push(disabling.name());
        }
        bar.inc(1);
    }
    send(api, plan.changes, &bar, &mut sent)?;
    send(api, plan.additions, &bar, &mut sent)?;
    bar.finish_and_clear();
    let Sent { created, changed, unchanged, outdated, refused, first_refused } = sent;
    Ok(Done { added: created, changed, unchanged, disabled, changed_meanwhile: outdated, refused, first_refused })
}

impl Synced {
    fn plan(&self) -> String {
        let mut lines = vec![self.columns.text()];
        lines.extend(self.warnings.iter().cloned());
        let planned = [
            self.add.line("user will be added", "users will be added"),
            self.change.line("user will be changed", "users will be changed"),
            (self.disabled_by_row > 0)
                .then(|| format!("{} disabled by that", counted(self.disabled_by_row, "of them is", "of them are"))),
            self.disable_gone.line(
                "user is not in the table and will be disabled",
                "users are not in the table and will be disabled",
            ),
            self.disable_rejected.line(
                "user has a row that can't be used, but bars the user, and will be disabled",
                "users have rows that can't be used, but bar them, and will be disabled",
            ),
        ];
        let before = lines.len();
        lines.extend(planned.into_iter().flatten());
        if lines.len() == before {
            lines.push("Nothing differs.".to_owned());
        }
        if let Some(file) = &self.rejected_file {
            let file = file.display();
            lines.push(format!(
                "{} can't be used: {file} has the line, username, column and reason",
                rows(self.rejected)
            ));
        }
        if self.rejected_but_enabled > 0 {
            let enabled = counted(self.rejected_but_enabled, "user who exists here was", "users who exist here were");
            lines.push(format!("{enabled} rejected and can still log in"));
        }
        lines.join("\n")
    }
}

impl Done {
    fn text(&self) -> String {
        let mut lines =
            vec![format!("{} added, {} changed, {} disabled", users(self.added), self.changed, self.disabled)];
        if self.unchanged > 0 {
            lines.push(format!("{} as the table says already", counted(self.unchanged, "user was", "users were")));
        }
        lines.extend(
            self.changed_meanwhile
                .line("user was changed meanwhile and stays so", "users were changed meanwhile and stay so"),
        );
        if self.refused > 0 {
            lines.push(format!("{} not stored:", counted(self.refused, "user was", "users were")));
            lines.extend(self.first_refused.iter().map(|(username, why)| format!("  {username}: {why}")));
        }
        lines.join("\n")
    }
}
