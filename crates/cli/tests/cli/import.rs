//! Imports: what is stored, what is left out, and what remains after an interruption.

use std::{collections::BTreeSet, fmt::Write as _, fs};

use super::support::{HASH, Project, code, stderr, stdout};
use serde_json::{Value, json};

fn table(project: &Project, name: &str, text: &str) {
    fs::write(project.path().join(name), text).unwrap();
}

fn rejected(project: &Project, name: &str) -> Vec<String> {
    let text = fs::read_to_string(project.path().join(name)).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Rows of some users, in no order.
fn rows(users: u32) -> String {
    let mut table = "username,password_hash\n".to_owned();
    for user in 0..users {
        writeln!(table, "user{:05},{HASH}", u64::from(user) * 7919 % u64::from(users)).unwrap();
    }
    table
}

/// The usernames in the pairs that KV was given.
fn usernames(given: &str) -> Vec<String> {
    let pairs: Vec<Value> = serde_json::from_str(given).unwrap();
    pairs.iter().map(|pair| pair["key"].as_str().unwrap()["user:".len()..].to_owned()).collect()
}

#[test]
fn rows_are_stored_once_and_in_order_and_the_rest_is_rejected() {
    let project = Project::new("");
    table(
        &project,
        "users.csv",
        &format!(
            "username,password_hash,is_active\nzoe,{HASH},1\nbob,{HASH},1\nmd5,5f4dcc3b,1\nbob,{HASH},1\no'hara,{HASH},0\n"
        ),
    );
    let output = project.edge_login(&["user", "import", "users.csv", "--json"]);
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    assert_eq!(
        project.given().concat(),
        format!(
            "INSERT INTO users (username, password_hash) VALUES ('bob','{HASH}') ON CONFLICT (username) DO NOTHING;\n\
         INSERT INTO users (username, password_hash, disabled, created_at, changed_at, subject, claims) VALUES ('o''hara','{HASH}',1,unixepoch(),unixepoch(),NULL,NULL) ON CONFLICT (username) DO NOTHING;\n\
         INSERT INTO users (username, password_hash) VALUES ('zoe','{HASH}') ON CONFLICT (username) DO NOTHING;\n\
             SELECT count(*) AS count FROM users;\n",
        )
    );
    assert_eq!(
        rejected(&project, "users.csv.rejected.csv"),
        ["line,reason", "4,the hash is of no known format", "5,the username is already in line 3",]
    );
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["rejected"], 2);
    assert_eq!(answer["unknown_user_format"], "bcrypt-04");
}

#[test]
fn statements_are_as_short_as_d1_requires() {
    let project = Project::new("");
    table(&project, "users.csv", &rows(5_000));
    assert_eq!(code(&project.edge_login(&["user", "import", "users.csv"])), 0);
    let given = project.given().concat();
    assert!(given.lines().count() > 3 && given.lines().all(|statement| statement.len() < 100_000));
    assert_eq!(given.matches(HASH).count(), 5_000);
}

#[test]
fn kv_keeps_the_users_it_has() {
    let project = Project::new("");
    project.answers("keys", r#"[{"name":"user:alice"},{"name":"user:bob"},{"name":"user:zoe"}]"#);
    table(
        &project,
        "users.csv",
        &format!("username,password_hash,disabled,created_at\nzoe,{HASH},0,\ncarol,{HASH},1,7\nbob,{HASH},0,\n"),
    );
    let output = project.edge_login(&["user", "import", "users.csv", "--store", "kv", "--json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let given: Value = serde_json::from_str(&project.given().concat()).unwrap();
    assert_eq!(given.as_array().unwrap().len(), 1);
    let record: Value = serde_json::from_str(given[0]["value"].as_str().unwrap()).unwrap();
    assert_eq!(record, json!({"password_hash": HASH, "disabled": true, "created_at": 7, "changed_at": 7}));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&answer["added"], &answer["there_already"]), (&json!(1), &json!(2)));
}

#[test]
fn an_interrupted_import_resumes_where_it_was() {
    let project = Project::new("");
    let rows = rows(25_000);
    table(&project, "users.csv", &rows);
    let import = || project.edge_login(&["user", "import", "users.csv", "--store", "kv"]);
    // The list, then a batch of 10,000; the next batch fails.
    project.fails_from(Some(3));
    let output = import();
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("on fire"));
    let first = project.given();
    assert_eq!(first.len(), 1);

    project.fails_from(None);
    assert_eq!(code(&import()), 0);
    let all: Vec<String> = project.given().iter().flat_map(|given| usernames(given)).collect();
    assert_eq!(all.len(), 25_000, "nobody twice");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 25_000);
    assert!(all.is_sorted());

    // Complete: another run starts anew.
    let before = project.given().len();
    assert_eq!(code(&import()), 0);
    assert_eq!(project.given().len(), before + 3);

    // Another table is not mistaken for the interrupted one.
    project.fails_from(Some(project.calls().len() + 3));
    assert_eq!(code(&import()), 1);
    project.fails_from(None);
    table(&project, "users.csv", &rows.replace("user00000,", "aaa,"));
    let before = project.given().len();
    assert_eq!(code(&import()), 0);
    assert_eq!(project.given().len(), before + 3);
}

#[test]
fn nothing_is_stored_of_a_table_that_cant_be_read_to_its_end() {
    let project = Project::new("");
    let good = format!("username,password_hash\nalice,{HASH}\n");
    let bad = [
        ("empty", String::new(), "is empty"),
        ("columns", format!("name,secret\nalice,{HASH}\n"), "a column of usernames or of password hashes is missing"),
        ("headless", format!("alice,{HASH}\n"), "no header"),
        ("nul", "username\0,password\0\n".to_owned(), "neither CSV nor JSON Lines"),
        ("long", format!("{good}bob,{}", "x".repeat(3 << 20)), "longer than 1024 KiB"),
        ("open", format!("{good}\"bob,{}", "x\n".repeat(2 << 20)), "longer than 1024 KiB"),
    ];
    for (name, text, reason) in bad {
        table(&project, name, &text);
        let output = project.edge_login(&["user", "import", name]);
        assert_eq!(code(&output), 3, "{name}");
        assert!(stderr(&output).contains(reason) && !stderr(&output).contains(HASH), "{name}: {}", stderr(&output));
    }
    assert_eq!(code(&project.edge_login(&["user", "import", "missing"])), 1);
    assert_eq!(code(&project.edge_login(&["user", "import", "."])), 1);
    assert!(project.given().is_empty());
}

#[test]
fn standard_input_is_read_like_a_file() {
    let project = Project::new("");
    let json = format!(
        "{{\"email\":\"alice@example.com\",\"hashed_password\":\"{HASH}\",\"is_active\":true}}\n{{\"email\":\"bob@example.com\"}}\n"
    );
    let output = project.edge_login_reading(&["user", "import", "-"], json.as_bytes());
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    assert!(project.given().concat().contains("('alice@example.com',"));
    assert_eq!(rejected(&project, "import.rejected.csv"), ["line,reason", "2,there is no password hash"]);
    assert!(stdout(&output).contains("UNKNOWN_USER_FORMAT = \"bcrypt-04\""));
}

#[test]
fn an_interruption_leaves_no_hashes_behind() {
    let project = Project::new("");
    table(&project, "users.csv", &rows(1_000));
    let temporary = project.path().join("tmp");
    fs::create_dir(&temporary).unwrap();
    // Wrangler does not end by itself once it has the file.
    fs::write(project.path().join("recorded/hangs"), "").unwrap();
    let mut child = project.start(&["user", "import", "users.csv"], &temporary);
    while project.given().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 1);
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
}
