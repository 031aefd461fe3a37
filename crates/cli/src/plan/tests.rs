use passwords::StoredHash;
use serde_json::Value;

use super::{Report, Rows, chart::escape, html, model, prices, text, text::thousands};
use crate::table;

/// The recorded hashes of all formats as a table: 25 users.
fn recorded() -> Rows {
    let lines = include_str!("../../../../tests/conformance/password-hashes.jsonl").lines();
    let table: String = lines
        .enumerate()
        .map(|(number, line)| {
            let recorded: Value = serde_json::from_str(line).unwrap();
            serde_json::json!({"username": format!("user{number}"), "password": recorded["hash"]}).to_string() + "\n"
        })
        .collect();
    let mut rows = Rows::default();
    for line in table::read(table.as_bytes(), "recorded").unwrap() {
        match line.unwrap().row {
            Ok(row) => rows.count(&row.hash),
            Err(rejection) => rows.reject(&rejection),
        }
    }
    rows
}

fn rows_of(hash: &str, users: usize) -> Rows {
    let hash = StoredHash::parse(hash).unwrap();
    let mut rows = Rows::default();
    (0..users).for_each(|_| rows.count(&hash));
    rows
}

const BCRYPT: &str = "$2b$12$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy";

fn json(report: &Report) -> Value {
    serde_json::to_value(report).unwrap()
}

fn is_near(value: &Value, expected: f64) -> bool {
    (value.as_f64().unwrap() / expected - 1.0).abs() < 1e-9
}

#[test]
fn every_format_is_measured_and_what_cant_run_is_told_apart() {
    let report = json(&Report::new("users.csv".to_owned(), recorded(), None).unwrap());
    assert_eq!(report["users"], 24);
    assert_eq!(report["to_upgrade"], 24);
    let formats = report["formats"].as_array().unwrap();
    assert_eq!(formats.iter().map(|line| line["users"].as_u64().unwrap()).sum::<u64>(), 24);
    assert!(formats.iter().all(|line| line["cpu_ms"].as_f64().unwrap() > 0.0 && line["current"] == false));
    let memory = |cost: &str| formats.iter().find(|line| line["cost"] == cost).unwrap()["memory_mib"].as_f64().unwrap();
    assert!((memory("argon2id-m65536-t3-p4") - 64.0).abs() < 0.01 && (memory("scrypt-ln15-r8-p1") - 32.0).abs() < 0.01);
    assert_eq!(report["rejected"][0]["reason"], "the argon2 hash asks for 100 MiB of memory, 64 MiB fit in a Worker");
    assert_eq!(report["rejected"][0]["rows"], 1);
    assert_eq!(report["unknown_user_format"], "bcrypt-06");
}

#[test]
fn costs_grow_with_their_parameters() {
    let cpu = |hash: &str| {
        let report = json(&Report::new(String::new(), rows_of(hash, 1), None).unwrap());
        report["formats"][0]["cpu_ms"].as_f64().unwrap()
    };
    let [ten, eleven, twelve] = ["10", "11", "12"].map(|cost| cpu(&BCRYPT.replace("$12$", &format!("${cost}$"))));
    assert!(((twelve - eleven) / (eleven - ten) - 2.0).abs() < 1e-6);
}

#[test]
fn users_log_in_as_the_model_says() {
    let report = json(&Report::new(String::new(), rows_of(BCRYPT, 7_000), None).unwrap());
    assert_eq!(report["logins_per_day"], 1000.0);
    // 7 days times ln 2, ln 10 and ln 100.
    for (milestone, days) in [(0, 4.852_030_263_919_617), (1, 16.118_095_650_958_32), (2, 32.236_191_301_916_64)] {
        assert!(is_near(&report["milestones"][milestone]["days"], days), "{report}");
    }
    assert!((model::upgraded(7.0, 7_000.0, 1_000.0) - 0.632_120_558_8).abs() < 1e-9);
    let twice = json(&Report::new(String::new(), rows_of(BCRYPT, 7_000), Some(2000.0)).unwrap());
    assert!(is_near(&twice["milestones"][0]["days"], 4.852_030_263_919_617 / 2.0));
    assert!(is_near(&report["stores"][1]["days_by_quota"], 12.6));
    assert_eq!(report["stores"][0]["days_by_quota"], Value::Null);
}

#[test]
fn the_paid_plan_costs_what_is_beyond_what_it_includes() {
    let usage = vec![
        (prices::WORKER_REQUESTS, 15e6),    // 5 million at $0.30
        (prices::WORKER_CPU_MS, 105e6),     // 75 million at $0.02
        (prices::OBJECT_REQUESTS, 3e6),     // 2 million at $0.15
        (prices::OBJECT_GB_SECONDS, 500e3), // 0.1 million at $12.50
        (prices::D1_ROWS_READ, 1e9),        // included
        (prices::KV_WRITES, 2e6),           // 1 million at $5.00
    ];
    assert!((prices::paid(&usage) - (5.0 + 1.5 + 1.5 + 0.3 + 1.25 + 5.0)).abs() < 1e-9);
    assert!((prices::paid(&Vec::new()) - 5.0).abs() < 1e-9);
}

#[test]
fn the_free_plan_is_as_good_as_its_tightest_limit() {
    let usage = vec![(prices::WORKER_REQUESTS, 50e3), (prices::KV_WRITES, 2e3), (prices::WORKER_CPU_MS, 1e12)];
    let limit = prices::tightest(&usage).unwrap();
    assert_eq!((limit.of, limit.share()), ("KV writes", 2.0));
    let small = json(&Report::new(String::new(), rows_of(BCRYPT, 7_000), None).unwrap());
    assert_eq!(small["stores"][0]["fits_free_plan"], true);
    let large = json(&Report::new(String::new(), rows_of(BCRYPT, 7_000), Some(150_000.0)).unwrap());
    assert_eq!(
        (&large["stores"][0]["fits_free_plan"], &large["stores"][1]["fits_free_plan"]),
        (&false.into(), &false.into())
    );
    assert!(large["stores"][0]["paid_plan_later"].as_f64().unwrap() > 5.0);
}

#[test]
fn users_who_are_current_need_nothing() {
    let current = "$argon2id$v=19$m=19456,t=2,p=1$gtcVHXu03dEl+tMA45gqRQ$Dj8ShV5h9/HxPliQ0nOcQmBlZ+AYYq9TLWyiU60i8kk";
    let report = json(&Report::new(String::new(), rows_of(current, 10), None).unwrap());
    assert_eq!((&report["to_upgrade"], &report["formats"][0]["current"]), (&0.into(), &true.into()));
    let nobody = json(&Report::new(String::new(), Rows::default(), None).unwrap());
    assert_eq!((&nobody["users"], &nobody["unknown_user_format"]), (&0.into(), &Value::Null));
}

#[test]
fn reasons_are_counted_and_not_without_end() {
    let mut rows = Rows::default();
    let lines = (0..200).map(|row| format!("user,{BCRYPT},<script>{row}"));
    let table = ["username,password_hash,disabled".to_owned()].into_iter().chain(lines).collect::<Vec<_>>().join("\n");
    for line in table::read(table.as_bytes(), "").unwrap() {
        rows.reject(&line.unwrap().row.unwrap_err());
    }
    let report = Report::new("<b>\"users\"</b>.csv".to_owned(), rows, None).unwrap();
    let rejected = json(&report);
    assert_eq!(rejected["rejected"].as_array().unwrap().len(), 51);
    assert_eq!(
        (&rejected["rejected"][0]["reason"], &rejected["rejected"][0]["rows"]),
        (&"other reasons".into(), &150.into())
    );

    let page = html(&report);
    assert!(page.contains("&lt;script&gt;7&quot;") && !page.contains("<script") && !page.contains("<b>\""));
}

#[test]
fn the_page_needs_nothing_else() {
    let page = html(&Report::new("users.csv".to_owned(), recorded(), None).unwrap());
    for loads in ["src=", "href=", "url(", "@import", "<link", "<script", "http"] {
        assert!(!page.contains(loads), "{loads}");
    }
    assert_eq!(page.matches("<svg").count(), 3);
    assert_eq!(page.matches("<title>").count(), 4, "the page's and each chart's");
    assert!(page.contains("better_auth_scrypt") && page.contains("100 MiB of memory") && !page.contains("NaN"));
}

#[test]
fn the_text_has_a_line_for_each_hash_and_reason() {
    let text = text(&Report::new("users.csv".to_owned(), recorded(), None).unwrap());
    assert!(text.starts_with("users.csv: 24 users can be imported\n"));
    assert!(text.lines().any(|line| line.contains("werkzeug_scrypt") && line.contains("32.0 MiB")));
    assert!(text.lines().any(|line| line.contains("can't be used: the argon2 hash asks for 100 MiB")));
    assert!(
        text.contains("90 % after 16 days")
            && text.contains("UNKNOWN_USER_FORMAT = \"bcrypt-06\"")
            && !text.contains("NaN")
    );
}

#[test]
fn numbers_and_texts_are_written_for_people() {
    assert_eq!([0, 999, 1_000, 1_234_567].map(thousands), ["0", "999", "1,000", "1,234,567"]);
    assert_eq!(escape("<a href='x'>&\""), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
}
