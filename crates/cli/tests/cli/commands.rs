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
        vec!["secret", "rotate"],
        vec!["key"],
        vec!["key", "new"],
        vec!["key", "use"],
        vec!["key", "revoke"],
        vec!["key", "list"],
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
            "INSERT INTO users (username, password_hash, disabled, created_at, changed_at, subject, claims, imported_hash, version) \
             VALUES ('o''hara','$argon2id$v=19$m=19456,t=2,p=1$"
        ),
        "{given}"
    );
    let hash = passwords::StoredHash::parse(given.split('\'').nth_back(1).unwrap()).unwrap();
    assert!(
        hash.is_current()
            && hash.verify(&passwords::Password::new("correct horse"), |text| text.to_owned().into()).unwrap()
    );
    assert_eq!(project.seen().matches("--no-warnings").count(), project.calls().len());
    assert!(!project.seen().contains("$argon2id") && !project.seen().contains("hara"), "{}", project.seen());
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
        given.contains(
            "UPDATE users SET disabled = 1, changed_at = unixepoch(), version = max(unixepoch()*1000+3000, version+1)"
        ) && given.contains("UPDATE users SET disabled = 0")
    );
    assert!(given.contains("DELETE FROM users WHERE username IN ('alice');"));
}

#[test]
fn several_users_are_changed_at_once() {
    let project = Project::new("");
    project.answers("rows", ROW);
    std::fs::write(project.path().join("names.txt"), "bob\r\n\no'hara\r\nalice\r\n").unwrap();
    let output = project.edge_login(&["user", "disable", "alice", "--from", "names.txt", "--json"]);
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    assert_eq!(
        serde_json::from_slice::<Value>(&output.stdout).unwrap(),
        json!({ "done": "disabled", "usernames": ["alice"], "missing": ["bob", "o'hara"] })
    );
    let given = project.given();
    assert!(given.len() == 1 && given[0].ends_with("WHERE username IN ('alice', 'bob', 'o''hara');\n"), "{given:?}");
    assert_eq!(project.calls().len(), 2);
    let output = project.edge_login_reading(&["user", "delete", "--from", "-"], b"alice\nbob\n");
    assert_eq!((code(&output), stdout(&output)), (4, "alice was deleted\nthere is no user \"bob\"\n".to_owned()));
    // One that can't be a name: nothing is changed.
    assert_eq!(code(&project.edge_login(&["user", "enable", "alice", "a\tb"])), 3);
    assert_eq!(code(&project.edge_login(&["user", "enable"])), 2);
    assert_eq!(code(&project.edge_login(&["user", "enable", "--from", "absent.txt"])), 1);
    assert_eq!(project.given().len(), 2);
}

#[test]
fn kv_keeps_what_else_a_key_has() {
    let project = Project::new("");
    let record = json!({ "password_hash": HASH, "created_at": 5 }).to_string();
    project.kv_holds(&[("alice", &record), ("al", &record), ("bob", &record)]);
    let kept = json!([
        { "name": "user:al", "expiration": 4_000_000_000_u64 },
        { "name": "user:alice", "expiration": 4_000_000_001_u64, "metadata": { "plan": "pro" } },
        { "name": "user:bob" }
    ]);
    project.answers("keys", &kept.to_string());
    let put = |args: &[&str]| -> Value {
        let output = project.edge_login_reading(&[args, &["--store", "kv"]].concat(), b"correct horse battery");
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let mut pairs: Vec<Value> = serde_json::from_str(project.given().last().unwrap()).unwrap();
        for pair in &mut pairs {
            pair.as_object_mut().unwrap().remove("value");
        }
        pairs.into()
    };
    let alice = json!([{ "key": "user:alice", "expiration": 4_000_000_001_u64, "metadata": { "plan": "pro" } }]);
    assert_eq!(put(&["user", "passwd", "alice", "--password-stdin"]), alice);
    assert_eq!(put(&["user", "disable", "al"]), json!([{ "key": "user:al", "expiration": 4_000_000_000_u64 }]));
    project.kv_holds(&[("alice", &record), ("bob", &record)]);
    project.answers("keys", &kept.to_string());
    assert_eq!(put(&["user", "enable", "alice", "bob"]), json!([alice[0], { "key": "user:bob" }]));
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
fn what_tokens_say_of_a_user_is_shown() {
    let project = Project::new("");
    project.answers("rows", &ROW.replace("\"disabled\"", r#""subject":"42","claims":"{\"role\": 1.0}","disabled""#));
    let shown = project.edge_login(&["user", "show", "alice"]);
    assert!(stdout(&shown).contains("\nsubject     42\nclaims      {\"role\": 1.0}\n"), "{}", stdout(&shown));
    let shown = stdout(&project.edge_login(&["user", "show", "alice", "--json"]));
    assert!(shown.contains(r#""subject":"42","claims":{"role": 1.0},"#), "{shown}");
}

#[test]
fn a_new_user_can_have_a_subject() {
    let project = Project::new("");
    let add = |subject: &str| {
        let arguments = ["user", "add", "alice", "--password-stdin", "--subject", subject];
        project.edge_login_reading(&arguments, b"correct horse")
    };
    let output = add("42");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let given = project.given().concat();
    assert!(given.contains("subject") && given.contains("'42'"), "{given}");
    assert_eq!(code(&add("")), 2);
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
fn a_store_of_an_unknown_name_is_refused() {
    let project = Project::new("[vars]\nUSER_STORE = \"kb\"\n");
    let output = project.edge_login(&["user", "list"]);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("USER_STORE is \"kb\", but it must be d1 or kv"), "{}", stderr(&output));
    assert!(project.calls().is_empty());
    assert_eq!(code(&project.edge_login(&["user", "list", "--store", "d1"])), 0);
    std::fs::write(project.path().join(".dev.vars"), "USER_STORE=D1\n").unwrap();
    assert!(stderr(&project.edge_login(&["user", "list"])).contains("USER_STORE is \"D1\""));
    std::fs::write(project.path().join("wrangler.toml"), "[vars\n").unwrap();
    std::fs::remove_file(project.path().join(".dev.vars")).unwrap();
    assert!(stderr(&project.edge_login(&["user", "list"])).contains("wrangler.toml can't be read"));
    std::fs::rename(project.path().join("wrangler.toml"), project.path().join("wrangler.jsonc")).unwrap();
    assert!(stderr(&project.edge_login(&["user", "list"])).contains("say which store with --store"));
}

#[test]
fn the_case_of_names_is_not_guessed_where_it_cant_be_read() {
    let project = Project::new("");
    std::fs::rename(project.path().join("wrangler.toml"), project.path().join("wrangler.jsonc")).unwrap();
    std::fs::write(project.path().join("users.csv"), format!("username,password,disabled\nAlice,{HASH},0\n")).unwrap();
    let import = |case: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_edge-login"));
        let args = ["user", "import", "users.csv", "--store", "d1"];
        command.args(args).current_dir(project.path()).env("USERNAME_CASE", case).output().unwrap()
    };
    let output = import("");
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("USERNAME_CASE is only read from wrangler.toml"), "{}", stderr(&output));
    assert!(project.given().is_empty());
    for (case, name) in [("lower", "('alice'"), ("exact", "('Alice'")] {
        assert_eq!(code(&import(case)), 0);
        assert!(project.given().last().unwrap().contains(name), "{:?}", project.given().last());
    }
    assert_eq!(code(&import("upper")), 1);
    // The local store takes the case that `wrangler dev` takes.
    std::fs::write(project.path().join(".dev.vars"), "USERNAME_CASE=lower\n").unwrap();
    assert_eq!(code(&import("exact")), 0);
    assert!(project.given().last().unwrap().contains("('alice'"));
}

#[test]
fn characters_that_reorder_a_text_reach_no_terminal() {
    let project = Project::new("");
    let name = "alice\u{202e}nimda\u{2066}\u{200f}";
    project.answers("rows", &ROW.replace("alice", name));
    let escaped = "alice\\u202enimda\\u2066\\u200f";
    let output = project.edge_login(&["user", "list"]);
    assert_eq!(stdout(&output), format!("{escaped}  bcrypt-04\n"));
    let output = project.edge_login(&["user", "disable", name]);
    assert_eq!(stdout(&output), format!("{escaped} was disabled\n"));
    let output = project.edge_login(&["user", "show", name, "--json"]);
    assert!(stdout(&output).contains(escaped), "{}", stdout(&output));
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap()["username"], name);
    project.answers("rows", "[]");
    let output = project.edge_login(&["user", "show", name]);
    assert!(!stderr(&output).contains(['\u{202e}', '\u{2066}', '\u{200f}']), "{}", stderr(&output));
    // Right-to-left names are names like others.
    project.answers("rows", &ROW.replace("alice", "משתמש"));
    assert_eq!(stdout(&project.edge_login(&["user", "list"])), "משתמש  bcrypt-04\n");
}

#[test]
fn an_export_is_exact_and_says_what_a_spreadsheet_would_take_for_a_formula() {
    let project = Project::new("[vars]\nUSER_STORE = \"kv\"\n");
    let record = json!({ "password_hash": HASH, "created_at": 5, "changed_at": 6 }).to_string();
    project.kv_holds(&[("=1+1", &record), ("@alice", &record), ("bob", &record)]);
    let output = project.edge_login(&["user", "export", "-"]);
    assert_eq!(code(&output), 0);
    let exported = stdout(&output);
    assert!(exported.contains(&format!("\n=1+1,{HASH},0,5,6")) && exported.contains("\n@alice,"), "{exported}");
    assert!(stderr(&output).contains("2 users have a field that begins with a character that a spreadsheet"));
    let output = project.edge_login(&["user", "export", "users.csv", "--json"]);
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), json!({ "exported": 3, "like_formulas": 2 }));
    assert!(output.stderr.is_empty());
    project.answers("keys", "[]");
    let before = project.given().len();
    assert_eq!(code(&project.edge_login(&["user", "import", "users.csv"])), 0);
    let pairs: Vec<Value> = serde_json::from_str(&project.given()[before]).unwrap();
    let keys: Vec<&str> = pairs.iter().map(|pair| pair["key"].as_str().unwrap()).collect();
    assert_eq!(keys, ["user:=1+1", "user:@alice", "user:bob"]);
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
