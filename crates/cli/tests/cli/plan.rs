//! The plan as a shell sees it.

use std::fs;

use super::support::{HASH, Project, code, stderr, stdout};
use serde_json::Value;

#[test]
fn a_plan_needs_no_store_and_stores_nothing() {
    let project = Project::new("");
    fs::remove_file(project.path().join("wrangler.toml")).unwrap();
    let table = format!("email,hashed_password\na@example.com,{HASH}\nb@example.com,{HASH}\n");
    fs::write(project.path().join("users.csv"), &table).unwrap();
    let output = project.edge_login(&["plan", "users.csv", "--logins-per-day", "7", "--html", "plan.html"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).starts_with("users.csv: 2 rows. 2 users can log in, 0 disabled, 0 can't be used.\n"));
    assert!(stdout(&output).contains("At 7 logins a day,"));
    assert!(fs::read_to_string(project.path().join("plan.html")).unwrap().starts_with("<!DOCTYPE html>"));
    let json: Value =
        serde_json::from_slice(&project.edge_login_reading(&["plan", "-", "--json"], table.as_bytes()).stdout).unwrap();
    assert_eq!((&json["table"], &json["users"]), (&"standard input".into(), &2.into()));
    assert_eq!(json["hashes"][0]["cost"], "bcrypt-04");
    assert_eq!(json["measured"]["date"].as_str().unwrap().len(), 10);
    // One login per user and week by default.
    assert!((json["assumptions"]["logins_per_day"].as_f64().unwrap() - 2.0 / 7.0).abs() < 1e-9);
    assert!(project.calls().is_empty());
}

#[test]
fn a_plan_is_for_the_store_that_an_import_would_take() {
    let project = Project::new("[vars]\nUSER_STORE = \"kv\"\n");
    let table = format!("username,password,disabled\na,{HASH},0\n");
    let store = |args: &[&str]| -> Value {
        let output = project.edge_login_reading(&[&["plan", "-", "--json"], args].concat(), table.as_bytes());
        serde_json::from_slice::<Value>(&output.stdout).unwrap()["assumptions"]["store"].clone()
    };
    assert_eq!(store(&[]), "kv");
    assert_eq!(store(&["--store", "d1"]), "d1");
}

#[test]
fn a_plan_for_kv_has_no_upgrades_unless_it_is_told_to() {
    let project = Project::new("");
    let table = format!("username,password,disabled\na,{HASH},0\n");
    let plan = |args: &[&str]| {
        let output = project.edge_login_reading(&[&["plan", "-", "--store", "kv"], args].concat(), table.as_bytes());
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        stdout(&output).replace('\n', " ")
    };
    let json: Value = serde_json::from_str(&plan(&["--json"])).unwrap();
    assert_eq!(json["assumptions"]["upgrades_per_day"], 0);
    assert!(plan(&[]).contains("Old hashes stay in KV as they are"));
    assert!(plan(&["--kv-upgrades-per-day", "500"]).contains("KV allows 500 upgrades a day"));
}

#[test]
fn the_exit_code_says_whether_all_rows_can_be_used() {
    let project = Project::new("");
    let plan = |table: &str| {
        let output = project.edge_login_reading(&["plan", "-"], table.as_bytes());
        (code(&output), stdout(&output), stderr(&output))
    };
    let (exit, answer, _) = plan(&format!("username,password\na,{HASH}\nb,!\n"));
    assert_eq!(exit, 5);
    assert!(answer.contains("the user has no password"), "{answer}");
    assert_eq!(plan("").0, 3);
    assert_eq!(plan("name,address\n").0, 3);
    assert_eq!(code(&project.edge_login(&["plan", "absent.csv"])), 1);
    assert_eq!(code(&project.edge_login(&["plan"])), 2);
    assert_eq!(code(&project.edge_login(&["plan", "-", "--logins-per-day", "0"])), 2);
    let nowhere = ["plan", "-", "--html", "no/such/folder.html"];
    let output = project.edge_login_reading(&nowhere, format!("username,password\na,{HASH}\n").as_bytes());
    assert_eq!((code(&output), stdout(&output)), (1, String::new()));
    assert!(stderr(&output).contains("no/such/folder.html can't be written"));
}
