//! `edge-login key` and `edge-login secret rotate`.

use auth::SigningKeys;
use serde_json::Value;

use super::support::{Project, code, stderr, stdout};

fn run(project: &Project, args: &[&str]) -> String {
    let output = project.edge_login(args);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    stdout(&output)
}

fn file(project: &Project) -> String {
    std::fs::read_to_string(project.path().join("signing-keys.json")).unwrap()
}

/// The state of each key, and whether the file has its private half.
fn states(project: &Project) -> Vec<(String, bool)> {
    let keys: Vec<Value> = serde_json::from_str(&file(project)).unwrap();
    keys.iter().map(|key| (key["state"].as_str().unwrap().to_owned(), key.get("d").is_some())).collect()
}

fn kid(project: &Project, index: usize) -> String {
    let keys: Value = serde_json::from_str(&file(project)).unwrap();
    keys[index]["kid"].as_str().unwrap().to_owned()
}

#[test]
fn a_key_goes_from_standby_to_revoked_and_each_step_says_what_to_type() {
    let project = Project::new("");
    let upload = "npx wrangler secret put SIGNING_KEYS < signing-keys.json";
    let made = run(&project, &["key", "new"]);
    assert!(made.contains(upload) && made.contains(&format!("edge-login key use {}", kid(&project, 0))), "{made}");
    assert_eq!(states(&project), [("standby".to_owned(), true)]);
    let used = run(&project, &["key", "use"]);
    assert!(used.contains(upload) && used.contains("HS256 signed before"), "{used}");
    assert_eq!(states(&project), [("current".to_owned(), true)]);
    run(&project, &["key", "new", "--algorithm", "EdDSA"]);
    let used = run(&project, &["key", "use"]);
    assert!(used.contains(&format!("edge-login key revoke {}", kid(&project, 0))), "{used}");
    assert_eq!(states(&project), [("previous".to_owned(), false), ("current".to_owned(), true)]);
    let revoked = run(&project, &["key", "revoke", &kid(&project, 0)]);
    assert!(revoked.contains(upload) && !revoked.contains("key use"), "{revoked}");
    assert_eq!(states(&project), [("revoked".to_owned(), false), ("current".to_owned(), true)]);
    let listed = run(&project, &["key", "list"]);
    assert_eq!(listed.lines().count(), 2);
    assert!(listed.ends_with("  eddsa  current\n"), "{listed}");
    let revoked = run(&project, &["key", "revoke", &kid(&project, 1), "--json"]);
    assert!(revoked.contains("HS256 will"), "{revoked}");
}

#[test]
fn the_worker_takes_every_file_that_is_made() {
    let project = Project::new("");
    let parse = || SigningKeys::parse(&file(&project)).unwrap();
    for algorithm in ["ES256", "EdDSA", "ES256"] {
        run(&project, &["key", "new", "--algorithm", algorithm]);
        parse();
        run(&project, &["key", "use"]);
        parse();
    }
    run(&project, &["key", "revoke", &kid(&project, 0)]);
    assert!(format!("{:?}", parse()).matches("SigningKey(").count() == 3);
}

#[cfg(unix)]
#[test]
fn only_its_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let project = Project::new("");
    for step in [&["key", "new"][..], &["key", "use"]] {
        run(&project, step);
        let mode = std::fs::metadata(project.path().join("signing-keys.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!run(&project, &["key", "list", "--json"]).contains("\"d\""));
    }
}

#[test]
fn steps_out_of_order_are_refused_and_leave_the_file() {
    let project = Project::new("");
    let refused = |args: &[&str]| {
        let output = project.edge_login(args);
        assert_eq!(code(&output), 3, "{args:?}");
        stderr(&output)
    };
    assert!(refused(&["key", "use"]).contains("there is no key on standby"));
    assert!(refused(&["key", "revoke", "x"]).contains("there is no key \"x\""));
    run(&project, &["key", "new"]);
    run(&project, &["key", "new"]);
    let before = file(&project);
    assert!(refused(&["key", "use"]).contains("more than one key on standby"));
    assert_eq!(file(&project), before);
    run(&project, &["key", "use", &kid(&project, 1)]);
    assert!(refused(&["key", "use", &kid(&project, 1)]).contains("is not on standby"));
    std::fs::write(project.path().join("signing-keys.json"), "[{}]").unwrap();
    assert!(refused(&["key", "list"]).contains("is not a file of signing keys"));
}

#[test]
fn the_steps_of_both_rotations_are_printed() {
    let project = Project::new("");
    let text = run(&project, &["secret", "rotate"]);
    let position = |part: &str| text.find(part).unwrap_or_else(|| panic!("{part}: {text}"));
    let planned = [
        "PLANNED",
        "secret put ROOT_SECRET",
        "secret put SECRET_KEY_PREVIOUS",
        "edge-login secret",
        "secret put SECRET_KEY\n",
        "secret delete SECRET_KEY_PREVIOUS",
        "AFTER A LEAK",
    ];
    assert!(planned.map(position).is_sorted(), "{text}");
    let json: Value = serde_json::from_str(&run(&project, &["secret", "rotate", "--json"])).unwrap();
    assert!(json["planned"].as_array().unwrap().len() > 5 && json["after_a_leak"].as_array().unwrap().len() > 5);
}
