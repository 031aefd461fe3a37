//! The plan as one self-contained page: style and charts are in it, and there are no scripts. What the
//! charts show is also in tables. maud escapes all values.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    chart::{Bar, Caption, Curve, bars, curve},
    report::{FreePlan, Hashes, Outlook, PaidPlan, Report, Upgrades},
    text::{model, origin, small_print, verdict},
};
use crate::figures::{count, days, dollars, hundredths, mebibytes, milliseconds, percent, real, users};

const STYLE: &str = include_str!("page.css");
/// How many kinds of hashes get a bar, and a row in the table.
const BARS: usize = 12;
const ROWS: usize = 100;

pub(crate) fn html(report: &Report) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                // The page may load nothing, whatever it contains.
                meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { "Moving " (report.table) " to edge-login" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { "Moving " (report.table) " to edge-login" }
                    (cards(report))
                    (hashes(report))
                    (refused(report))
                    @if let Some(outlook) = &report.outlook {
                        (upgrades(outlook, &outlook.upgrades))
                        (free_plan(outlook, &outlook.free_plan))
                        (paid_plan(outlook, &outlook.paid_plan))
                    }
                }
            }
        }
    };
    page.into_string()
}

fn cards(report: &Report) -> Markup {
    let mut cards = vec![
        ("users who can log in", count(real(report.users))),
        ("disabled users", count(real(report.disabled))),
        ("rows that can't be used", count(real(report.rejected))),
    ];
    if let Some(outlook) = &report.outlook {
        let most = outlook.upgrades.milestones.iter().find(|milestone| milestone.part >= 0.9);
        let until = most.map(|most| most.days.map_or_else(|| "never".to_owned(), days)).unwrap_or_default();
        cards.push(("until 90 % are upgraded", until));
        cards.push(("first month, paid plan", dollars(outlook.paid_plan.first_month)));
    }
    html! {
        dl .cards {
            @for (name, value) in cards { div { dt { (name) } dd { (value) } } }
        }
    }
}

fn hashes(report: &Report) -> Markup {
    let all = real(report.users + report.disabled + report.rejected).max(1.0);
    let class = |current| if current { "current" } else { "old" };
    let shown = || report.hashes.iter().take(BARS);
    let part = |number: u64| percent(real(number) / all);
    let mut by_users: Vec<Bar> = shown()
        .map(|hashes| {
            let users = hashes.users + hashes.disabled;
            Bar {
                name: name(hashes),
                value: format!("{} · {}", count(real(users)), part(users)),
                length: real(users),
                class: class(hashes.current),
            }
        })
        .collect();
    if report.rejected > 0 {
        by_users.push(Bar {
            name: "can't be used".to_owned(),
            value: format!("{} · {}", count(real(report.rejected)), part(report.rejected)),
            length: real(report.rejected),
            class: "bad",
        });
    }
    let mut by_cpu: Vec<Bar> = shown()
        .map(|hashes| Bar {
            name: hashes.cost.clone(),
            value: milliseconds(hashes.cpu_ms),
            length: hashes.cpu_ms,
            class: class(hashes.current),
        })
        .collect();
    by_cpu.sort_by(|one, other| other.length.total_cmp(&one.length));
    by_cpu.dedup_by(|one, other| one.name == other.name);
    let words =
        |bars: &[Bar]| bars.iter().map(|bar| format!("{}: {}.", bar.name, bar.value)).collect::<Vec<_>>().join(" ");
    let users_caption = Caption { id: "users", title: "Users by hash", description: words(&by_users) };
    let cpu_caption = Caption { id: "cpu", title: "CPU of a login by hash", description: words(&by_cpu) };
    html! {
        section {
            h2 { "Hashes" }
            p .quiet {
                span .key .old {} "replaced at the owner's first login  "
                span .key .current {} "current  "
                span .key .bad {} "can't be used"
            }
            h3 { "Users" }
            (bars(&users_caption, &in_proportion(by_users), None))
            @if !report.hashes.is_empty() {
                h3 { "CPU of a login" }
                (bars(&cpu_caption, &in_proportion(by_cpu), None))
                div .table .wide {
                    table .wide {
                        thead { tr {
                            th scope="col" { "Format" } th scope="col" { "Cost" }
                            @for name in ["Users", "Disabled", "CPU", "Memory"] { th .number scope="col" { (name) } }
                            th scope="col" { "" }
                        } }
                        tbody {
                            @for hashes in report.hashes.iter().take(ROWS) {
                                tr {
                                    th scope="row" { (hashes.format) }
                                    td { (hashes.cost) }
                                    td .number { (count(real(hashes.users))) }
                                    td .number { (count(real(hashes.disabled))) }
                                    td .number { (milliseconds(hashes.cpu_ms)) }
                                    td .number { (mebibytes(hashes.memory_bytes)) }
                                    td { @if hashes.current { "current" } @else { "to replace" } }
                                }
                            }
                        }
                    }
                }
                @if report.hashes.len() > ROWS { p .quiet { "and " (report.hashes.len() - ROWS) " more kinds of hashes" } }
                p .quiet { (origin(report)) }
            }
        }
    }
}

/// Format and cost, without repeating what both contain.
fn name(Hashes { format, cost, .. }: &Hashes) -> String {
    let dashed = format.replace('_', "-");
    if *cost == dashed {
        return dashed;
    }
    let mut parts = cost.match_indices('-').map(|(at, _)| cost.split_at(at));
    match parts.rfind(|(function, _)| dashed.ends_with(function)) {
        Some((_, parameters)) => format!("{format} · {}", parameters.trim_start_matches('-')),
        None => format!("{format} · {cost}"),
    }
}

/// Scales the bars so that the longest has the length 1.
fn in_proportion(mut bars: Vec<Bar>) -> Vec<Bar> {
    let longest = bars.iter().map(|bar| bar.length).fold(f64::MIN_POSITIVE, f64::max);
    for bar in &mut bars {
        bar.length /= longest;
    }
    bars
}

fn refused(report: &Report) -> Markup {
    html! {
        @if !report.refused.is_empty() {
            section {
                h2 { "Rows that can't be used" }
                p { "These users can't log in here with the hashes they have. They need new passwords, or stay where they are." }
                div .table .wide {
                    table .wide {
                        thead { tr {
                            th .number scope="col" { "Rows" } th .number scope="col" { "First line" } th scope="col" { "Why" }
                        } }
                        tbody {
                            @for refused in &report.refused {
                                tr {
                                    td .number { (count(real(refused.users))) }
                                    td .number { (refused.first_line) }
                                    td .why { (refused.reason) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn upgrades(outlook: &Outlook, upgrades: &Upgrades) -> Markup {
    let end = upgrades.curve.last().map_or(1.0, |point| point.day).max(f64::MIN_POSITIVE);
    let points: Vec<(f64, f64)> = upgrades.curve.iter().map(|point| (point.day / end, point.left)).collect();
    let across: Vec<(f64, String)> = [0.0, 0.25, 0.5, 0.75, 1.0].map(|at| (at, days(end * at))).into();
    let up: Vec<(f64, String)> = [0.0, 0.25, 0.5, 0.75, 1.0].map(|at| (at, hundredths(at))).into();
    let reached = || upgrades.milestones.iter().filter_map(|milestone| Some((milestone.part, milestone.days?)));
    let dots: Vec<(f64, f64, String)> = reached()
        .map(|(part, day)| (day / end, 1.0 - part, format!("{} after {}", hundredths(part), days(day))))
        .collect();
    let description = dots.iter().map(|(_, _, words)| format!("Upgraded: {words}.")).collect::<Vec<_>>().join(" ");
    let caption = Caption { id: "upgrades", title: "Old hashes left, by day", description };
    html! {
        section {
            h2 { "Upgrades" }
            @if upgrades.old == 0 {
                p { "Every hash is current: there is nothing to upgrade." }
            } @else {
                p { (users(upgrades.old)) " can log in with an old hash. " (model(outlook)) }
                @if !points.is_empty() {
                    h3 { "Old hashes left" }
                    (curve(&caption, &Curve { points: &points, across: &across, up: &up, dots: &dots }))
                }
                div .table .wide {
                    table {
                        thead { tr { th scope="col" { "Upgraded" } th scope="col" { "After" } } }
                        tbody {
                            @for milestone in &upgrades.milestones {
                                tr {
                                    th scope="row" { (hundredths(milestone.part)) }
                                    td { (milestone.days.map_or_else(|| "never".to_owned(), days)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn free_plan(outlook: &Outlook, plan: &FreePlan) -> Markup {
    let longest = plan.limits.iter().map(super::report::Limit::share).fold(1.0, f64::max);
    let shares: Vec<Bar> = plan
        .limits
        .iter()
        .map(|limit| Bar {
            name: limit.name.to_owned(),
            value: percent(limit.share()),
            length: limit.share() / longest,
            class: if limit.share() > 1.0 { "bad" } else { "plain" },
        })
        .collect();
    let caption = Caption {
        id: "free",
        title: "How much of the free plan's daily limits is used",
        description: verdict(outlook),
    };
    html! {
        section {
            h2 { "Free plan" }
            p .verdict .no[!plan.suffices] { (verdict(outlook)) }
            h3 { "Daily limits used" }
            (bars(&caption, &shares, Some((1.0 / longest, "the limit"))))
            div .table .wide {
                table .wide {
                    thead { tr {
                        th scope="col" { "Per day" }
                        @for name in ["First day", "Later", "Limit", "Used"] { th .number scope="col" { (name) } }
                    } }
                    tbody {
                        @for limit in &plan.limits {
                            tr {
                                th scope="row" { (limit.name) }
                                @for number in [limit.first_day, limit.later_day, limit.per_day] { td .number { (count(number)) } }
                                td .number { (percent(limit.share())) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn paid_plan(outlook: &Outlook, plan: &PaidPlan) -> Markup {
    html! {
        section {
            h2 { "Paid plan" }
            p { (dollars(plan.first_month)) " in the first month, " (dollars(plan.later_month)) " in each later month." }
            div .table .wide {
                table .wide {
                    thead { tr {
                        th scope="col" { "Per month" }
                        @for name in ["First month", "", "Later", "", "Included"] { th .number scope="col" { (name) } }
                    } }
                    tbody {
                        @for billed in &plan.meters {
                            tr {
                                th scope="row" { (billed.name) }
                                td .number { (count(billed.first_month)) }
                                td .number { (dollars(billed.first_month_dollars)) }
                                td .number { (count(billed.later_month)) }
                                td .number { (dollars(billed.later_month_dollars)) }
                                td .number { (count(billed.included)) }
                            }
                        }
                    }
                    tfoot { tr {
                        th scope="row" { "Total with the plan's " (dollars(plan.subscription)) }
                        td .number {} td .number { (dollars(plan.first_month)) }
                        td .number {} td .number { (dollars(plan.later_month)) }
                        td {}
                    } }
                }
            }
            p .quiet { (small_print(outlook)) }
            p .quiet {
                "Prices: "
                @for (index, source) in outlook.price_sources.iter().enumerate() {
                    @if index > 0 { ", " }
                    (source.trim_start_matches("https://"))
                }
                "."
            }
        }
    }
}
