//! The commands as a shell sees them: what they print, where, and their exit codes.

use std::collections::BTreeSet;

use super::support::{HASH, Project, code, stderr, stdout};
use serde_json::{Value, json};

const ROW: &str = r#"[{"results":[{"username":"alice","password_hash":"$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy","disabled":0,"created_at":5,"changed_at":6}]}]"#;

#[test]
fn every_command_has_help_with_an_example() {
    let project = Project::new("");
    let user = ["add", "passwd", "disable", "enable", "delete", "list", "show", "import", "export"];
    let commands = user.map(|command| vec!["user", command]).into_iter().chain([
        vec![],
        vec!["secret"],
        vec!["plan"],
        vec!["user"],
        vec!["completions"],
    ]);
    for command in commands {
        let output = project.edge_login(&[&command[..], &["--help"]].concat());
        assert_eq!(code(&output), 0, "{command:?}");
        assert!(stdout(&output).contains("Example:\n  "), "{command:?}");
        assert!(stdout(&output).contains("--json"), "{command:?}");
    }
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(stdout(&project.edge_login(&["completions", shell])).contains("edge-login"), "{shell}");
    }
    assert_eq!(code(&project.edge_login(&["user", "add"])), 2);
    assert_eq!(code(&project.edge_login(&["user", "show", "alice", "--local", "--remote"])), 2);
}

#[test]
fn secrets_are_long_and_all_different() {
    let project = Project::new("");
    let secrets: BTreeSet<String> = (0..20).map(|_| stdout(&project.edge_login(&["secret"]))).collect();
    assert!(secrets.len() == 20 && secrets.iter().all(|secret| secret.trim_end().len() == 64));
    let json: Value = serde_json::from_slice(&project.edge_login(&["secret", "--json"]).stdout).unwrap();
    assert_eq!(json["secret"].as_str().unwrap().len(), 64);
}

#[test]
fn a_new_user_gets_a_current_hash_that_nobody_else_on_the_machine_sees() {
    let project = Project::new("");
    let output = project.edge_login_reading(&["user", "add", "o'hara", "--password-stdin"], b"correct horse\r\nmore");
    assert_eq!((code(&output), stdout(&output)), (0, "o'hara was added\n".to_owned()), "{}", stderr(&output));
    let given = project.given().concat();
    assert!(
        given.starts_with(
            "INSERT INTO users (username, password_hash) VALUES ('o''hara','$argon2id$v=19$m=19456,t=2,p=1$"
        ),
        "{given}"
    );
    let hash = passwords::StoredHash::parse(given.split('\'').nth_back(1).unwrap()).unwrap();
    assert!(
        hash.is_current()
            && hash.verify(&passwords::Password::new("correct horse"), |text| text.to_owned().into()).unwrap()
    );
    assert!(!project.calls().concat().contains("$argon2id"));
    assert_eq!(project.modes(), "600\n");
    assert!(project.calls().iter().all(|call| call.ends_with(" --local")));
}

#[test]
fn a_password_is_refused_with_a_reason_and_a_code() {
    let project = Project::new("");
    let add = |stdin: &[u8]| {
        let output = project.edge_login_reading(&["user", "add", "alice", "--password-stdin"], stdin);
        assert_eq!(code(&output), 3);
        stderr(&output)
    };
    assert!(add(b"short\n").contains("at least 8"));
    assert!(add(b"").contains("at least 8"));
    assert!(add(b"password123\n").contains("would guess"));
    assert!(add(&[b'x'; 1025]).contains("longer than 1024"));
    assert_eq!(
        code(&project.edge_login_reading(&["user", "add", "alice", "--password-stdin"], b"\xff\xfe\xfd12345")),
        1
    );
    assert!(project.given().is_empty());
    assert_eq!(code(&project.edge_login_reading(&["user", "add", "", "--password-stdin"], b"correct horse")), 3);
}

#[test]
fn existing_and_missing_users_have_their_own_exit_codes() {
    let project = Project::new("");
    for command in ["passwd", "disable", "enable", "delete", "show"] {
        let output = project.edge_login(&["user", command, "bob", "--json"]);
        assert_eq!(code(&output), 4, "{command}");
        assert_eq!(
            serde_json::from_slice::<Value>(&output.stderr).unwrap(),
            json!({"error": "there is no user \"bob\""})
        );
    }
    project.answers("rows", ROW);
    assert_eq!(code(&project.edge_login_reading(&["user", "add", "alice", "--password-stdin"], b"correct horse")), 4);
    for command in ["disable", "enable", "delete"] {
        assert_eq!(code(&project.edge_login(&["user", command, "alice"])), 0, "{command}");
    }
    let given = project.given().join("\n");
    assert!(
        given.contains("UPDATE users SET disabled = 1, changed_at = ")
            && given.contains("UPDATE users SET disabled = 0")
    );
    assert!(given.contains("DELETE FROM users WHERE username = 'alice';"));
}

#[test]
fn a_user_is_shown_without_the_hash() {
    let project = Project::new("");
    project.answers("rows", ROW);
    let shown: Value =
        serde_json::from_slice(&project.edge_login(&["user", "show", "alice", "--json"]).stdout).unwrap();
    assert_eq!(
        shown,
        json!({
            "username": "alice", "format": "bcrypt", "cost": "bcrypt-04", "disabled": false, "created_at": 5, "changed_at": 6,
        })
    );
    assert_eq!(stdout(&project.edge_login(&["user", "list"])), "alice  bcrypt-04\n");
}

#[test]
fn the_store_is_the_one_that_is_configured() {
    let project = Project::new("[vars]\nUSER_STORE = \"kv\"\n");
    let first_call = |args: &[&str]| {
        let before = project.calls().len();
        project.edge_login(args);
        project.calls()[before].clone()
    };
    assert!(first_call(&["user", "show", "alice"]).starts_with("kv bulk get"));
    assert!(first_call(&["user", "show", "alice", "--store", "d1"]).starts_with("d1 execute DB"));
    std::fs::write(project.path().join(".dev.vars"), "SECRET_KEY=x\nexport USER_STORE=\"d1\"\n").unwrap();
    assert!(first_call(&["user", "show", "alice"]).starts_with("d1 execute DB"));
    let remote = first_call(&["user", "show", "alice", "--remote"]);
    assert!(remote.starts_with("kv bulk get") && remote.ends_with(" --remote"));
}

#[test]
fn errors_of_wrangler_are_passed_on() {
    let project = Project::new("");
    project.fails_from(Some(1));
    let output = project.edge_login(&["user", "list"]);
    assert_eq!(
        (code(&output), stderr(&output)),
        (1, "edge-login: wrangler says: ✘ [ERROR] the store is on fire\n".to_owned())
    );
    std::fs::remove_file(project.path().join("wrangler.toml")).unwrap();
    let output = project.edge_login(&["user", "list"]);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("there is no wrangler.toml"));
}

#[test]
fn an_export_never_overwrites_and_only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new("");
    project.answers("keys", &format!(r#"[{{"name":"user:alice"}},{{"name":"other"}},{{"name":"user:{HASH}\u0000"}}]"#));
    let export = || project.edge_login(&["user", "export", "users.csv", "--store", "kv"]);
    assert_eq!(code(&export()), 0);
    assert_eq!(code(&export()), 1);
    assert_eq!(std::fs::metadata(project.path().join("users.csv")).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(project.given().first().map(String::as_str), Some(r#"["user:alice"]"#));
}
