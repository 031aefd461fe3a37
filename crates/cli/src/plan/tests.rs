//! Plans of small tables, as data, text and page.

use accounts::{UserStore, UsernameCase};

use super::{Assumptions, Measured, Report, html, prices::Meter, survey, text};
use crate::table;

const BCRYPT: &str = "Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy";
const CURRENT: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$OOY0GHo6SbXSlO44AAAAAA$p7FY5BJ0aHKyK3Pl7t8scd9pE4lL/v4E/jowMsjbnMQ";

/// Round numbers that are easy to check.
fn measured() -> Measured {
    let mut measured = Measured::built_in().unwrap();
    measured.set(10.0, &[("bcrypt-10", 50.0), ("bcrypt-12", 200.0), ("argon2id", 30.0)]);
    measured
}

fn report(name: &str, table: &str, store: UserStore, logins_per_day: f64) -> Report {
    let tally = survey(table::read(table.as_bytes(), name, 0).unwrap(), UsernameCase::Exact).unwrap();
    let assume = |_| Assumptions {
        store,
        logins_per_day,
        refreshes_per_day: 0,
        changes_per_day: 0,
        upgrades_per_day: (store == UserStore::Kv).then_some(500),
    };
    Report::new(name.to_owned(), &tally, &measured(), assume).unwrap()
}

/// 600 users with bcrypt 12, 300 with 10, 100 with current hashes, 10 disabled, 3 that can't be used.
fn users() -> String {
    let row = |number: u32, hash: &str, disabled: bool| format!("user{number},\"{hash}\",{disabled}\n");
    let mut table = "username,password_hash,disabled\n".to_owned();
    for number in 0..1010 {
        table += &match number {
            0..600 => row(number, &format!("$2b$12${BCRYPT}"), false),
            600..900 => row(number, &format!("$2y$10${BCRYPT}"), false),
            900..1000 => row(number, CURRENT, false),
            _ => row(number, CURRENT, true),
        };
    }
    table + &row(1010, &format!("$2b$17${BCRYPT}"), false) + &row(1011, "!", true) + &row(1012, "!", false)
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-6 * expected.abs().max(1.0), "{found}, not {expected}");
}

#[test]
fn a_plan_says_what_can_be_calculated_by_hand() {
    let report = report("users.csv", &users(), UserStore::D1, 500.0);
    assert_eq!((report.rows, report.users, report.disabled, report.rejected), (1013, 1000, 10, 3));
    let hashes: Vec<_> = report
        .hashes
        .iter()
        .map(|hashes| (hashes.cost.as_str(), hashes.users, hashes.disabled, hashes.current))
        .collect();
    assert_eq!(hashes, [("bcrypt-12", 600, 0, false), ("bcrypt-10", 300, 0, false), ("argon2id", 100, 10, true)]);
    // The rest of a login takes 10 ms.
    near(report.hashes[0].cpu_ms, 210.0);
    near(report.hashes[2].cpu_ms, 40.0);
    assert_eq!(
        report.refused.iter().map(|refused| (refused.kind, refused.users)).collect::<Vec<_>>(),
        [("no_password", 2), ("too_much_work", 1)]
    );

    let outlook = report.outlook.unwrap();
    // One login in two days: 2 ln 2 and 2 ln 100 days.
    assert_eq!(outlook.upgrades.old, 900);
    near(outlook.upgrades.milestones[0].days.unwrap(), 1.386_294_361);
    near(outlook.upgrades.milestones[2].days.unwrap(), 9.210_340_372);
    near(outlook.upgrades.curve[0].left, 1.0);
    near(outlook.upgrades.curve.last().unwrap().left, 0.01);

    let limit = |meter| outlook.free_plan.limits.iter().find(|limit| limit.meter == meter).unwrap();
    near(limit(Meter::WorkerRequests).first_day, 500.0);
    // 900 (1 - e^-0.5) upgrades on the first day.
    near(limit(Meter::D1RowsWritten).first_day, 354.122_406);
    near(limit(Meter::D1RowsWritten).later_day, 0.0);
    // Old hashes take 150 ms on average: 500 × 10 + 500 × 30 ms, and 150 ms for each of 354.122.
    near(limit(Meter::ObjectGbSeconds).first_day, (20.0 + 0.150 * 354.122_406) * 0.128);
    near(limit(Meter::ObjectGbSeconds).later_day, 20.0 * 0.128);
    assert!(outlook.free_plan.suffices);
    near(outlook.paid_plan.first_month, 5.0);
    assert!(!outlook.paid_plan.meters.iter().any(|billed| billed.meter == Meter::KvReads));
}

#[test]
fn many_logins_cost_money_and_more_than_is_free() {
    let outlook = report("users.csv", &users(), UserStore::D1, 1_000_000.0).outlook.unwrap();
    assert!(!outlook.free_plan.suffices);
    let billed = |meter| outlook.paid_plan.meters.iter().find(|billed| billed.meter == meter).unwrap();
    // 30 million requests: 20 million beyond what is included, at $0.30.
    near(billed(Meter::WorkerRequests).later_month_dollars, 6.0);
    // 300 million ms: 270 million at $0.02.
    near(billed(Meter::WorkerCpuMs).later_month_dollars, 5.4);
    // 30 million and some alarms: beyond 29 million, which counts as 30 million at $0.15.
    near(billed(Meter::ObjectRequests).later_month_dollars, 4.5);
    // 30 million × 40 ms × 0.128 GB = 153,600, which is included.
    near(billed(Meter::ObjectGbSeconds).later_month, 153_600.0);
    near(billed(Meter::ObjectGbSeconds).later_month_dollars, 0.0);
    // 1,000 networks are renewed three times a month, and 64 alarms are set: far from 50 million.
    assert!(billed(Meter::ObjectRowsWritten).later_month < 3100.0);
    near(billed(Meter::ObjectRowsWritten).later_month_dollars, 0.0);
    near(outlook.paid_plan.later_month, 5.0 + 6.0 + 5.4 + 4.5);
}

#[test]
fn changes_are_in_each_day_and_month() {
    let tally = survey(table::read(users().as_bytes(), "users.csv", 0).unwrap(), UsernameCase::Exact).unwrap();
    let assume = |_| Assumptions {
        store: UserStore::Kv,
        logins_per_day: 1.0,
        refreshes_per_day: 0,
        changes_per_day: 1200,
        upgrades_per_day: Some(0),
    };
    let outlook = Report::new("users.csv".to_owned(), &tally, &measured(), assume).unwrap().outlook.unwrap();
    let limit = |meter| outlook.free_plan.limits.iter().find(|limit| limit.meter == meter).unwrap();
    near(limit(Meter::KvWrites).first_day, 1200.0);
    near(limit(Meter::KvWrites).later_day, 1200.0);
    assert!(!outlook.free_plan.suffices);
    let billed = |meter| outlook.paid_plan.meters.iter().find(|billed| billed.meter == meter).unwrap();
    near(billed(Meter::KvLists).first_month, 36_000.0);
    near(billed(Meter::KvLists).later_month, 36_000.0);
}

#[test]
fn kv_limits_the_upgrades_of_a_day() {
    let outlook = report("users.csv", &users(), UserStore::Kv, 1000.0).outlook.unwrap();
    // From 900 down to 500 left at 500 a day, then e^-t: 450 are left after 0.8 + ln(500 / 450) days.
    near(outlook.upgrades.milestones[0].days.unwrap(), 0.905_360_516);
    let limit = |meter| outlook.free_plan.limits.iter().find(|limit| limit.meter == meter).unwrap();
    // 400 and 500 (1 - e^-0.2).
    near(limit(Meter::KvWrites).first_day, 490.634_623);
    near(limit(Meter::KvReads).later_day, 1000.0);
    assert!(text(&report("users.csv", &users(), UserStore::Kv, 1000.0)).contains("KV_UPGRADES_PER_DAY"));
}

#[test]
fn the_text_has_tables() {
    let text = text(&report("users.csv", &users(), UserStore::D1, 500.0));
    let expected = "\
users.csv: 1,013 rows. 1,000 users can log in, 10 disabled, 3 can't be used.
Columns used: username, password_hash, disabled.

FORMAT    COST       USERS             CPU    MEMORY
bcrypt    bcrypt-12    600  59.4 %  210 ms   1.1 MiB
bcrypt    bcrypt-10    300  29.7 %   60 ms   1.1 MiB
argon2id  argon2id     110  10.9 %   40 ms  20.2 MiB  current
CPU time and WebAssembly memory of a whole login, measured in workerd ";
    assert!(text.starts_with(expected), "{text}");
    for part in [
        "
CAN'T BE USED  FIRST LINE  WHY
            2        1013  the user has no password
            1        1012  the bcrypt hash asks for 131072 rounds, but at most 32768 are allowed

UPGRADED    AFTER
    50 %   2 days
    90 %   5 days
    99 %  10 days
At 500 logins a day, each old hash becomes Argon2id",
        "\nWorker requests                ",
        "\nTotal with the plan's $5.00 ",
        "\nThe free plan is enough. ",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 120), "{text}");
}

#[test]
fn without_upgrades_no_hash_is_said_to_change() {
    let mut report = report("users.csv", &users(), UserStore::Kv, 1000.0);
    report.outlook.as_mut().unwrap().assumptions.upgrades_per_day = Some(0);
    let text = text(&report);
    assert!(text.contains("Old hashes stay in KV as they are, unless KV_UPGRADES_PER_DAY allows"), "{text}");
    assert!(!text.contains("becomes Argon2id"), "{text}");
}

#[test]
fn the_page_loads_nothing_and_escapes_its_input() {
    let name = "<script>alert('x')</script> & \"users\".csv";
    let page = html(&report(name, &users(), UserStore::D1, 1_000_000.0));
    assert!(page.contains("Moving &lt;script&gt;alert('x')&lt;/script&gt; &amp; &quot;users&quot;.csv to edge-login"));
    for absent in ["<script", "<link", "<img", "<iframe", "src=", "href=", "url(", "@import", "://"] {
        assert!(!page.contains(absent), "{absent}");
    }
    assert_eq!(page.matches("<svg ").count(), 4);
    for name in [">bcrypt · 12<", ">argon2id<", ">can't be used<"] {
        assert!(page.contains(name), "{name}");
    }
    for per_chart in ["role=\"img\"", "<title id=", "<desc id="] {
        assert_eq!(page.matches(per_chart).count(), 4, "{per_chart}");
    }
    // What the charts show is also in tables: hashes, reasons, milestones, limits, prices.
    assert_eq!(page.matches("<table").count(), 5);
    assert!(page.contains("prefers-color-scheme: dark") && page.contains("lang=\"en\""));
    assert!(!page.contains(BCRYPT) && !page.contains("user7"));
}

#[test]
fn a_table_in_which_nobody_can_log_in_has_a_plan() {
    let report = report("users.csv", "username,password_hash,email\nalice,!,a@example.com\n", UserStore::D1, 1.0);
    assert_eq!((report.rows, report.users, report.rejected), (1, 0, 1));
    assert!(report.outlook.is_none());
    assert!(text(&report).ends_with("the user has no password\n"));
    let remarks = "Columns used: username, password_hash. Ignored: email.\nNo column says who is disabled";
    assert!(text(&report).contains(remarks), "{}", text(&report));
    assert!(html(&report).ends_with("</html>"));
    assert!(!serde_json::to_string(&report).unwrap().contains("free_plan"));
}

#[test]
fn the_recorded_hashes_of_the_libraries_are_planned_for() {
    let recorded = include_str!("../../../../tests/conformance/password-hashes.jsonl");
    let mut table = String::new();
    for (number, line) in recorded.lines().enumerate() {
        let mut user: serde_json::Value = serde_json::from_str(line).unwrap();
        user["username"] = format!("user{number}").into();
        user["password_hash"] = user["hash"].take();
        user["password"] = serde_json::Value::Null;
        table.push_str(&user.to_string());
        table.push('\n');
    }
    let tally = survey(table::read(table.as_bytes(), "recorded", 0).unwrap(), UsernameCase::Exact).unwrap();
    let assume = |users| Assumptions {
        store: UserStore::D1,
        logins_per_day: users,
        refreshes_per_day: 0,
        changes_per_day: 0,
        upgrades_per_day: None,
    };
    let report = Report::new("recorded".to_owned(), &tally, &Measured::built_in().unwrap(), assume).unwrap();
    assert_eq!((report.rows, report.users, report.rejected), (25, 24, 1));
    // Django's Argon2 asks for 100 MiB.
    assert_eq!(report.refused[0].kind, "too_much_memory");
    assert!(report.refused[0].reason.contains("100 MiB"));
    assert_eq!(report.outlook.unwrap().upgrades.old, 24);
    let formats: std::collections::BTreeSet<_> = report.hashes.iter().map(|hashes| hashes.format).collect();
    assert_eq!(formats.len(), 19, "{formats:?}");
    assert!(report.hashes.iter().all(|hashes| hashes.cpu_ms > 0.0 && hashes.memory_bytes > 1e6));
}
