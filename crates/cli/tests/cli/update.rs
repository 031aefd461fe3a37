//! Repeated imports: what `user import --update` changes of users who are there.

use super::support::{HASH, Project, batches, code, digest, is_ahead, results, stderr, stdout, table, usernames};
use serde_json::{Value, json};

const UPGRADED: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$OOY0GHo6SbXSlO44AAAAAA$p7FY5BJ0aHKyK3Pl7t8scd9pE4lL/v4E/jowMsjbnMQ";

/// A table of users whose password, status, subject or claims changed since they were imported, and of a new one.
fn changed_users(project: &Project) -> String {
    let new_hash = HASH.replace("L2O5", "L3O5");
    let users = format!(
        "username,password_hash,is_active,subject\nalice,{HASH},0,1\nbob,{HASH},1,2\ncarol,{new_hash},1,3\ndave,{HASH},1,4\n\
         erin,{HASH},1,5\n"
    );
    table(project, "users.csv", &users);
    new_hash
}

#[test]
fn an_update_changes_who_differs_and_keeps_upgraded_hashes() {
    let project = Project::new("");
    let new_hash = changed_users(&project);
    let row = |name: &str, hash: &str, subject: Option<&str>| {
        json!({
            "username": name, "password_hash": hash, "disabled": 0, "created_at": 5, "changed_at": 6, "subject": subject,
            "claims": "{\"a\":1}", "imported_hash": digest(HASH),
        })
    };
    let stored = [
        row("alice", HASH, Some("1")),
        row("bob", UPGRADED, Some("2")),
        row("carol", UPGRADED, Some("3")),
        row("erin", UPGRADED, None),
    ];
    let mut updated = [
        row("alice", HASH, Some("1")),
        row("bob", UPGRADED, Some("2")),
        row("carol", &new_hash, Some("3")),
        row("dave", HASH, Some("4")),
        row("erin", UPGRADED, Some("5")),
    ];
    updated[0]["disabled"] = 1.into();
    updated[2]["imported_hash"] = digest(&new_hash).into();
    project.answers_in_turn("rows", &[results(&stored), results(&updated)]);
    let output = project.edge_login(&["user", "import", "users.csv", "--update", "--json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json!([answer["added"], answer["updated"], answer["there_already"]]), json!([1, 3, 1]));
    let given = project.given().concat();
    let lines: Vec<&str> = given.lines().collect();
    let [dave, alice, carol, erin] = lines[..] else { panic!("{given}") };
    assert!(dave.starts_with("INSERT") && dave.contains("'dave'") && dave.ends_with("DO NOTHING;"), "{dave}");
    assert!(alice.contains("disabled = 1") && alice.contains("WHERE username = 'alice'"), "{alice}");
    assert!(carol.contains(&format!("password_hash = iif(password_hash = '{UPGRADED}', '{new_hash}'")), "{carol}");
    assert_eq!(erin, "UPDATE users SET subject = '5' WHERE username = 'erin';");
    assert!(!given.contains("'bob'") && !given.contains("{\"a\":1}"));
}

/// A table in which a user has a new password and is disabled, and the user as stored.
fn changed_user(project: &Project) -> (String, impl Fn(&str, u8, &str) -> String) {
    let new_hash = HASH.replace("L2O5", "L3O5");
    table(project, "users.csv", &format!("username,password_hash,disabled\nalice,{new_hash},1\n"));
    let stored = |hash: &str, disabled: u8, imported: &str| {
        results(&[json!({
            "username": "alice", "password_hash": hash, "disabled": disabled, "created_at": 5, "changed_at": 6,
            "subject": null, "claims": null, "imported_hash": digest(imported),
        })])
    };
    (new_hash, stored)
}

#[test]
fn an_update_that_a_login_came_before_is_done_again() {
    let project = Project::new("");
    let (new_hash, stored) = changed_user(&project);
    // After it was read, and before it was written, a login has upgraded the hash.
    project
        .answers_in_turn("rows", &[stored(HASH, 0, HASH), stored(UPGRADED, 1, HASH), stored(&new_hash, 1, &new_hash)]);
    let output = project.edge_login(&["user", "import", "users.csv", "--update", "--json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&answer["updated"], &answer["there_already"]), (&json!(1), &json!(0)));
    let given = project.given();
    let [first, second] = &given[..] else { panic!("{given:?}") };
    assert!(
        first.starts_with("UPDATE users SET disabled = 1, ") && first.ends_with("WHERE username = 'alice';\n"),
        "{first}"
    );
    assert!(second.contains(&format!("password_hash = iif(password_hash = '{UPGRADED}', '{new_hash}'")), "{second}");
}

#[test]
fn an_update_that_others_undo_each_time_fails() {
    let project = Project::new("");
    let (_, stored) = changed_user(&project);
    project.answers("rows", &stored(HASH, 0, HASH));
    let output = project.edge_login(&["user", "import", "users.csv", "--update"]);
    assert_eq!((code(&output), stdout(&output).as_str()), (1, ""));
    assert!(stderr(&output).contains("1 user was changed by others"), "{}", stderr(&output));
    assert_eq!(project.given().len(), 3);
}

#[test]
fn an_update_in_kv_writes_all_that_it_counts() {
    let project = Project::new("[vars]\nUSER_STORE = \"kv\"\n");
    let (new_hash, _) = changed_user(&project);
    let value = |hash: &str| {
        let record = json!({ "password_hash": hash, "imported_hash": digest(HASH) }).to_string();
        json!({ "user:alice": { "value": record } }).to_string()
    };
    project.kv_holds(&[("alice", "")]);
    project.answers_in_turn("values", &[value(HASH), value(UPGRADED)]);
    let output = project.edge_login(&["user", "import", "users.csv", "--update", "--json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["updated"], 1);
    let put = batches(&project).concat();
    assert!(put.contains(&new_hash) && put.contains(r#"\"disabled\":true"#), "{put}");
}

#[test]
fn an_update_in_kv_changes_who_differs_and_the_second_one_nothing() {
    let project = Project::new("[vars]\nUSER_STORE = \"kv\"\n");
    let new_hash = changed_users(&project);
    let record = |hash: &str, disabled: bool, subject: &str, imported: &str| {
        json!({
            "password_hash": hash, "disabled": disabled, "subject": subject, "created_at": 5, "changed_at": 6,
            "imported_hash": digest(imported),
        })
        .to_string()
    };
    project.kv_holds(&[
        ("alice", &record(HASH, false, "1", HASH)),
        ("bob", &record(UPGRADED, false, "2", HASH)),
        ("carol", &record(UPGRADED, false, "3", HASH)),
        ("dave", &record(HASH, false, "4", HASH)),
        ("erin", &record(UPGRADED, false, "0", HASH)),
    ]);
    let update = || -> Value {
        let output = project.edge_login(&["user", "import", "users.csv", "--update", "--json"]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        json!([answer["added"], answer["updated"], answer["there_already"]])
    };
    assert_eq!(update(), json!([0, 3, 2]));
    let puts = batches(&project);
    let [put] = &puts[..] else { panic!("{puts:?}") };
    let pairs: Vec<Value> = serde_json::from_str(put).unwrap();
    let written: Vec<(&str, Value)> = pairs
        .iter()
        .map(|pair| (pair["key"].as_str().unwrap(), serde_json::from_str(pair["value"].as_str().unwrap()).unwrap()))
        .collect();
    assert_eq!(written.iter().map(|(key, _)| *key).collect::<Vec<_>>(), ["user:alice", "user:carol", "user:erin"]);
    let (alice, carol, erin) = (&written[0].1, &written[1].1, &written[2].1);
    assert_eq!(
        (&alice["disabled"], &alice["password_hash"], &alice["created_at"]),
        (&json!(true), &json!(HASH), &json!(5))
    );
    assert!(alice["changed_at"] != 6 && carol["changed_at"] != 6 && erin["changed_at"] == 6);
    assert!(is_ahead(&alice["version"]) && is_ahead(&carol["version"]) && erin["version"].is_null());
    assert_eq!((&carol["password_hash"], &carol["imported_hash"]), (&json!(new_hash), &json!(digest(&new_hash))));
    assert_eq!((&erin["password_hash"], &erin["subject"]), (&json!(UPGRADED), &json!("5")));
    project.kv_holds(&[
        ("alice", &alice.to_string()),
        ("bob", &record(UPGRADED, false, "2", HASH)),
        ("carol", &carol.to_string()),
        ("dave", &record(HASH, false, "4", HASH)),
        ("erin", &erin.to_string()),
    ]);
    assert_eq!(update(), json!([0, 0, 5]));
    assert_eq!(batches(&project).len(), 1);
}

/// A table whose rows can't be used, and what it says of each user: whether they may log in.
fn unusable_rows(project: &Project) -> [(&'static str, bool); 10] {
    let claims = format!("\"{{\"\"a\"\":\"\"{}\"\"}}\"", "x".repeat(2048));
    let users = format!(
        "username,password_hash,is_active,claims,banned,ban_expires\n\
         banned,{HASH},1,{claims},1,never\nempty,,1,,,\nenabled,{HASH},1,{claims},,\nforgiven,{HASH},1,{claims},1,5\n\
         inactive,md5,0,,,\nlong,{HASH},0,{claims},,\nmd5,5f4dcc3b,1,,,\nunreadable,{HASH},perhaps,,,\n\
         twolines,{HASH},0,\"[1,\n2]\",,\nunusable,!Xy,1,{claims},,\nnobody,md5,1,,,\nnobody2,!,1,,,\n"
    );
    table(project, "users.csv", &users);
    [
        ("banned", false),
        ("empty", false),
        ("enabled", true),
        ("forgiven", true),
        ("inactive", false),
        ("long", false),
        ("md5", true),
        ("twolines", false),
        ("unreadable", true),
        ("unusable", false),
    ]
}

/// Imports these rows twice: six users are disabled, and four can still log in.
fn update_with_unusable_rows(project: &Project, then: impl Fn()) {
    let update = || project.edge_login(&["user", "import", "users.csv", "--update", "--json"]);
    let counts = |output: &std::process::Output| -> Value {
        assert_eq!(code(output), 5, "{}", stderr(output));
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        json!([
            answer["added"],
            answer["updated"],
            answer["disabled"],
            answer["rejected_but_enabled"],
            answer["rejected"]
        ])
    };
    assert_eq!(counts(&update()), json!([0, 0, 6, 4, 12]));
    then();
    assert_eq!(counts(&update()), json!([0, 0, 0, 4, 12]));
    let text = stdout(&project.edge_login(&["user", "import", "users.csv", "--update"]));
    assert!(text.contains("\n4 users who exist here were rejected and can still log in\n"), "{text}");
    let import = project.edge_login(&["user", "import", "users.csv"]);
    assert!(code(&import) == 5 && !stdout(&import).contains("can still log in"));
}

#[test]
fn an_update_disables_whose_row_cant_be_used_but_says_that_they_cant_log_in() {
    let project = Project::new("");
    let users = unusable_rows(&project);
    let stored = |disabled: &dyn Fn(bool) -> bool| {
        results(&users.map(|(name, can_log_in)| {
            json!({
                "username": name, "password_hash": HASH, "disabled": u8::from(disabled(can_log_in)), "created_at": 5,
                "changed_at": 6, "subject": null, "claims": null, "imported_hash": null,
            })
        }))
    };
    project.answers_in_turn("rows", &[stored(&|_| false), stored(&|can_log_in| !can_log_in)]);
    update_with_unusable_rows(&project, || ());
    let given = project.given().concat();
    for (name, can_log_in) in users {
        let statement = given.lines().find(|line| line.contains(&format!("username = '{name}'")));
        assert_eq!(statement.is_some_and(|line| line.contains("disabled = 1")), !can_log_in, "{name}: {given}");
    }
    assert!(!given.contains("nobody"), "{given}");
}

#[test]
fn an_update_in_kv_disables_whose_row_cant_be_used_but_says_that_they_cant_log_in() {
    let project = Project::new("[vars]\nUSER_STORE = \"kv\"\n");
    let users = unusable_rows(&project);
    let holds = |disabled: &dyn Fn(bool) -> bool| {
        let records = users.map(|(name, can_log_in)| {
            (name, json!({ "password_hash": HASH, "disabled": disabled(can_log_in), "subject": "1" }).to_string())
        });
        project.kv_holds(&records.each_ref().map(|(name, record)| (*name, record.as_str())));
    };
    holds(&|_| false);
    update_with_unusable_rows(&project, || holds(&|can_log_in| !can_log_in));
    let puts = batches(&project);
    let [put] = &puts[..] else { panic!("{puts:?}") };
    let barred: Vec<&str> = users.iter().filter(|(_, can_log_in)| !can_log_in).map(|(name, _)| *name).collect();
    assert_eq!(usernames(put), barred);
    assert_eq!(put.matches(r#"\"disabled\":true,\"subject\":\"1\""#).count(), barred.len(), "{put}");
}
