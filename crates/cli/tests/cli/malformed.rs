//! Records in KV that the Worker refuses: the command line refuses them too, names them, and never
//! writes them back as something else.

use super::support::{HASH, Project, code, is_ahead, stderr, stdout};
use serde_json::{Value, json};

/// Alice and Carol are well-formed. Bob was disabled by hand, with a misspelt field.
fn project() -> Project {
    let project = Project::new("[vars]\nUSER_STORE = \"kv\"\n");
    let good = json!({ "password_hash": HASH, "created_at": 5, "changed_at": 6 }).to_string();
    let misspelt = json!({ "password_hash": HASH, "Disabled": true }).to_string();
    project.kv_holds(&[("alice", &good), ("bob", &misspelt), ("carol", &good)]);
    project
}

fn written(project: &Project) -> bool {
    project.calls().iter().any(|call| call.contains("bulk put"))
}

#[test]
fn a_command_for_one_user_names_the_malformed_record_and_changes_nothing() {
    for command in ["passwd", "enable", "disable", "show"] {
        for record in
            [json!({ "password_hash": HASH, "Disabled": true }), json!([HASH, true]), json!({ "disabled": true })]
        {
            let project = project();
            project.kv_holds(&[("bob", &record.to_string())]);
            let mut args = vec!["user", command, "bob"];
            args.extend((command == "passwd").then_some("--password-stdin"));
            let output = project.edge_login_reading(&args, b"correct horse battery");
            assert_eq!((code(&output), stdout(&output)), (1, String::new()), "{command} {record}");
            let message = stderr(&output);
            assert!(message.contains("the record of \"bob\"") && message.contains("malformed"), "{message}");
            assert!(!message.contains(HASH) && !written(&project), "{command} {record}");
        }
    }
}

#[test]
fn a_malformed_record_is_still_a_user_who_can_be_deleted() {
    let project = project();
    project.kv_holds(&[("bob", "[")]);
    let add = project.edge_login_reading(&["user", "add", "bob", "--password-stdin"], b"correct horse battery");
    assert_eq!(code(&add), 4, "{}", stderr(&add));
    assert!(!written(&project));
    let output = project.edge_login(&["user", "delete", "bob"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(
        project.given().last().unwrap(),
        r#"["user:bob","email:bob"]"#,
        "an address is not left to a later user"
    );
    assert!(project.calls().last().unwrap().contains("kv bulk delete"));
}

#[test]
fn an_export_leaves_malformed_records_out_and_names_them() {
    let project = project();
    let output = project.edge_login(&["user", "export", "-"]);
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    let rows: Vec<_> = stdout(&output).lines().map(str::to_owned).collect();
    assert_eq!(
        rows,
        [
            "username,password_hash,disabled,created_at,changed_at,subject,claims,imported_hash".to_owned(),
            format!("alice,{HASH},0,5,6,,,"),
            format!("carol,{HASH},0,5,6,,,")
        ]
    );
    assert!(stderr(&output).contains("\"bob\""), "{}", stderr(&output));
    assert_eq!(code(&project.edge_login(&["user", "export", "users.csv"])), 5);
}

#[test]
fn an_export_names_twenty_of_those_it_leaves_out() {
    let project = project();
    let names: Vec<String> = (0..1_000).map(|number| format!("user{number:03}")).collect();
    project.kv_holds(&names.iter().map(|name| (name.as_str(), "[]")).collect::<Vec<_>>());
    let output = project.edge_login(&["user", "export", "users.csv"]);
    assert_eq!(code(&output), 5);
    let message = stderr(&output);
    assert!(message.contains("1,000 users are not exported") && message.contains("\"user019\", …"), "{message}");
    assert!(!message.contains("user020") && message.len() < 600, "{message}");
}

#[test]
fn a_list_shows_malformed_records_where_they_stand() {
    let project = project();
    let output = project.edge_login(&["user", "list"]);
    assert_eq!(
        (code(&output), stdout(&output)),
        (5, "alice  bcrypt-04\nbob  malformed record\ncarol  bcrypt-04\n".to_owned())
    );
    let output = project.edge_login(&["user", "list", "--limit", "2", "--json"]);
    let list: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((code(&output), &list["more"]), (5, &json!(true)));
    assert_eq!(list["users"][1], json!({ "username": "bob", "malformed": true }));
    // A page of nothing else says how to go on, too.
    assert_eq!(
        stdout(&project.edge_login(&["user", "list", "--after", "alice", "--limit", "1"])),
        "bob  malformed record\n… more: --after bob\n"
    );
    assert_eq!(code(&project.edge_login(&["user", "list", "--after", "bob"])), 0);
}

#[test]
fn rewriting_a_record_keeps_its_times_whatever_they_are() {
    let project = project();
    project.kv_holds(&[(
        "alice",
        &json!({ "password_hash": HASH, "created_at": "last week", "changed_at": 1.5 }).to_string(),
    )]);
    let record = || -> Value {
        let pairs: Value = serde_json::from_str(project.given().last().unwrap()).unwrap();
        serde_json::from_str(pairs[0]["value"].as_str().unwrap()).unwrap()
    };
    assert_eq!(code(&project.edge_login(&["user", "disable", "alice"])), 0);
    assert_eq!(record()["created_at"], json!("last week"));
    assert_eq!(record()["disabled"], json!(true));
    assert_eq!(record()["password_hash"], json!(HASH));
    assert!(record()["changed_at"].is_u64());
    let version = record()["version"].clone();
    assert!(is_ahead(&version), "{version}");
    let from_the_future = version.as_i64().unwrap() + 86_400_000;
    let stored = json!({ "password_hash": HASH, "created_at": "last week", "version": from_the_future });
    project.kv_holds(&[("alice", &stored.to_string())]);
    let args = ["user", "passwd", "alice", "--password-stdin"];
    assert_eq!(code(&project.edge_login_reading(&args, b"correct horse battery")), 0);
    assert_eq!(record()["created_at"], json!("last week"));
    assert_eq!(record()["version"], from_the_future + 1);
}
