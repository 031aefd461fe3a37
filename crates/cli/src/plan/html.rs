//! The report as one page that needs nothing else.

use std::fmt::Write;

use super::{
    chart::{Bar, bars, curve, escape},
    model,
    report::{FormatLine, Report, float},
    text::{mebibytes, millis, sentences, thousands},
};

const STYLE: &str = "\
:root { color-scheme: light dark; --ink: #1c2430; --dim: #667085; --line: #d9dee7; --paper: #fff; --accent: #2f6fed; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --dim: #98a2b3; --line: #344054; --paper: #12161d; --accent: #6ea0ff; } }
body { margin: 2.5rem auto; max-width: 60rem; padding: 0 1.5rem; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2.5rem 0 .5rem; }
.dim { color: var(--dim); } .tiles { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1.5rem 0; padding: 0; list-style: none; }
.tiles li { flex: 1 1 9rem; border: 1px solid var(--line); border-radius: 10px; padding: .8rem 1rem; } .tiles b { display: block; font-size: 1.5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; } th, td { padding: .4rem .6rem; border-bottom: 1px solid var(--line); text-align: left; }
th { color: var(--dim); font-weight: 500; } .number { text-align: right; } code { font-size: .9em; }
svg { width: 100%; height: auto; font-size: 13px; } svg text { fill: var(--dim); } svg .value { fill: var(--ink); }
.bar { fill: var(--accent); } .grid { stroke: var(--line); } .curve { fill: none; stroke: var(--accent); stroke-width: 2.5; }";

/// Most bars that a chart has.
const MOST_BARS: usize = 20;

/// The whole page.
pub(crate) fn html(report: &Report) -> String {
    let table = escape(&report.table);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>Plan for {table}</title>\n<style>\n{STYLE}\n</style>\n<h1>Moving {table} to edge-login</h1>\n"
    );
    tiles(&mut page, report);
    chart(&mut page, "Users per hash", report, |line| (float(line.users), thousands(line.users)));
    chart(&mut page, "CPU of one login", report, |line| (line.cpu_ms, millis(line.cpu_ms)));
    formats(&mut page, report);
    if !report.rejected.is_empty() {
        page += "<h2>Rows that can't be used</h2>\n<table><tr><th>reason<th class=\"number\">rows</tr>\n";
        for rejected in &report.rejected {
            let (reason, rows) = (escape(&rejected.reason), thousands(rejected.rows));
            let _ = writeln!(page, "<tr><td>{reason}<td class=\"number\">{rows}</tr>");
        }
        page += "</table>\n";
    }
    progress(&mut page, report);
    page += "<h2>In words</h2>\n<ul>\n";
    for sentence in sentences(report) {
        let _ = writeln!(page, "<li>{}</li>", escape(&sentence));
    }
    page + "</ul>\n</html>\n"
}

fn tiles(page: &mut String, report: &Report) {
    let rejected: u64 = report.rejected.iter().map(|rejected| rejected.rows).sum();
    let days =
        report.milestones.iter().find(|milestone| milestone.percent == 90).map_or(0.0, |milestone| milestone.days);
    let price = report.stores.first().map_or(0.0, |plan| plan.paid_plan_first_month);
    let tiles = [
        (thousands(report.users), "users can be imported"),
        (thousands(rejected), "rows can't be used"),
        (thousands(report.to_upgrade), "hashes to upgrade"),
        (format!("{days:.0} days"), "until 90 % have logged in"),
        (format!("${price:.2}"), "first month, paid plan, D1"),
    ];
    *page += "<ul class=\"tiles\">\n";
    for (value, what) in tiles {
        let _ = writeln!(page, "<li><b>{value}</b><span class=\"dim\">{what}</span></li>");
    }
    *page += "</ul>\n";
}

fn chart(page: &mut String, title: &str, report: &Report, of: impl Fn(&FormatLine) -> (f64, String)) {
    let bar = |line: &FormatLine| {
        let (value, text) = of(line);
        Bar { label: format!("{} · {}", line.format, line.cost), value, text }
    };
    let lines: Vec<Bar> = report.formats.iter().take(MOST_BARS).map(bar).collect();
    let _ = writeln!(page, "<h2>{title}</h2>\n{}", bars(title, &lines));
}

fn formats(page: &mut String, report: &Report) {
    *page += "<h2>All hashes</h2>\n<table><tr><th>format<th>cost<th class=\"number\">users<th class=\"number\">CPU a login\
              <th class=\"number\">memory<th>at the first login</tr>\n";
    for line in &report.formats {
        let _ = writeln!(
            page,
            "<tr><td>{}<td><code>{}</code><td class=\"number\">{}<td class=\"number\">{}<td class=\"number\">{}<td>{}</tr>",
            line.format,
            line.cost,
            thousands(line.users),
            millis(line.cpu_ms),
            mebibytes(line.memory_mib),
            if line.current { "stays" } else { "becomes Argon2id" },
        );
    }
    *page += "</table>\n";
}

fn progress(page: &mut String, report: &Report) {
    let title = "Users who have logged in, and so were upgraded";
    let end = report.milestones.last().map_or(1.0, |milestone| milestone.days);
    let share = |days| model::upgraded(days, float(report.users), report.logins_per_day);
    let _ = writeln!(page, "<h2>{title}</h2>\n{}", curve(title, end, share));
}
