//! `edge-login user import --sync`, against a server that gives the answers it is told to.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    api::{KEY, run, text},
    support::{HASH, digest},
};

const OTHER: &str = "$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSneFrvG4T5Qy";
/// What a Worker with exact names answers to the question about them.
const EXACT: &str = r#"{"username":"A","status":"invalid","detail":"password_hash is missing"}"#;

/// A user of the service, whose hash was given by a table.
fn user(username: &str, version: i64) -> Value {
    json!({
        "username": username, "disabled": false, "subject": null, "claims": null, "email": null, "format": "bcrypt",
        "created_at": 1, "changed_at": 2, "version": version, "imported_hash": digest(HASH),
    })
}

fn with(mut user: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        user[name] = value.clone();
    }
    user
}

fn page(users: &[Value], next: Option<&str>) -> String {
    json!({ "users": users, "next": next }).to_string()
}

fn answers(lines: &[(&str, &str)]) -> String {
    lines
        .iter()
        .map(|(username, status)| json!({ "username": username, "status": status }).to_string() + "\n")
        .collect()
}

/// Runs an import of this table. Returns the exit code, what it printed and said, and the requests.
fn sync(args: &[&str], table: &str, given: &[(u16, &str)]) -> (i32, String, String, Vec<String>) {
    let folder = TempDir::new().unwrap();
    let rejected = folder.path().join("rejected.csv");
    let args = [&["user", "import", "-", "--sync", "--rejected", rejected.to_str().unwrap()], args].concat();
    let given: Vec<_> = given.iter().map(|(status, body)| (*status, "retry-after: 0\r\n", *body)).collect();
    let (output, requests) = run(&args, table, KEY, &given);
    let (stdout, stderr) = (text(&output.stdout).to_owned(), text(&output.stderr).to_owned());
    (output.status.code().unwrap(), stdout, stderr, requests)
}

fn table(rows: &[&str]) -> String {
    format!("username,password_hash,disabled\n{}\n", rows.join("\n"))
}

fn row(username: &str, hash: &str) -> String {
    format!("{username},{hash},false")
}

/// The users in the lines of a request, with one of their members.
fn sent(request: &str, member: &str) -> Vec<(String, Value)> {
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let lines = body.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.map(|line| (line["username"].as_str().unwrap().to_owned(), line[member].clone())).collect()
}

#[test]
fn users_are_added_changed_and_disabled_as_the_table_says() {
    let bob =
        with(user("bob", 7), &json!({ "subject": "42", "claims": { "b": 1, "a": 2 }, "email": "bob@example.com" }));
    let here = [user("alice", 6), bob, user("carol", 8), with(user("erin", 9), &json!({ "disabled": true }))];
    let first = page(&here[..2], Some("bob"));
    let second = page(&here[2..], None);
    let rows = [&row("dave", HASH), &row("bob", OTHER), &*row("alice", HASH)];
    let (changed, added) = (answers(&[("bob", "changed")]), answers(&[("dave", "created")]));
    let carol = user("carol", 10).to_string();
    let (code, stdout, stderr, requests) = sync(
        &["--yes", "--max-disabled", "34%"],
        &table(&rows),
        &[(200, EXACT), (200, &first), (200, &second), (200, &carol), (200, &changed), (200, &added)],
    );
    assert_eq!((code, &*stderr), (0, ""));
    assert_eq!(
        stdout,
        "Columns used: username, password_hash, disabled.\n1 user will be added: dave\n1 user will be changed: bob\n1 user is not \
         in the table and will be disabled: carol\n1 user added, 1 changed, 1 disabled"
    );
    assert!(requests[2].starts_with("GET /api/users?limit=1000&after=bob "), "{}", requests[2]);
    assert!(requests[3].starts_with("PATCH /api/users/carol ") && requests[3].contains("if-match: \"8\"\r\n"));
    assert!(requests[3].ends_with(r#"{"disabled":true}"#));
    assert!(requests[4].contains("content-type: application/x-ndjson\r\n"));
    // What the table does not have stays.
    for (member, value) in [
        ("password_hash", json!(OTHER)),
        ("disabled", json!(false)),
        ("subject", json!("42")),
        ("claims", json!({ "a": 2, "b": 1 })),
        ("email", Value::Null),
        ("version", json!(7)),
    ] {
        assert_eq!(sent(&requests[4], member), [("bob".to_owned(), value)]);
    }
    assert_eq!(sent(&requests[5], "password_hash"), [("dave".to_owned(), json!(HASH))]);
    assert_eq!(sent(&requests[5], "version"), [("dave".to_owned(), Value::Null)]);
}

#[test]
fn a_table_that_says_what_is_here_changes_nothing() {
    // It was upgraded here: the digest is that of the hash that was given.
    let alice = with(user("alice", 6), &json!({ "format": "argon2id", "claims": { "roles": ["a"], "level": 2 } }));
    let users = page(&[alice, with(user("bob", 7), &json!({ "disabled": true, "subject": "4" }))], None);
    let table = format!(
        "username,password_hash,disabled,subject,claims\nalice,{HASH},0,,\"{{\"\"level\"\": 2,  \"\"roles\"\":[\"\"a\"\"]}}\"\n\
         bob,{HASH},1,4,\n"
    );
    let (code, stdout, stderr, _) = sync(&[], &table, &[(200, EXACT), (200, &users)]);
    assert_eq!((code, &*stderr), (0, ""));
    assert!(stdout.ends_with("\nNothing differs."), "{stdout}");
}

#[test]
fn nothing_is_changed_unless_somebody_says_yes() {
    let users = page(&[user("alice", 6)], None);
    let table = table(&[&row("alice", OTHER)]);
    let (code, stdout, stderr, _) = sync(&[], &table, &[(200, EXACT), (200, &users)]);
    assert_eq!((code, &*stderr), (3, "edge-login: nothing was changed: nobody said yes, and there is no --yes"));
    assert!(stdout.ends_with("1 user will be changed: alice"), "{stdout}");
    let (_, stdout, _, _) = sync(&["--json"], &table, &[(200, EXACT), (200, &users)]);
    let planned: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((&planned["change"], &planned["done"]), (&json!({ "count": 1, "first": ["alice"] }), &Value::Null));
}

#[test]
fn a_table_that_would_disable_many_is_refused() {
    let here: Vec<Value> = (0..20).map(|number| user(&format!("user {number:02}"), 5)).collect();
    let users = page(&here, None);
    let rows = |gone: usize, disabled: usize| {
        let rows = (gone..20).map(|number| format!("user {number:02},{HASH},{}", number < gone + disabled));
        table(&rows.collect::<Vec<_>>().iter().map(String::as_str).collect::<Vec<_>>())
    };
    // Whoever is gone counts, and whoever is disabled in the table.
    for (gone, disabled) in [(3, 0), (2, 1), (0, 3)] {
        let (code, _, stderr, _) = sync(&["--yes"], &rows(gone, disabled), &[(200, EXACT), (200, &users)]);
        assert_eq!(code, 3);
        assert_eq!(
            stderr,
            "edge-login: this would disable 3 of 20 users who can log in, more than --max-disabled 10%: nothing was changed. If \
             the table is complete, pass --max-disabled 15%"
        );
    }
    let done = answers(&[("user 01", "changed")]);
    let (code, stdout, stderr, _) =
        sync(&["--yes"], &rows(1, 1), &[(200, EXACT), (200, &users), (200, &here[0].to_string()), (200, &done)]);
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("\n1 of them is disabled by that\n"), "{stdout}");
}

#[test]
fn rows_that_cant_be_used_bar_users_or_leave_them_and_hide_nobody() {
    let users = page(&[user("alice", 6), user("bob", 7), user("carol", 8)], None);
    let table = table(&["alice,,false", "bob,no hash,false", &row("carol", HASH)]);
    let alice = user("alice", 9).to_string();
    let (code, stdout, _, requests) =
        sync(&["--yes", "--max-disabled", "50%"], &table, &[(200, EXACT), (200, &users), (200, &alice)]);
    assert_eq!(code, 5);
    assert!(stdout.contains("\n1 user has a row that can't be used, but bars the user, and will be disabled: alice\n"));
    assert!(stdout.contains("\n1 user who exists here was rejected and can still log in\n"), "{stdout}");
    assert!(requests[2].starts_with("PATCH /api/users/alice "));
    // A broken row may be that of bob.
    let broken = format!("{table}x,y\n").replace("bob,no hash,false\n", "");
    let (code, _, stderr, _) = sync(&["--yes", "--max-disabled", "100%"], &broken, &[(200, EXACT), (200, &users)]);
    assert_eq!(code, 3);
    assert!(stderr.contains("1 row can't be read so far that the username is known"), "{stderr}");
}

#[test]
fn lines_for_which_there_was_no_room_are_sent_again() {
    let rows = ["a", "b", "c", "d", "e"].map(|name| row(name, HASH));
    let [statuses, again, rest] = [
        answers(&[("a", "created"), ("b", "created"), ("c", "failed"), ("d", "failed"), ("e", "failed")]),
        answers(&[("c", "unchanged"), ("d", "invalid")]),
        answers(&[("e", "created")]),
    ];
    let (code, stdout, stderr, requests) = sync(
        &["--yes"],
        &table(&rows.each_ref().map(String::as_str)),
        &[(200, EXACT), (200, &page(&[], None)), (200, &statuses), (200, &again), (200, &rest)],
    );
    assert_eq!((code, &*stderr), (5, ""));
    assert!(stdout.ends_with(
        "3 users added, 0 changed, 0 disabled\n1 user was as the table says already\n1 user was not stored:\n  d:"
    ));
    let names = |request: &String| sent(request, "x").into_iter().map(|(name, _)| name).collect::<String>();
    assert_eq!(requests[2..].iter().map(names).collect::<Vec<_>>(), ["abcde", "cd", "e"]);
}

#[test]
fn a_service_that_is_too_busy_is_named() {
    let busy = [(200, EXACT), (200, &*page(&[], None)), (503, ""), (503, ""), (503, ""), (503, "")];
    let (code, _, stderr, _) = sync(&["--yes"], &table(&[&row("a", HASH)]), &busy);
    assert!(code == 1 && stderr.contains("(503)"), "{stderr}");
    let (code, _, stderr, _) = sync(&["--yes"], &table(&[&row("a", HASH)]), &[(403, "")]);
    assert!(code == 1 && stderr.contains("may only read"), "{stderr}");
}

#[test]
fn names_are_those_that_the_worker_makes_of_them() {
    let lower = EXACT.replace('A', "a");
    let users = page(&[user("alice", 6)], None);
    let (code, stdout, _, _) = sync(&["--yes"], &table(&[&row("Alice", HASH)]), &[(200, &lower), (200, &users)]);
    assert_eq!(code, 0);
    assert!(stdout.contains("Nothing differs."), "{stdout}");
}

#[test]
fn a_user_who_is_changed_meanwhile_is_not_disabled() {
    let users = page(&[user("alice", 6), user("bob", 7)], None);
    let (alice, bob) = (user("alice", 8).to_string(), with(user("bob", 9), &json!({ "disabled": true })).to_string());
    let meanwhile = [(412, "{}"), (200, &*alice), (412, "{}"), (200, &*bob)];
    let given = [&[(200, EXACT), (200, &*users)], &meanwhile[..]].concat();
    let (code, stdout, _, _) = sync(&["--yes", "--max-disabled", "100%"], &table(&[]), &given);
    assert_eq!(code, 5);
    assert!(
        stdout.ends_with("0 users added, 0 changed, 1 disabled\n1 user was changed meanwhile and stays so: alice"),
        "{stdout}"
    );
}

#[test]
fn a_user_who_is_changed_or_created_meanwhile_stays_so() {
    let users = page(&[user("alice", 6)], None);
    let (changed, added) = (answers(&[("alice", "outdated")]), answers(&[("bob", "outdated")]));
    let given = [(200, EXACT), (200, &*users), (200, &*changed), (200, &*added)];
    let (code, stdout, _, _) = sync(&["--yes"], &table(&[&row("alice", OTHER), &row("bob", OTHER)]), &given);
    assert_eq!(code, 5);
    assert!(
        stdout
            .ends_with("0 users added, 0 changed, 0 disabled\n2 users were changed meanwhile and stay so: alice, bob"),
        "{stdout}"
    );
}

#[test]
fn a_list_out_of_order_disables_nobody() {
    let users = page(&[user("bob", 7), user("alice", 6)], None);
    let (code, _, stderr, _) = sync(&["--yes"], &table(&[&row("carol", HASH)]), &[(200, EXACT), (200, &users)]);
    assert!(code == 1 && stderr.contains("out of order"), "{stderr}");
}
