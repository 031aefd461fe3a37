//! Imports: what is stored, what is left out, and what remains after an interruption.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use super::support::{HASH, Project, batches, code, digest, is_ahead, results, stderr, stdout, table, usernames};
use serde_json::{Value, json};

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
    let digest = digest(HASH);
    assert_eq!(
        project.given().concat(),
        format!(
            "INSERT INTO users (username, password_hash, imported_hash, changed_at, version) VALUES ('bob','{HASH}','{digest}',0,unixepoch()*1000+3000) ON CONFLICT (username) DO NOTHING;\n\
         INSERT INTO users (username, password_hash, disabled, created_at, changed_at, subject, claims, imported_hash, version) VALUES ('o''hara','{HASH}',1,unixepoch(),0,NULL,NULL,'{digest}',unixepoch()*1000+3000) ON CONFLICT (username) DO NOTHING;\n\
         INSERT INTO users (username, password_hash, imported_hash, changed_at, version) VALUES ('zoe','{HASH}','{digest}',0,unixepoch()*1000+3000) ON CONFLICT (username) DO NOTHING;\n\
             SELECT count(*) AS count FROM users;\n",
        )
    );
    assert_eq!(
        rejected(&project, "users.csv.rejected.csv"),
        [
            "line,username,column,reason",
            "4,md5,password_hash,the hash is of no known format",
            "5,bob,username,the username is already in line 3",
        ]
    );
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["rejected"], 2);
    assert_eq!(
        answer["columns"],
        json!({
            "used": { "username": "username", "password_hash": "password_hash", "is_active": "is_active" }, "ignored": []
        })
    );
}

#[test]
fn a_table_that_does_not_say_who_is_disabled_is_not_imported_unasked() {
    let project = Project::new("");
    let rows = format!("username,password_hash,suspended\nalice,{HASH},1\n");
    table(&project, "users.csv", &rows);
    for output in [
        project.edge_login(&["user", "import", "users.csv"]),
        project.edge_login_reading(&["user", "import", "-"], format!("y\n{rows}").as_bytes()),
        project.edge_login_reading(&["user", "import", "-"], rows.as_bytes()),
    ] {
        assert_eq!(code(&output), 3);
        assert!(project.given().is_empty(), "{:?}", project.given());
    }
    let output = project.edge_login(&["user", "import", "users.csv"]);
    assert!(stderr(&output).contains("no column says who is disabled") && stderr(&output).contains("--all-enabled"));
    let output = project.edge_login(&["user", "import", "users.csv", "--all-enabled"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(project.given().concat().contains("'alice'"));
    assert!(
        stdout(&output).starts_with(
            "Columns used: username, password_hash. Ignored: suspended.\n\
             No column says who is disabled, so all users count as enabled.\n"
        ),
        "{}",
        stdout(&output)
    );
    let plan = project.edge_login(&["plan", "users.csv"]);
    assert_eq!(code(&plan), 0);
    assert!(stdout(&plan).contains("\nNo column says who is disabled, so all users count as enabled.\n"));
}

#[test]
fn plan_and_import_agree_on_a_table() {
    let project = Project::new("");
    let mut users = format!("email;password;banned;banExpires\nalice;{HASH};0;\nALICE;{HASH};0;\nalice;{HASH};0;\n");
    write!(users, "bob ;{HASH};1;2999-01-01\ncarol;!;0;\ndave;{HASH};0\nerin;{HASH};perhaps;\n").unwrap();
    table(&project, "users.csv", &users);
    let answer = |output: &std::process::Output| -> Value {
        assert_eq!(code(output), 5, "{}", stderr(output));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let plan = answer(&project.edge_login(&["plan", "users.csv", "--json"]));
    let import = answer(&project.edge_login(&["user", "import", "users.csv", "--json"]));
    assert_eq!((&plan["rejected"], &plan["columns"]), (&import["rejected"], &import["columns"]));
    assert_eq!(plan["warnings"], import["warnings"]);
    assert_eq!((&plan["users"], &plan["disabled"]), (&json!(2), &json!(1)));
    assert_eq!(import["warnings"].as_array().unwrap().len(), 3, "{import}");
    let reasons: BTreeSet<&str> =
        plan["refused"].as_array().unwrap().iter().map(|refused| refused["reason"].as_str().unwrap()).collect();
    assert_eq!(
        reasons,
        BTreeSet::from([
            "the username is already in an earlier line",
            "the user has no password",
            "the row has more or fewer fields than the header",
            "the column banned must be true or false",
        ])
    );
    assert_eq!(
        rejected(&project, "users.csv.rejected.csv"),
        [
            "line,username,column,reason",
            "6,carol,password,the user has no password",
            "7,,,\"the row has 3 fields, but the header has 4\"",
            "8,erin,banned,\"the column banned must be true or false, but it is \"\"perhaps\"\"\"",
            "4,alice,email,the username is already in line 2",
        ]
    );
    // The list is not a table.
    let output = project.edge_login(&["user", "import", "users.csv.rejected.csv"]);
    assert!(code(&output) == 3 && stderr(&output).contains("lists the rows that an import rejected"));
}

#[test]
fn no_two_users_get_the_same_sub() {
    let project = Project::new("");
    let users = [
        ("42", ""), // line 2: dave's subject
        ("alice", "7"),
        ("bob", "7"),
        ("carol", "carol"), // her own name
        ("dave", "42"),
        ("7", "8"), // the name of a user with another subject is free to be one
        ("erin", ""),
    ];
    let rows = users.map(|(name, subject)| format!("{name},{HASH},0,{subject}\n")).concat();
    table(&project, "users.csv", &format!("username,password_hash,disabled,subject\n{rows}"));
    let import = project.edge_login(&["user", "import", "users.csv", "--json"]);
    assert_eq!(code(&import), 5, "{}", stderr(&import));
    assert_eq!(
        rejected(&project, "users.csv.rejected.csv"),
        [
            "line,username,column,reason",
            "2,42,username,\"the user has no subject, and the username is the subject in line 6: their tokens would name \
             the same user\"",
            "4,bob,subject,the subject is already in line 3",
        ]
    );
    let plan = project.edge_login(&["plan", "users.csv", "--json"]);
    let [plan, import]: [Value; 2] = [plan, import].map(|output| serde_json::from_slice(&output.stdout).unwrap());
    let warning = "only some users have a subject: 4 users with, 1 user without, whose tokens have the username as `sub`. \
                   Give every user a subject, or none";
    assert_eq!((&plan["warnings"], &import["warnings"]), (&json!([warning]), &json!([warning])));
    assert_eq!((&plan["rejected"], &plan["users"]), (&json!(2), &json!(5)));
    let given = project.given().concat();
    assert!(given.contains("'dave'") && !given.contains("'bob'"), "{given}");
}

#[test]
fn statements_are_as_short_as_d1_requires() {
    let project = Project::new("");
    table(&project, "users.csv", &rows(5_000));
    assert_eq!(code(&project.edge_login(&["user", "import", "users.csv", "--all-enabled"])), 0);
    let given = project.given().concat();
    assert!(given.lines().count() > 3 && given.lines().all(|statement| statement.len() < 100_000));
    assert_eq!(given.matches(HASH).count(), 5_000);
    // Only its owner can read the file.
    assert_eq!(project.modes(), "600\n");
}

#[test]
fn a_few_users_are_stored_without_a_file_for_which_d1_pauses() {
    let project = Project::new("");
    table(&project, "users.csv", &rows(1_500));
    let import = |chunk: &str| {
        let args = ["user", "import", "users.csv", "--all-enabled", "--remote", "--chunk-rows", chunk];
        let before = project.calls().len();
        let output = project.edge_login(&args);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let pauses = stderr(&output).contains("answers no queries while it stores a chunk");
        assert_eq!(pauses, chunk != "400", "{}", stderr(&output));
        let calls = project.calls().split_off(before);
        ["--file", "INSERT"].map(|kind| calls.iter().filter(|call| call.contains(kind)).count())
    };
    assert_eq!(import("5000"), [1, 0]);
    assert_eq!(import("600"), [0, 3]);
    assert_eq!(import("400"), [0, 4]);
    assert_eq!(code(&project.edge_login(&["user", "import", "users.csv", "--chunk-rows", "0"])), 2);
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
    let given: Value = serde_json::from_str(&project.given()[0]).unwrap();
    assert_eq!(given.as_array().unwrap().len(), 1);
    let mut record: Value = serde_json::from_str(given[0]["value"].as_str().unwrap()).unwrap();
    // Nobody knows when the password changed; tokens from before the import stay good.
    let version = record.as_object_mut().unwrap().remove("version").unwrap();
    assert!(is_ahead(&version), "{version}");
    assert_eq!(
        record,
        json!({"password_hash": HASH, "disabled": true, "imported_hash": digest(HASH), "created_at": 7})
    );
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&answer["added"], &answer["there_already"]), (&json!(1), &json!(2)));
}

#[test]
fn kv_is_asked_who_exists_right_before_each_chunk() {
    let project = Project::new("");
    table(&project, "users.csv", &format!("username,password_hash\nanna,{HASH}\nanne,{HASH}\nbob,{HASH}\nbo,{HASH}\n"));
    let args = ["user", "import", "users.csv", "--all-enabled", "--store", "kv", "--chunk-rows", "2"];
    assert_eq!(code(&project.edge_login(&args)), 0);
    let calls: Vec<String> = project
        .calls()
        .iter()
        .map(|call| call.split(' ').take(3).chain(call.split("--prefix ").nth(1)).collect::<Vec<_>>().join(" "))
        .collect();
    assert!(calls[0].starts_with("kv key list user:ann "), "{calls:?}");
    assert!(calls[1].starts_with("kv bulk put"), "{calls:?}");
    assert!(calls[2].starts_with("kv key list user:bo "), "{calls:?}");
    assert!(calls[3].starts_with("kv bulk put"), "{calls:?}");
}

#[test]
fn the_advice_for_unknown_users_is_what_the_store_holds_after_the_import() {
    let project = Project::new("");
    let upgraded = "$argon2id$v=19$m=19456,t=2,p=1$OOY0GHo6SbXSlO44AAAAAA$p7FY5BJ0aHKyK3Pl7t8scd9pE4lL/v4E/jowMsjbnMQ";
    let row = |name: &str, hash: &str, disabled: u8| json!({ "username": name, "password_hash": hash, "disabled": disabled, "created_at": 5, "changed_at": 6 });
    table(&project, "users.csv", &rows(3));
    let advice = |stored: Vec<Value>| -> Value {
        project.answers("rows", &json!([{ "results": stored }]).to_string());
        let output = project.edge_login(&["user", "import", "users.csv", "--all-enabled", "--json"]);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        answer["unknown_user_format"].clone()
    };
    // The file has bcrypt, but its users have logged in since.
    assert_eq!(advice(vec![row("a", upgraded, 0), row("b", upgraded, 0), row("c", HASH, 0)]), "argon2id");
    assert_eq!(advice(vec![row("a", upgraded, 0), row("b", HASH, 0), row("c", HASH, 0)]), "bcrypt-04");
    assert_eq!(advice(vec![row("a", upgraded, 0), row("b", HASH, 1), row("c", HASH, 1)]), "argon2id");
    assert_eq!(advice(vec![]), Value::Null);
    // KV is asked for some of its users, too.
    project.kv_holds(&[("alice", &json!({ "password_hash": HASH }).to_string())]);
    let output = project.edge_login(&["user", "import", "users.csv", "--all-enabled", "--store", "kv"]);
    assert!(stdout(&output).contains("UNKNOWN_USER_FORMAT = \"bcrypt-04\""), "{}", stdout(&output));
}

#[test]
fn an_interrupted_import_resumes_where_it_was() {
    let project = Project::new("");
    let rows = rows(25_000);
    table(&project, "users.csv", &rows);
    let import = || project.edge_login(&["user", "import", "users.csv", "--all-enabled", "--store", "kv"]);
    // A list and a batch of 10,000; the next list fails.
    project.fails_from(Some(3));
    let output = import();
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("on fire"));
    assert_eq!(batches(&project).len(), 1);

    project.fails_from(None);
    holds(&project, "user09999");
    assert_eq!(code(&import()), 0);
    let all: Vec<String> = batches(&project).iter().flat_map(|given| usernames(given)).collect();
    assert_eq!(all.len(), 25_000, "nobody twice");
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 25_000);
    assert!(all.is_sorted());

    // Complete: another run starts anew.
    let stored_by_import = || {
        let before = batches(&project).len();
        assert_eq!(code(&import()), 0);
        batches(&project).len() - before
    };
    assert_eq!(stored_by_import(), 3);

    // Another table is not mistaken for the interrupted one.
    interrupt(&project, import);
    table(&project, "users.csv", &rows.replace("user00000,", "aaa,"));
    assert_eq!(stored_by_import(), 3);
    table(&project, "users.csv", &rows);
    assert_eq!(stored_by_import(), 2);
}

#[test]
fn an_import_resumes_only_where_it_was_interrupted() {
    let project = Project::new("");
    let configure = |id: &str| {
        let config = format!("[[kv_namespaces]]\nbinding = \"USERS\"\nid = \"{id}\"\n");
        fs::write(project.path().join("wrangler.toml"), config).unwrap();
    };
    table(&project, "users.csv", &rows(25_000));
    let import = || project.edge_login(&["user", "import", "users.csv", "--all-enabled", "--store", "kv", "--remote"]);
    let stored_by_import = || {
        let before = batches(&project).len();
        assert_eq!(code(&import()), 0);
        batches(&project).len() - before
    };
    configure("staging");
    interrupt(&project, import);
    holds(&project, "user09999");
    configure("production");
    assert_eq!(stored_by_import(), 3);
    configure("staging");
    assert_eq!(stored_by_import(), 2);

    // Another case makes other names. The journal is its owner's.
    interrupt(&project, import);
    holds(&project, "user09999");
    assert_eq!(mode(&journal(&project)), 0o600);
    let config = fs::read_to_string(project.path().join("wrangler.toml")).unwrap();
    let lower = format!("[vars]\nUSERNAME_CASE = \"lower\"\n{config}");
    fs::write(project.path().join("wrangler.toml"), lower).unwrap();
    assert_eq!(stored_by_import(), 3);
    fs::write(project.path().join("wrangler.toml"), config).unwrap();
    assert_eq!(stored_by_import(), 2);

    // The last user who was stored is gone.
    interrupt(&project, import);
    project.answers("values", "{}");
    assert_eq!(stored_by_import(), 3);

    // Interrupted more than a day ago.
    interrupt(&project, import);
    holds(&project, "user09999");
    let journal = journal(&project);
    let mut entry: Value = serde_json::from_str(&fs::read_to_string(&journal).unwrap()).unwrap();
    entry["written_at"] = (entry["written_at"].as_i64().unwrap() - 24 * 60 * 60).into();
    fs::write(journal, entry.to_string()).unwrap();
    assert_eq!(stored_by_import(), 3);
}

/// The only journal there is.
fn journal(project: &Project) -> PathBuf {
    let folder = fs::read_dir(project.path().join(".wrangler/edge-login")).unwrap();
    let mut journals: Vec<_> = folder.map(|file| file.unwrap().path()).collect();
    assert_eq!(journals.len(), 1, "{journals:?}");
    journals.remove(0)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Makes KV answer that it holds this user.
fn holds(project: &Project, username: &str) {
    let record = json!({ "password_hash": HASH }).to_string();
    project.answers("values", &json!({ format!("user:{username}"): { "value": record } }).to_string());
}

/// Interrupts an import into KV after its first batch.
fn interrupt(project: &Project, import: impl Fn() -> std::process::Output) {
    project.fails_from(Some(project.calls().len() + 3));
    assert_eq!(code(&import()), 1);
    project.fails_from(None);
}

#[test]
fn nothing_is_stored_of_a_table_that_cant_be_read_to_its_end() {
    let project = Project::new("");
    let good = format!("username,password_hash\nalice,{HASH}\n");
    let bad = [
        ("empty", String::new(), "is empty"),
        ("columns", format!("name,secret\nalice,{HASH}\n"), "there is no column of usernames"),
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
    assert_eq!(
        rejected(&project, "import.rejected.csv"),
        ["line,username,column,reason", "2,bob@example.com,password_hash,there is no password hash"]
    );
}

#[test]
fn the_file_of_rejected_rows_is_its_owners_even_if_one_was_there() {
    let project = Project::new("");
    table(&project, "users.csv", "username,password_hash\nalice,md5\n");
    table(&project, "old.csv", "anybody's");
    let old = project.path().join("old.csv");
    fs::set_permissions(&old, fs::Permissions::from_mode(0o644)).unwrap();
    let import =
        |rejected: &str| project.edge_login(&["user", "import", "users.csv", "--all-enabled", "--rejected", rejected]);
    assert_eq!(code(&import("old.csv")), 5);
    assert_eq!(mode(&old), 0o600);
    assert!(rejected(&project, "old.csv")[1].starts_with("2,alice,"));
    // A link is followed, not replaced: `/dev/stdout` is one.
    std::os::unix::fs::symlink("old.csv", project.path().join("link.csv")).unwrap();
    table(&project, "old.csv", "anybody's");
    assert_eq!(code(&import("link.csv")), 5);
    assert!(rejected(&project, "old.csv")[1].starts_with("2,alice,"));
}

#[test]
fn the_file_of_rejected_rows_has_no_formulas() {
    let project = Project::new("");
    let names = ["=HYPERLINK(1)", "+1", "-1", "@a", "\tb", "a=1", "'=c"];
    let row = |name| format!("{}\n", json!({ "username": name, "password_hash": "md5", "disabled": false }));
    table(&project, "users.jsonl", &names.map(row).concat());
    assert_eq!(code(&project.edge_login(&["user", "import", "users.jsonl"])), 5);
    let rows = rejected(&project, "users.jsonl.rejected.csv");
    let written: Vec<&str> = rows[1..].iter().filter_map(|row| row.split(',').nth(1)).collect();
    assert_eq!(written, ["'=HYPERLINK(1)", "'+1", "'-1", "'@a", "'\tb", "a=1", "'=c"]);
    // The same holds for a row that is rejected after the table was read.
    table(&project, "users.csv", &format!("username,password,disabled\n\"=a\",{HASH},0\n=a,{HASH},0\n"));
    assert_eq!(code(&project.edge_login(&["user", "import", "users.csv"])), 5);
    assert_eq!(rejected(&project, "users.csv.rejected.csv")[1], "3,'=a,username,the username is already in line 2");
}

#[test]
fn an_interruption_leaves_no_hashes_behind() {
    let project = Project::new("");
    table(&project, "users.csv", &rows(2_000));
    let temporary = project.path().join("tmp");
    fs::create_dir(&temporary).unwrap();
    // Wrangler does not end by itself once it has the file.
    fs::write(project.path().join("recorded/hangs"), "").unwrap();
    let mut child = project.start(&["user", "import", "users.csv", "--all-enabled"], &temporary);
    while project.given().is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 1);
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 0);
}

#[test]
fn names_are_stored_in_lower_case_where_the_project_says_so_and_no_two_become_one() {
    let project = Project::new("[vars]\nUSERNAME_CASE = \"lower\"\n");
    let long = "Ⱥ".repeat(100);
    let names = [
        "Bob",
        "ADMIN",
        "admin",
        "ΟΔΟΣ",
        "οδος",
        &long,
        "Carol",
        "Carol",
        "Å",
        "\u{212b}",
        "å",
        "admİn",
        "\u{212a}im",
        "kim",
    ];
    let mut users = "username,password_hash\n".to_owned();
    for name in names {
        writeln!(users, "{name},{HASH}").unwrap();
    }
    // A row that can't be used has its name, too.
    write!(users, "dave,!\nDave,{HASH}\n").unwrap();
    table(&project, "users.csv", &users);
    let expected = [
        "line,username,column,reason".to_owned(),
        format!("7,{long},username,the username must be 1 to 256 bytes without control characters"),
        "16,dave,password_hash,the user has no password".to_owned(),
        collision(3, "ADMIN", 4),
        collision(4, "admin", 3),
        "9,Carol,username,the username is already in line 8".to_owned(),
        collision(17, "Dave", 16),
        collision(10, "Å", 11),
        collision(11, "\u{212b}", 10),
        collision(12, "å", 10),
        collision(5, "ΟΔΟΣ", 6),
        collision(6, "οδος", 5),
    ];
    let usable = ["admİn", "bob", "carol", "kim", "\u{212a}im"];
    let stored = usable.map(|name| {
        json!({
            "username": name, "password_hash": HASH, "disabled": 0, "created_at": 5, "changed_at": 6, "subject": null,
            "claims": null, "imported_hash": digest(HASH),
        })
    });
    project.answers_in_turn("rows", &[results(&[]), results(&stored)]);
    for update in [&["--update"][..], &[]] {
        let args = ["user", "import", "users.csv", "--all-enabled"];
        let before = project.given().len();
        let output = project.edge_login(&[&args[..], update].concat());
        assert_eq!(code(&output), 5, "{}", stderr(&output));
        let given = project.given().split_off(before).concat();
        let names: Vec<&str> = given.split("('").skip(1).filter_map(|row| row.split('\'').next()).collect();
        assert_eq!(names, usable, "{given}");
        assert_eq!(rejected(&project, "users.csv.rejected.csv"), expected);
        assert!(stdout(&output).contains("only in upper and lower case, as in lines 14 and 15"), "{}", stdout(&output));
    }
    let planned = project.edge_login(&["plan", "users.csv", "--json"]);
    let planned: Value = serde_json::from_str(&stdout(&planned)).unwrap();
    assert_eq!((&planned["rejected"], &planned["users"]), (&json!(expected.len() - 1), &json!(5)));
    project.edge_login(&["user", "show", "ALICE"]);
    assert!(project.calls().last().unwrap().contains("WHERE username IN ('alice')"), "{:?}", project.calls().last());
}

#[test]
fn an_account_whose_name_differs_only_in_case_does_not_keep_an_update_from_disabling_a_user() {
    let project = Project::new("[vars]\nUSERNAME_CASE = \"lower\"\n");
    let row = |name: &str, is_active: u8| format!("{name},{HASH},{is_active}\n");
    let rows = [
        // The row in lower case decides, whatever the order.
        row("ALICE", 1),
        row("alice", 0),
        row("bob", 1),
        row("Bob", 0),
        // Without one, all rows have to agree.
        row("Carol", 0),
        row("CAROL", 1),
        row("Dave", 0),
        row("DAVE", 0),
    ];
    table(&project, "users.csv", &format!("username,password_hash,is_active\n{}", rows.concat()));
    let users = [("alice", true), ("bob", false), ("carol", false), ("dave", true)];
    let stored = |are_disabled: bool| {
        results(&users.map(|(name, is_disabled)| {
            json!({
                "username": name, "password_hash": HASH, "disabled": u8::from(are_disabled && is_disabled),
                "created_at": 5, "changed_at": 6, "subject": null, "claims": null, "imported_hash": digest(HASH),
            })
        }))
    };
    project.answers_in_turn("rows", &[stored(false), stored(true)]);
    let output = project.edge_login(&["user", "import", "users.csv", "--update", "--json"]);
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&answer["disabled"], &answer["rejected_but_enabled"]), (&json!(2), &json!(2)), "{answer}");
    let given = project.given().concat();
    for (name, is_disabled) in users {
        let statement = given.lines().find(|line| line.contains(&format!("username = '{name}'")));
        assert_eq!(statement.is_some_and(|line| line.contains("disabled = 1")), is_disabled, "{name}: {given}");
    }
}

fn collision(line: u64, username: &str, other: u64) -> String {
    format!(
        "{line},{username},username,\"in lower case the username is that of line {other}, too: neither row is used\""
    )
}
