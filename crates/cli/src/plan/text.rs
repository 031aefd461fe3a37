//! The plan as text, for a terminal.

use std::fmt::Write;

use super::{
    measured::Origin,
    report::{Hashes, Outlook, Report},
};
use crate::figures::{count, counted, days, dollars, hundredths, mebibytes, milliseconds, percent, real, rows, users};

/// How many kinds of hashes are listed. The rest are summed up.
const SHOWN: usize = 20;

pub(crate) fn text(report: &Report) -> String {
    let sections = [
        Some(summary(report) + &remarks(report)),
        (!report.hashes.is_empty()).then(|| hashes(report)),
        (!report.refused.is_empty()).then(|| refused(report)),
        report.outlook.as_ref().map(outlook),
    ];
    sections.into_iter().flatten().collect::<Vec<_>>().join("\n")
}

/// What the table contains, in a sentence.
pub(super) fn summary(report: &Report) -> String {
    format!(
        "{}: {}. {} can log in, {} disabled, {} can't be used.\n",
        report.table,
        rows(report.rows),
        users(report.users),
        count(real(report.disabled)),
        count(real(report.rejected))
    )
}

/// Which columns are used, and what to look at.
fn remarks(report: &Report) -> String {
    let warnings = report.warnings.iter().map(|warning| format!("{warning}.\n"));
    report.columns.text() + "\n" + &warnings.collect::<String>()
}

/// Where and when the costs were measured.
pub(super) fn origin(report: &Report) -> String {
    let Origin { date, machine, workerd, .. } = &report.measured;
    format!(
        "CPU time and WebAssembly memory of a whole login, measured in workerd {workerd} on {date} on {machine}. Costs \
         that were not measured are scaled from the nearest one that was. Cloudflare's machines may be faster or slower."
    )
}

/// What refusing an unknown user should cost until most hashes are upgraded.
fn unknown_user(outlook: &Outlook) -> String {
    match outlook.unknown_user_format.as_str() {
        "argon2id" => String::new(),
        cost => format!(
            " Until most are upgraded, set UNKNOWN_USER_FORMAT = \"{cost}\", the most common cost, so that refusing an unknown \
             user takes as long."
        ),
    }
}

/// What the model assumes about logins.
pub(super) fn model(outlook: &Outlook) -> String {
    if outlook.assumptions.upgrades_per_day == Some(0) {
        let unknown = unknown_user(outlook);
        return format!("Old hashes stay in KV as they are, unless KV_UPGRADES_PER_DAY allows upgrades.{unknown}");
    }
    let limit = outlook.assumptions.upgrades_per_day.map_or_else(String::new, |most| {
        format!(" KV allows {} upgrades a day (KV_UPGRADES_PER_DAY); D1 has no such limit.", count(f64::from(most)))
    });
    format!(
        "At {} logins a day, each old hash becomes Argon2id when its owner first logs in.{limit} The model assumes that all \
         users log in equally often. In reality most hashes are upgraded sooner, and those of users who never return stay \
         old.{}",
        count(outlook.assumptions.logins_per_day),
        unknown_user(outlook)
    )
}

/// Whether the free plan is enough, and why.
pub(super) fn verdict(outlook: &Outlook) -> String {
    let Some(tightest) = outlook.free_plan.tightest() else { return String::new() };
    let (name, used) = (tightest.name, percent(tightest.share()));
    if outlook.free_plan.suffices {
        format!("The free plan is enough. {name} come closest to a daily limit, with {used} used.")
    } else {
        format!("The free plan is not enough. {name} exceed their daily limit most, with {used} used.")
    }
}

/// What the numbers of the plans include.
pub(super) fn small_print(outlook: &Outlook) -> String {
    format!(
        "Prices as of {}, without taxes, for an account that uses its included amounts for nothing else. Assumptions: every \
         login succeeds, each user has one network, and all users are in one region. Not counted: failed logins, storage \
         and logs. GUARD_SHARDS = \"{}\" remembers the networks of all users, one and a half each.",
        outlook.prices_of, outlook.guard_shards
    )
}

fn hashes(report: &Report) -> String {
    let all = real(report.users + report.disabled);
    let mut rows = vec![["FORMAT", "COST", "USERS", "", "CPU", "MEMORY", ""].map(str::to_owned)];
    rows.extend(report.hashes.iter().take(SHOWN).map(|hashes| {
        let users = real(hashes.users + hashes.disabled);
        [
            hashes.format.to_owned(),
            hashes.cost.clone(),
            count(users),
            percent(users / all),
            milliseconds(hashes.cpu_ms),
            mebibytes(hashes.memory_bytes),
            if hashes.current { "current".to_owned() } else { String::new() },
        ]
    }));
    let mut text = columns(&rows, "llrrrrl");
    let rest = report.hashes.get(SHOWN..).unwrap_or_default();
    if !rest.is_empty() {
        let sum = rest.iter().map(|Hashes { users, disabled, .. }| users + disabled).sum();
        let _ = writeln!(
            text,
            "and {}, of {}: --json lists them all",
            counted(rest.len() as u64, "more kind", "more kinds"),
            users(sum)
        );
    }
    text + &wrapped(&origin(report))
}

fn refused(report: &Report) -> String {
    let mut rows = vec![["CAN'T BE USED", "FIRST LINE", "WHY"].map(str::to_owned)];
    rows.extend(
        report
            .refused
            .iter()
            .map(|refused| [count(real(refused.users)), refused.first_line.to_string(), refused.reason.clone()]),
    );
    columns(&rows, "rrl")
}

fn outlook(outlook: &Outlook) -> String {
    let upgrades = &outlook.upgrades;
    let mut rows = vec![["UPGRADED".to_owned(), "AFTER".to_owned()]];
    rows.extend(
        upgrades
            .milestones
            .iter()
            .map(|milestone| [hundredths(milestone.part), milestone.days.map_or_else(|| "never".to_owned(), days)]),
    );
    let upgrading = if upgrades.old == 0 {
        "Every hash is current: there is nothing to upgrade.\n".to_owned()
    } else {
        columns(&rows, "rr") + &wrapped(&model(outlook))
    };

    let mut rows = vec![["FREE PLAN, PER DAY", "FIRST", "LATER", "LIMIT", "USED"].map(str::to_owned)];
    rows.extend(outlook.free_plan.limits.iter().map(|limit| {
        let share = percent(limit.share());
        [limit.name.to_owned(), count(limit.first_day), count(limit.later_day), count(limit.per_day), share]
    }));
    let free = columns(&rows, "lrrrr") + &wrapped(&verdict(outlook));

    let paid = &outlook.paid_plan;
    let mut rows = vec![["PAID PLAN, PER MONTH", "FIRST", "", "LATER", "", "INCLUDED"].map(str::to_owned)];
    rows.extend(paid.meters.iter().map(|billed| {
        [
            billed.name.to_owned(),
            count(billed.first_month),
            dollars(billed.first_month_dollars),
            count(billed.later_month),
            dollars(billed.later_month_dollars),
            count(billed.included),
        ]
    }));
    let [first, later] = [paid.first_month, paid.later_month].map(dollars);
    rows.push(
        [&format!("Total with the plan's {}", dollars(paid.subscription)), "", &first, "", &later, ""]
            .map(str::to_owned),
    );
    format!("{upgrading}\n{free}\n{}{}", columns(&rows, "lrrrrr"), wrapped(&small_print(outlook)))
}

/// Rows in columns, two spaces apart, each aligned to the left (`l`) or right (`r`).
fn columns<const N: usize>(rows: &[[String; N]], alignment: &str) -> String {
    let width = |column: usize| rows.iter().filter_map(|row| Some(row.get(column)?.chars().count())).max().unwrap_or(0);
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(alignment.chars()).enumerate().map(|(column, (cell, side))| match side {
            'r' => format!("{cell:>0$}", width(column)),
            _ => format!("{cell:<0$}", width(column)),
        });
        let _ = writeln!(text, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    text
}

/// Wraps words into lines that fit a terminal.
fn wrapped(words: &str) -> String {
    let (mut text, mut length) = (String::new(), 0);
    for word in words.split(' ') {
        if length > 0 && length + word.len() >= 100 {
            text.push('\n');
            length = 0;
        } else if length > 0 {
            text.push(' ');
        }
        text.push_str(word);
        length += word.len() + 1;
    }
    text + "\n"
}
