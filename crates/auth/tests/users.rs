//! `/api/users`: what services may do, in D1's SQL and with a real guard.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use auth::platform::GuardError;
use rusqlite::Row;
use serde_json::{Value, json};
use support::{
    bearing, now,
    service::{BCRYPT, KEY, PASSWORD, READ_KEY, Service, etag, json_request},
};

#[test]
fn a_user_is_created_read_changed_and_deleted() {
    let service = Service::new();
    let created = service.ask(
        "PUT",
        "/api/users/alice",
        &json!({ "password": PASSWORD, "subject": "42", "email": "alice@example.com" }),
    );
    assert_eq!((created.status(), created.outcome()), (201, "ok".to_owned()));
    let log: Value = serde_json::from_str(&created.0.log[0].json).unwrap();
    assert_eq!((log["event"].as_str(), log["key"].as_str()), (Some("put_user"), Some("shop")));
    let version = now().timestamp_millis() + 2000;
    let seconds = now().timestamp();
    let expected = json!({
        "username": "alice", "disabled": false, "subject": "42", "claims": null, "email": "alice@example.com",
        "format": "argon2id", "created_at": seconds, "changed_at": seconds, "version": version,
    });
    assert_eq!(created.json(), expected);
    assert_eq!(etag(&created.0.response), format!("\"{version}\""));
    let read = service.ask("GET", "/api/users/alice", &Value::Null);
    assert_eq!((read.json(), read.0.log.len()), (expected, 0));
    assert_eq!(service.login().status(), 200);

    let patched = service.ask("PATCH", "/api/users/alice", &json!({ "email": null, "claims": { "role": "admin" } }));
    assert_eq!((patched.status(), patched.json()["claims"]["role"].as_str()), (200, Some("admin")));
    assert_eq!((patched.json()["email"].clone(), patched.json()["subject"].as_str()), (Value::Null, Some("42")));
    let replaced = service.ask("PUT", "/api/users/alice", &json!({ "password_hash": BCRYPT, "disabled": true }));
    assert_eq!((replaced.status(), replaced.json()["subject"].clone()), (200, Value::Null));
    assert_eq!(
        (replaced.json()["format"].as_str(), replaced.json()["disabled"].as_bool()),
        (Some("bcrypt"), Some(true))
    );

    assert_eq!(service.ask("DELETE", "/api/users/alice", &Value::Null).status(), 204);
    for (method, body) in [("GET", Value::Null), ("PATCH", json!({}))] {
        let gone = service.ask(method, "/api/users/alice", &body);
        assert_eq!((gone.status(), gone.json()), (404, json!({ "detail": "There is no such user" })));
    }
    // The answer of a deletion may have been lost.
    assert_eq!(service.ask("DELETE", "/api/users/alice", &Value::Null).status(), 204);
    assert_eq!(service.ask("DELETE", "/api/users/nobody", &Value::Null).status(), 404);
}

#[test]
fn what_has_changed_lets_nobody_in_who_came_before() {
    for change in [
        json!({ "disabled": true }),
        json!({ "password": "another good password" }),
        json!({ "claims": { "role": "user" } }),
        Value::Null,
    ] {
        let service = Service::new();
        service.ask("PUT", "/api/users/alice", &json!({ "password": PASSWORD }));
        service.guard.now.set(now().timestamp_millis() + 3000);
        let login = service.login().json();
        let token = login["access_token"].as_str().unwrap();
        assert_eq!(service.me(token), 200);
        service.questions();
        let method = if change.is_null() { "DELETE" } else { "PATCH" };
        let changed = service.ask(method, "/api/users/alice", &change);
        assert!(changed.status() < 300, "{change}");
        // All six regions know the version before the change is answered.
        let told = service.questions();
        assert!(told.len() == 6 && told.iter().all(|version| *version == told[0] && version.is_some()), "{told:?}");
        assert_eq!(service.me(token), 401, "{change}");
        let form = [("refresh_token", login["refresh_token"].as_str().unwrap())];
        let refresh =
            service.send(&bearing("POST", "/api/user/refresh", ""), &serde_urlencoded::to_string(form).unwrap());
        assert_eq!(refresh.status(), 400, "{change}");
        let is_same_password = change.get("claims").is_some();
        assert_eq!(service.login().status(), if is_same_password { 200 } else { 401 }, "{change}");
    }
}

#[test]
fn what_changes_nothing_ends_nothing() {
    let service = Service::new();
    let user = json!({ "password_hash": BCRYPT });
    service.ask("PUT", "/api/users/alice", &user);
    service.guard.now.set(now().timestamp_millis() + 3000);
    let token = service.login().json()["access_token"].as_str().unwrap().to_owned();
    // The hash was upgraded meanwhile, and the application gives the one that it knows.
    service.database.execute("UPDATE users SET password_hash = 'upgraded'", []).unwrap();
    let again = service.ask("PUT", "/api/users/alice", &user);
    assert_eq!(again.json()["version"], now().timestamp_millis() + 2000);
    let hash: String = service.database.query_row("SELECT password_hash FROM users", [], |row| row.get(0)).unwrap();
    assert_eq!(
        (hash.as_str(), service.ask("PATCH", "/api/users/alice", &json!({ "email": "a@b" })).status()),
        ("upgraded", 200)
    );
    assert_eq!(service.me(&token), 200);
}

#[test]
fn a_change_that_failed_in_the_guard_is_made_when_it_is_asked_for_again() {
    for (method, body) in [("PATCH", json!({ "disabled": true })), ("DELETE", Value::Null)] {
        let mut service = Service::new();
        service.ask("PUT", "/api/users/alice", &json!({ "password_hash": BCRYPT }));
        service.guard.failure = Some(GuardError::Unavailable("no such object".to_owned()));
        let failed = service.ask(method, "/api/users/alice", &body);
        assert_eq!((failed.status(), failed.outcome()), (503, "guard_error".to_owned()));
        service.guard.failure = None;
        assert!(service.ask(method, "/api/users/alice", &body).status() < 300);
        assert_eq!(service.questions().len(), 6, "{method}");
    }
}

#[test]
fn a_failure_among_many_users_is_in_the_log() {
    let mut service = Service::new();
    service.ask("PUT", "/api/users/alice", &json!({ "password_hash": BCRYPT }));
    service.guard.failure = Some(GuardError::Unavailable("no such object".to_owned()));
    let line = json!({ "username": "alice", "password_hash": BCRYPT, "disabled": true }).to_string();
    let answer = service.send(&json_request("POST", "/api/users", KEY), &line);
    assert_eq!((answer.status(), answer.json()["status"].as_str()), (200, Some("failed")));
    assert!(!answer.0.response.body.contains("object"));
    let log: Value = serde_json::from_str(&answer.0.log[0].json).unwrap();
    assert!(log["warning"].as_str().is_some_and(|warning| warning.contains("no such object")), "{log}");
}

#[test]
fn conditions_make_a_change_compare_and_set() {
    let service = Service::new();
    let user = json!({ "password_hash": BCRYPT });
    let failed = service.ask_if("PUT", ("if-match", "*"), &user);
    assert_eq!((failed.status(), failed.outcome()), (412, "condition_failed".to_owned()));
    assert_eq!(support::header(&failed.0.response, "etag"), None);
    assert_eq!(service.ask_if("PUT", ("if-none-match", "*"), &user).status(), 201);
    let failed = service.ask_if("PUT", ("if-none-match", "*"), &user);
    assert_eq!(failed.status(), 412);
    let tag = etag(&failed.0.response);
    let disable = json!({ "disabled": true });
    for (header, value, status) in [
        ("if-match", "\"7\"".to_owned(), 412),
        ("if-match", format!("W/{tag}"), 412),
        ("if-match", tag.trim_matches('"').to_owned(), 412),
        ("if-none-match", tag.clone(), 400),
        ("if-match", format!("\"7\", {tag}"), 200),
        // The version has risen.
        ("if-match", tag.clone(), 412),
        ("if-match", "*".to_owned(), 200),
    ] {
        let body = if status == 200 { json!({ "disabled": value != "*" }) } else { disable.clone() };
        assert_eq!(service.ask_if("PATCH", (header, &value), &body).status(), status, "{header} {value}");
    }
    let both = json_request("PATCH", "/api/users/alice", KEY).header("if-match", "*").header("if-none-match", "*");
    assert_eq!(service.send(&both, "{}").status(), 400);
    assert_eq!(service.ask_if("DELETE", ("if-match", "\"7\""), &Value::Null).status(), 412);
}

#[test]
fn a_change_is_tried_anew_if_another_came_between() {
    let service = Service::new();
    service.ask("PUT", "/api/users/alice", &json!({ "password_hash": BCRYPT }));
    // A login upgrades the hash.
    service.meanwhile.borrow_mut().push("UPDATE users SET password_hash = 'upgraded'");
    assert_eq!(service.ask("PATCH", "/api/users/alice", &json!({ "disabled": true })).status(), 200);
    let row = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?));
    let user = service.database.query_row("SELECT password_hash, disabled FROM users", [], row);
    assert_eq!(user, Ok(("upgraded".to_owned(), true)));
    *service.meanwhile.borrow_mut() = vec!["UPDATE users SET version = version + 1"; 9];
    let failed = service.ask("PATCH", "/api/users/alice", &json!({ "disabled": false }));
    assert_eq!((failed.status(), failed.outcome()), (503, "store_error".to_owned()));
}

#[test]
fn only_services_with_a_key_get_in_and_wrong_keys_are_counted() {
    let mut service = Service::new();
    let get = |service: &Service, key: &str| service.send(&json_request("GET", "/api/users", key), "");
    let answer = get(&service, "");
    assert_eq!((answer.status(), answer.json()), (401, json!({ "detail": "Not authenticated" })));
    assert!(service.guard.asked.borrow().is_empty());
    let answer = get(&service, &"x".repeat(32));
    assert_eq!(
        (answer.status(), answer.json(), answer.outcome()),
        (401, json!({ "detail": "Unknown key" }), "unknown_key".to_owned())
    );
    assert_eq!(service.guard.asked.borrow().len(), 1);
    assert_eq!(get(&service, READ_KEY).status(), 200);
    for (method, path) in [
        ("PUT", "/api/users/alice"),
        ("PATCH", "/api/users/alice"),
        ("DELETE", "/api/users/alice"),
        ("POST", "/api/users"),
        ("DELETE", "/api/users/alice/sessions"),
    ] {
        let refused = service.send(&json_request(method, path, READ_KEY), "{}");
        assert_eq!((refused.status(), refused.outcome()), (403, "read_only_key".to_owned()), "{method}");
    }
    service.guard.admits = false;
    assert_eq!(get(&service, &"x".repeat(32)).status(), 429);
    // Nobody else can keep a service out.
    assert_eq!(get(&service, KEY).status(), 200);
    assert!(service.guard.hashed.borrow().is_empty());
    let off = Service::with(&[("SERVICE_KEYS", "")]);
    assert_eq!(get(&off, KEY).status(), 404);
}

#[test]
fn a_body_that_is_wrong_is_answered_in_fastapis_words() {
    let service = Service::new();
    let error =
        |kind: &str, loc: &str, msg: &str| json!({ "type": kind, "loc": ["body", loc], "msg": msg, "input": null });
    for (body, expected) in [
        (json!({}), error("missing", "password_hash", "Field required")),
        (
            json!({ "password": "short" }),
            error("value_error", "password", "Value error, the password has 5 characters: it needs at least 8"),
        ),
        (json!({ "password": 7 }), error("value_error", "password", "Value error, it must be a string")),
        (
            json!({ "password_hash": BCRYPT, "Disabled": true }),
            error("extra_forbidden", "Disabled", "Extra inputs are not permitted"),
        ),
        (
            json!({ "password_hash": BCRYPT, "disabled": 1 }),
            error("value_error", "disabled", "Value error, it must be true or false"),
        ),
        (
            json!({ "password_hash": BCRYPT, "password": PASSWORD }),
            error("value_error", "password_hash", "Value error, password is given, too"),
        ),
    ] {
        let answer = service.ask("PUT", "/api/users/alice", &body);
        assert_eq!((answer.status(), answer.json()), (422, json!({ "detail": [expected] })), "{body}");
    }
    for wrong in [
        json!({ "password_hash": "not a hash" }),
        json!({ "password_hash": BCRYPT, "subject": "" }),
        json!({ "password_hash": BCRYPT, "claims": { "sub": "bob" } }),
        json!({ "password_hash": BCRYPT, "claims": [] }),
        json!({ "password_hash": BCRYPT, "email": "alice" }),
        json!([]),
    ] {
        assert_eq!(service.ask("PUT", "/api/users/alice", &wrong).status(), 422, "{wrong}");
    }
    // "." and ".." can't be sent in a path, and a slash has to be encoded.
    for (path, status) in
        [("%2E", 422), ("%2e%2E", 422), ("a%00b", 422), ("%FF", 404), ("a/b", 404), ("a%2Fb%5Cc", 201), ("%C3%A4", 201)]
    {
        let answer = service.ask("PUT", &format!("/api/users/{path}"), &json!({ "password_hash": BCRYPT }));
        assert_eq!(answer.status(), status, "{path}");
    }
    assert_eq!(service.ask("GET", "/api/users/a%2fb%5cc", &Value::Null).json()["username"], "a/b\\c");
}

#[test]
fn users_are_listed_page_by_page() {
    let service = Service::new();
    for name in ["a", "b", "c"] {
        service.ask("PUT", &format!("/api/users/{name}"), &json!({ "password_hash": BCRYPT }));
    }
    let names = |query: &str| {
        let page = service.ask("GET", &format!("/api/users{query}"), &Value::Null).json();
        let names = page["users"].as_array().unwrap().iter().map(|user| user["username"].as_str().unwrap().to_owned());
        (names.collect::<Vec<_>>().concat(), page["next"].as_str().map(str::to_owned))
    };
    assert_eq!(names(""), ("abc".to_owned(), None));
    assert_eq!(names("?limit=2"), ("ab".to_owned(), Some("b".to_owned())));
    assert_eq!(names("?after=b&limit=2"), ("c".to_owned(), None));
    for limit in ["0", "1001", "x"] {
        assert_eq!(service.ask("GET", &format!("/api/users?limit={limit}"), &Value::Null).status(), 422);
    }
}

#[test]
fn a_list_has_digests_of_the_hashes_that_were_given_for_keys_that_may_write_alone() {
    let service = Service::new();
    service.ask("PUT", "/api/users/alice", &json!({ "password_hash": BCRYPT }));
    service.ask("PUT", "/api/users/bob", &json!({ "password": PASSWORD }));
    let digests = |key| {
        let page = service.send(&json_request("GET", "/api/users", key), "").json();
        page["users"].as_array().unwrap().iter().map(|user| user.get("imported_hash").cloned()).collect::<Vec<_>>()
    };
    assert_eq!(digests(KEY), [Some(json!(accounts::hash_digest::of(BCRYPT))), None]);
    assert_eq!(digests(READ_KEY), [None, None]);
    assert_eq!(service.ask("GET", "/api/users/alice", &Value::Null).json().get("imported_hash"), None);
}

#[test]
fn a_services_list_of_sessions_is_the_users_and_it_can_end_them() {
    let service = Service::with(&[("GUARD_REGIONS", "weur")]);
    service.ask("PUT", "/api/users/alice", &json!({ "password": PASSWORD }));
    service.guard.now.set(now().timestamp_millis() + 3000);
    let token = service.login().json()["access_token"].as_str().unwrap().to_owned();
    let own = service.send(&bearing("GET", "/api/user/sessions", &token), "").json();
    let listed = service.ask("GET", "/api/users/alice/sessions", &Value::Null).json();
    assert_eq!(
        (listed["sessions"][0]["id"].clone(), own["sessions"][0]["current"].as_bool()),
        (own["sessions"][0]["id"].clone(), Some(true))
    );
    assert_eq!(listed["sessions"][0]["current"], false);
    assert_eq!(service.ask("GET", "/api/users/nobody/sessions", &Value::Null).status(), 404);
    let ended = service.ask("DELETE", "/api/users/alice/sessions", &Value::Null);
    assert_eq!((ended.status(), service.me(&token)), (204, 401));
}

#[test]
fn many_users_are_created_or_replaced_and_each_line_is_answered() {
    let service = Service::new();
    let other = BCRYPT.replace("$04$", "$05$");
    service.ask("PUT", "/api/users/there", &json!({ "password_hash": BCRYPT }));
    service.ask("PUT", "/api/users/same", &json!({ "password_hash": BCRYPT }));
    let lines = [
        json!({ "username": "new", "password_hash": BCRYPT, "disabled": true, "email": "a@b" }),
        json!({ "username": "there", "password_hash": other }),
        json!({ "username": "same", "password_hash": BCRYPT }),
        json!({ "username": "new", "password_hash": BCRYPT }),
        json!({ "username": "none" }),
        json!({ "username": "plain", "password": PASSWORD }),
        json!({ "username": "..", "password_hash": BCRYPT }),
        json!([]),
    ];
    let body = lines.iter().map(Value::to_string).collect::<Vec<_>>().join("\r\n\n");
    let answer = service.send(&json_request("POST", "/api/users", KEY), &body);
    let lines: Vec<Value> = answer.0.response.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let version = now().timestamp_millis() + 2000;
    assert_eq!(lines[0], json!({ "username": "new", "status": "created", "version": version }));
    assert_eq!(lines[1], json!({ "username": "there", "status": "changed", "version": version + 1 }));
    assert_eq!(lines[2], json!({ "username": "same", "status": "unchanged", "version": version }));
    for (line, detail) in lines[3..].iter().zip([
        "another line has this username",
        "password_hash is missing",
        "many users are created with password_hash alone",
        "nobody can have this username",
        "the line is not a JSON object",
    ]) {
        assert_eq!((line["status"].as_str(), line["detail"].as_str()), (Some("invalid"), Some(detail)));
    }
    let log: Value = serde_json::from_str(&answer.0.log[0].json).unwrap();
    assert_eq!(
        log["users"],
        json!({ "created": 1, "changed": 1, "unchanged": 1, "outdated": 0, "invalid": 5, "failed": 0 })
    );
    assert_eq!(service.ask("GET", "/api/users/new", &Value::Null).json()["email"], "a@b");

    let many: Vec<String> = (0..200)
        .map(|number| json!({ "username": format!("user{number:03}"), "password_hash": BCRYPT }).to_string())
        .collect();
    let body = many.join("\n");
    let count = |status: &str| {
        let answer = service.send(&json_request("POST", "/api/users", KEY), &body);
        answer.0.response.body.matches(&format!("\"status\":\"{status}\"")).count()
    };
    assert_eq!(count("created"), 200);
    assert_eq!((count("unchanged"), count("failed")), (80, 120));
    let too_many = service.send(&json_request("POST", "/api/users", KEY), &"x\n".repeat(20_001));
    assert_eq!(too_many.status(), 413);
    let too_long = service.send(&json_request("POST", "/api/users", KEY), &"x".repeat(auth::users::MAX_MANY_BYTES + 1));
    assert_eq!(too_long.status(), 413);
}

#[test]
fn an_address_is_changed_and_nobody_is_logged_out() {
    let service = Service::new();
    service.ask("PUT", "/api/users/alice", &json!({ "password": PASSWORD }));
    // The guards have not heard of her since.
    service.database.execute("UPDATE users SET version = 1", []).unwrap();
    let token = service.login().json()["access_token"].as_str().unwrap().to_owned();
    let changed = service.ask("PATCH", "/api/users/alice", &json!({ "email": "a@b.example" }));
    assert_eq!((changed.status(), service.me(&token)), (200, 200));
    service.ask("PATCH", "/api/users/alice", &json!({ "claims": { "a": 1 } }));
    assert_eq!(service.me(&token), 401);
}

#[test]
fn a_line_with_a_version_changes_nobody_who_was_changed_meanwhile() {
    let service = Service::new();
    let put = service.ask("PUT", "/api/users/alice", &json!({ "password_hash": BCRYPT }));
    let old = now().timestamp_millis() + 2000;
    assert_eq!(etag(&put.0.response), format!("\"{old}\""));
    service.ask("PATCH", "/api/users/alice", &json!({ "disabled": true }));
    let line = |username: &str, version: Value| {
        let line = json!({ "username": username, "password_hash": BCRYPT, "version": version }).to_string();
        let answer = service.send(&json_request("POST", "/api/users", KEY), &line);
        let answered: Value = serde_json::from_str(&answer.0.response.body).unwrap();
        answered["status"].as_str().unwrap().to_owned()
    };
    assert_eq!([line("alice", json!(old)), line("alice", Value::Null), line("bob", json!(7))], ["outdated"; 3]);
    assert_eq!(service.ask("GET", "/api/users/alice", &Value::Null).json()["disabled"], true);
    assert_eq!(service.ask("GET", "/api/users/bob", &Value::Null).status(), 404);
    let address = json!({ "email": "a@b.example" });
    service.ask("PATCH", "/api/users/alice", &address);
    assert_eq!([line("alice", json!(old + 1)), line("bob", Value::Null)], ["unchanged", "created"]);
    let alice = service.ask("GET", "/api/users/alice", &Value::Null).json();
    assert_eq!(
        (&alice["disabled"], &alice["email"]),
        (&json!(true), &address["email"]),
        "what a line does not name stays"
    );
    service.database.execute("UPDATE users SET version = 0 WHERE username = 'bob'", []).unwrap();
    assert_eq!([line("bob", Value::Null), line("bob", json!(0))], ["outdated", "unchanged"]);
    for version in [json!("7"), json!(1.5), json!([])] {
        assert_eq!(line("alice", version), "invalid");
    }
}

#[test]
fn a_store_that_fails_is_an_answer_that_can_be_asked_for_again() {
    let service = Service::new();
    service.fails.set(true);
    for (method, path) in [("GET", "/api/users/alice"), ("PUT", "/api/users/alice"), ("DELETE", "/api/users/alice")] {
        let failed = service.ask(method, path, &json!({ "password_hash": BCRYPT }));
        assert_eq!((failed.status(), failed.outcome()), (503, "store_error".to_owned()), "{method}");
    }
}
