//! `/api/users`: what services may do, in D1's SQL and with a real guard.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use std::cell::{Cell, RefCell};

use accounts::{
    User, Username,
    change::{Change, NewUser, Outcome, Stored},
    d1::{self, CREATE_MISSING, FIND, PAGE, READ, StoredRow},
};
use auth::{
    Config, Platform,
    http::Response,
    platform::{Crypto, Directory, Guard, GuardError, Page, RehashStore, StoreError, Users},
    serve,
    users::{Records, compare_and_set},
};
use guard::session::Question;
use rusqlite::{Connection, Row, params, params_from_iter, types::Value as SqlValue};
use serde_json::{Value, json};
use support::{
    Answered, LocalGuard, MemoryUsers, Pieces, Repeated, SECRET, Sent, SoftCrypto, bearing, config_with, context,
    finish, now,
};

const KEY: &str = "a7c1f0e2b4d6987850413223645f6b7c";
const READ_KEY: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const BCRYPT: &str = "$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy";
const PASSWORD: &str = "correct horse battery staple";

/// A service whose users are in a database with the real tables.
struct Service {
    config: Config,
    database: Connection,
    guard: LocalGuard,
    /// What somebody else does between reading and writing, as often as it is given.
    meanwhile: RefCell<Vec<&'static str>>,
    fails: Cell<bool>,
}

impl Service {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(variables: &[(&str, &str)]) -> Self {
        let database = Connection::open_in_memory().unwrap();
        for migration in ["0001_users", "0002_subject_claims", "0003_imported_hash", "0004_version", "0005_service_api"]
        {
            let path = format!("{}/../../migrations/{migration}.sql", env!("CARGO_MANIFEST_DIR"));
            database.execute_batch(&std::fs::read_to_string(path).unwrap()).unwrap();
        }
        let keys = format!("shop:{KEY},reports:{READ_KEY}:read");
        let all = [("SECRET_KEY", SECRET), ("SERVICE_KEYS", &keys), ("REFRESH_TOKEN_EXPIRE_MINUTES", "1440")];
        Self {
            config: config_with(&[&all, variables].concat()),
            database,
            guard: LocalGuard::default(),
            meanwhile: RefCell::default(),
            fails: Cell::default(),
        }
    }

    fn send(&self, sent: &Sent, body: &str) -> Answered {
        let answer = Answered(finish(serve(
            &self.config,
            self,
            &sent.head(),
            Pieces::whole(body.as_bytes()),
            &context(&Repeated(7)),
        )));
        for line in &answer.0.log {
            for secret in [KEY, READ_KEY, PASSWORD, BCRYPT, "alice"] {
                assert!(!line.json.contains(secret), "{} has {secret}", line.json);
            }
        }
        answer
    }

    fn ask(&self, method: &str, path: &str, body: &Value) -> Answered {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(&json_request(method, path, KEY), &body)
    }

    fn ask_if(&self, method: &str, header: (&'static str, &str), body: &Value) -> Answered {
        self.send(&json_request(method, "/api/users/alice", KEY).header(header.0, header.1), &body.to_string())
    }

    fn login(&self) -> Answered {
        let form = serde_urlencoded::to_string([("username", "alice"), ("password", PASSWORD)]).unwrap();
        self.send(&support::post().header("cf-connecting-ip", "192.0.2.1"), &form)
    }

    fn me(&self, token: &str) -> u16 {
        self.send(&bearing("GET", "/api/user/me", token), "").status()
    }

    fn questions(&self) -> Vec<Option<i64>> {
        let questions = self.guard.questions.borrow_mut().drain(..).collect::<Vec<_>>();
        let version = |(_, question)| match question {
            Question::EndAll { change, .. } => Some(change.map(|change| change.version)),
            Question::EndOlder { version, .. } => Some(Some(version)),
            _ => None,
        };
        questions.into_iter().filter_map(version).collect()
    }
}

fn json_request(method: &str, path: &str, key: &str) -> Sent {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query.to_owned())));
    Sent { query, ..bearing(method, path, key) }.header("content-type", "application/json")
}

fn etag(response: &Response) -> String {
    support::header(response, "etag").unwrap().to_owned()
}

fn stored(row: &Row<'_>, first: usize) -> Stored {
    let row = StoredRow {
        password_hash: row.get(first).unwrap(),
        disabled: row.get(first + 1).unwrap(),
        subject: row.get(first + 2).unwrap(),
        claims: row.get(first + 3).unwrap(),
        imported_hash: row.get(first + 4).unwrap(),
        created_at: row.get(first + 5).unwrap(),
        changed_at: row.get(first + 6).unwrap(),
        version: row.get(first + 7).unwrap(),
        email: row.get(first + 8).unwrap(),
    };
    row.into_stored().unwrap()
}

impl Records for Service {
    async fn read(&self, username: &Username) -> Result<Stored, StoreError> {
        if self.fails.get() {
            return Err(StoreError::TimedOut);
        }
        let mut statement = self.database.prepare(READ).unwrap();
        let mut rows = statement.query([username.as_str()]).unwrap();
        Ok(rows.next().unwrap().map_or_else(Stored::default, |row| stored(row, 0)))
    }

    async fn set(&self, username: &Username, old: &Stored, new: &Stored) -> Result<bool, StoreError> {
        if let Some(other) = self.meanwhile.borrow_mut().pop() {
            self.database.execute(other, []).unwrap();
        }
        let mut is_set = false;
        for (statement, values) in d1::set(username, old, new) {
            let values = values.into_iter().map(|value| match value {
                d1::Value::Null => SqlValue::Null,
                d1::Value::Integer(integer) => SqlValue::Integer(integer),
                d1::Value::Text(text) => SqlValue::Text(text),
            });
            is_set = self.database.prepare(statement).unwrap().exists(params_from_iter(values)).unwrap();
        }
        Ok(is_set)
    }
}

impl Directory for &Service {
    async fn read(&self, username: &Username) -> Result<Stored, StoreError> {
        Records::read(*self, username).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Page, StoreError> {
        let mut statement = self.database.prepare(PAGE).unwrap();
        let user = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, stored(row, 1)));
        let users = statement.query_map(params![after.unwrap_or_default(), limit], user).unwrap().map(Result::unwrap);
        let users: Vec<_> = users.map(|(name, stored)| (Username::parse(&name).unwrap(), stored)).collect();
        let next = users.last().filter(|_| users.len() == limit as usize).map(|(name, _)| name.as_str().to_owned());
        Ok(Page { users, next })
    }

    async fn change(&self, change: &Change) -> Result<Outcome, StoreError> {
        compare_and_set(*self, change, now().timestamp_millis()).await
    }

    async fn create_missing(&self, users: &[(&Username, &NewUser)]) -> Result<Vec<(Username, i64)>, StoreError> {
        let mut statement = self.database.prepare(CREATE_MISSING).unwrap();
        let values = params![d1::new_users(users.iter().copied()), now().timestamp_millis()];
        let row = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get(1)?));
        let created = statement.query_map(values, row).unwrap().map(Result::unwrap);
        Ok(created.map(|(name, version)| (Username::parse(&name).unwrap(), version)).collect())
    }
}

impl Users for &Service {
    async fn find(&self, username: &Username) -> Result<Option<User>, StoreError> {
        let user = |row: &Row<'_>| {
            let claims: Option<String> = row.get(3)?;
            let user = d1::user(row.get(0)?, row.get(1)?, row.get(2)?, claims.as_deref(), row.get(4)?, row.get(5)?);
            Ok(user.unwrap())
        };
        Ok(self.database.query_row(FIND, [username.as_str()], user).ok())
    }

    async fn find_newest(&self, username: &Username) -> Option<Result<Option<User>, StoreError>> {
        Some(self.find(username).await)
    }
}

impl Platform for Service {
    fn users(&self) -> impl Users {
        self
    }

    fn guard(&self) -> impl Guard {
        &self.guard
    }

    fn rehash(&self) -> impl RehashStore {
        let users: &MemoryUsers = Box::leak(Box::default());
        users
    }

    fn directory(&self) -> impl Directory {
        self
    }

    fn crypto(&self) -> impl Crypto {
        SoftCrypto
    }
}

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
    assert_eq!(log["users"], json!({ "created": 1, "changed": 1, "unchanged": 1, "invalid": 5, "failed": 0 }));
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
    let too_long = service.send(&json_request("POST", "/api/users", KEY), &"x".repeat(auth::users::MAX_MANY_BYTES + 1));
    assert_eq!(too_long.status(), 413);
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
