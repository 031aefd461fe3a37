//! The report for a terminal, and how numbers are written.

use std::fmt::Write;

use super::{
    model::Milestone,
    report::{Report, StorePlan},
};

/// The whole report.
pub(crate) fn text(report: &Report) -> String {
    let mut text = format!("{}: {} users can be imported\n\n", report.table, thousands(report.users));
    // Writing to a string can't fail.
    let _ = writeln!(text, "{:>12}  {:<22}{:<26}{:>13}{:>13}", "users", "format", "cost", "CPU a login", "memory");
    for line in &report.formats {
        let _ = writeln!(
            text,
            "{:>12}  {:<22}{:<26}{:>13}{:>13}",
            thousands(line.users),
            line.format,
            line.cost,
            millis(line.cpu_ms),
            mebibytes(line.memory_mib),
        );
    }
    for rejected in &report.rejected {
        let _ = writeln!(text, "{:>12}  can't be used: {}", thousands(rejected.rows), rejected.reason);
    }
    text.push('\n');
    for line in sentences(report) {
        let _ = writeln!(text, "{line}");
    }
    text
}

/// What is to be said apart from the table, in both forms of the report.
pub(super) fn sentences(report: &Report) -> Vec<String> {
    let mut lines = vec![format!(
        "{} users are upgraded to Argon2id when they log in. At {} logins a day, all users alike: {}.",
        thousands(report.to_upgrade),
        rounded(report.logins_per_day),
        report.milestones.iter().map(milestone).collect::<Vec<_>>().join(", "),
    )];
    lines.push("Busy users are sooner, and some never come: the last percents take longer than that.".to_owned());
    lines.extend(report.stores.iter().flat_map(store));
    if let Some(format) = &report.unknown_user_format {
        lines.push(format!("Most common is {format}: until those are upgraded, set UNKNOWN_USER_FORMAT = \"{format}\", so that an unknown user costs as much."));
    }
    let measured = &report.measured;
    lines.push(format!(
        "CPU was measured in workerd {} on {}, on {}: Cloudflare's machines differ. Prices are of {}; logins that fail, \
         storage and other Workers are left out.",
        measured.workerd, measured.date, measured.machine, report.prices_of,
    ));
    lines
}

fn milestone(Milestone { percent, days }: &Milestone) -> String {
    format!("{percent} % after {}", days_text(*days))
}

fn store(plan: &StorePlan) -> Vec<String> {
    let name = plan.store;
    let mut lines = Vec::new();
    if let Some(days) = plan.days_by_quota {
        lines.push(format!(
            "With {name} upgrades also have a quota: at the usual KV_UPGRADES_PER_DAY = 500, 90 % take {} at least.",
            days_text(days)
        ));
    }
    if let Some(limit) = &plan.free_plan {
        let verdict = if plan.fits_free_plan { "suffices" } else { "does not suffice" };
        lines.push(format!(
            "With {name} the free plan {verdict}: the first day takes {} % of its {}.",
            rounded(100.0 * limit.share()),
            limit.of
        ));
    }
    lines.push(format!(
        "With {name} the paid plan costs ${:.2} in the first month, then ${:.2} a month.",
        plan.paid_plan_first_month, plan.paid_plan_later
    ));
    lines
}

pub(super) fn millis(millis: f64) -> String {
    if millis < 100.0 { format!("{millis:.1} ms") } else { format!("{millis:.0} ms") }
}

pub(super) fn mebibytes(mebibytes: f64) -> String {
    if mebibytes < 0.1 { "< 0.1 MiB".to_owned() } else { format!("{mebibytes:.1} MiB") }
}

fn days_text(days: f64) -> String {
    if days < 1.5 { "a day".to_owned() } else { format!("{} days", rounded(days)) }
}

/// A positive number without fractions, and with commas.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn rounded(number: f64) -> String {
    if number < 10.0 {
        format!("{number:.1}").trim_end_matches(".0").to_owned()
    } else {
        thousands(number.round() as u64)
    }
}

pub(super) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
