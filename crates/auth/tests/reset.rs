//! A service asks for a token, and its user sets a new password with it: in D1's SQL, and with a real guard.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use auth::http::Random;
use auth::platform::GuardError;
use chrono::{DateTime, TimeDelta, Utc};
use guard::session::Question;
use serde_json::{Value, json};
use support::{
    Answered, Pieces, Repeated, Sent, bearing, context, finish, header, now, post,
    service::{BCRYPT, KEY, PASSWORD, READ_KEY, Service, json_request},
};

const NEW: &str = "another sentence that nobody would guess";

/// A service with the user `alice`.
fn service() -> Service {
    let service = Service::new();
    assert_eq!(service.ask("PUT", "/api/users/alice", &json!({ "password": PASSWORD })).status(), 201);
    service
}

/// Each token has random bits of its own.
fn ask_at(service: &Service, random: &dyn Random, time: DateTime<Utc>) -> Answered {
    let request = json_request("POST", "/api/users/alice/reset", KEY);
    let context = auth::http::RequestContext { now: time, ..context(random) };
    Answered(finish(auth::serve(&service.config, service, &request.head(), Pieces::whole(b""), &context)))
}

fn token_of(answer: &Answered) -> String {
    assert_eq!((answer.status(), answer.json()["expires_in"].as_i64()), (200, Some(1800)));
    answer.json()["token"].as_str().unwrap().to_owned()
}

fn issued(service: &Service) -> String {
    token_of(&ask_at(service, &Repeated(1), now()))
}

fn request(address: &str) -> Sent {
    Sent { path: "/api/user/reset".to_owned(), ..post() }.header("cf-connecting-ip", address)
}

fn reset_at(service: &Service, token: &str, password: &str, time: DateTime<Utc>) -> Answered {
    let form = serde_urlencoded::to_string([("token", token), ("new_password", password)]).unwrap();
    let context = auth::http::RequestContext { now: time, ..context(&Repeated(9)) };
    let sent = request("192.0.2.1");
    Answered(finish(auth::serve(&service.config, service, &sent.head(), Pieces::whole(form.as_bytes()), &context)))
}

fn reset(service: &Service, token: &str, password: &str) -> Answered {
    reset_at(service, token, password, now())
}

fn login(service: &Service, password: &str) -> Answered {
    let form = serde_urlencoded::to_string([("username", "alice"), ("password", password)]).unwrap();
    service.send(&post().header("cf-connecting-ip", "192.0.2.1"), &form)
}

fn is_void(answer: &Answered) {
    let refused = json!({ "detail": "The reset token is not valid", "error": "invalid_grant" });
    assert_eq!((answer.status(), answer.json(), answer.outcome()), (400, refused, "void".to_owned()));
}

#[test]
fn a_token_sets_a_new_password_once_and_ends_everything() {
    let service = service();
    service.guard.now.set(now().timestamp_millis() + 3000);
    let before = login(&service, PASSWORD).json();
    let token = issued(&service);
    let access = before["access_token"].as_str().unwrap();
    // To ask for a token changes nothing.
    assert_eq!((service.me(access), login(&service, PASSWORD).status()), (200, 200));
    service.questions();

    let answer = reset(&service, &token, NEW);
    assert_eq!((answer.status(), answer.0.response.body.as_str(), answer.outcome()), (204, "", "ok".to_owned()));
    let told = service.questions();
    assert!(told.len() == 6 && told.iter().all(Option::is_some), "{told:?}");
    assert_eq!(service.me(access), 401);
    let form = serde_urlencoded::to_string([("refresh_token", before["refresh_token"].as_str().unwrap())]).unwrap();
    assert_eq!(service.send(&bearing("POST", "/api/user/refresh", ""), &form).status(), 400);
    assert_eq!((login(&service, PASSWORD).status(), login(&service, NEW).status()), (401, 200));
    is_void(&reset(&service, &token, PASSWORD));
    assert_eq!(login(&service, NEW).status(), 200);
}

#[test]
fn one_token_is_good_at_a_time_and_none_replaces_another_within_a_minute() {
    let service = service();
    let first = issued(&service);
    let soon = ask_at(&service, &Repeated(2), now() + TimeDelta::milliseconds(59_999));
    assert_eq!((soon.status(), soon.json()), (429, json!({ "detail": "Too many requests" })));
    assert_eq!((header(&soon.0.response, "retry-after"), soon.outcome()), (Some("60"), "throttled".to_owned()));
    let later = now() + TimeDelta::seconds(60);
    let second = token_of(&ask_at(&service, &Repeated(2), later));
    assert_ne!(first, second);
    is_void(&reset_at(&service, &first, NEW, later));
    assert_eq!(reset_at(&service, &second, NEW, later).status(), 204);
    // Whoever has used one may ask for another at once.
    token_of(&ask_at(&service, &Repeated(3), later));
}

#[test]
fn a_token_expires() {
    let service = service();
    let token = issued(&service);
    is_void(&reset_at(&service, &token, NEW, now() + TimeDelta::minutes(30)));
    assert_eq!(reset_at(&service, &token, NEW, now() + TimeDelta::milliseconds(30 * 60_000 - 1)).status(), 204);
}

#[test]
fn a_password_that_is_refused_uses_no_token_up() {
    let service = service();
    let token = issued(&service);
    let hashed = service.guard.hashed.borrow().len();
    for (password, detail) in [
        ("short", "the password has 5 characters: it needs at least 8"),
        ("password", "the password is among the first that an attacker would guess: choose another"),
        ("", "new_password is missing"),
    ] {
        let answer = reset(&service, &token, password);
        assert_eq!((answer.status(), answer.json()["detail"].as_str()), (400, Some(detail)));
    }
    assert_eq!(service.guard.hashed.borrow().len(), hashed);
    assert_eq!(reset(&service, &token, NEW).status(), 204);
}

#[test]
fn another_password_makes_a_token_void_wherever_it_comes_from() {
    for change in [
        json!({ "password": "a third good password" }),
        json!({ "password_hash": BCRYPT }),
        json!("UPDATE users SET password_hash = '$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy'"),
        Value::Null,
    ] {
        let service = service();
        let token = issued(&service);
        match &change {
            Value::String(sql) => drop(service.database.execute(sql, []).unwrap()),
            Value::Null => {
                service.ask("DELETE", "/api/users/alice", &Value::Null);
                is_void(&reset(&service, &token, NEW));
                service.ask("PUT", "/api/users/alice", &json!({ "password": PASSWORD }));
            }
            members => assert_eq!(service.ask("PATCH", "/api/users/alice", members).status(), 200),
        }
        is_void(&reset(&service, &token, NEW));
        assert_eq!(login(&service, NEW).status(), 401, "{change}");
    }
}

#[test]
fn other_changes_leave_a_token_good_and_it_enables_nobody() {
    let service = service();
    let token = issued(&service);
    let change = json!({ "disabled": true, "email": "alice@example.com", "claims": { "role": "user" } });
    assert_eq!(service.ask("PATCH", "/api/users/alice", &change).status(), 200);
    assert_eq!(reset(&service, &token, NEW).status(), 204);
    assert_eq!(login(&service, NEW).status(), 401);
    let alice = service.ask("GET", "/api/users/alice", &Value::Null).json();
    assert_eq!((alice["disabled"].as_bool(), alice["claims"]["role"].as_str()), (Some(true), Some("user")));
    service.ask("PATCH", "/api/users/alice", &json!({ "disabled": false }));
    assert_eq!(login(&service, NEW).status(), 200);
}

#[test]
fn a_change_at_the_same_time_is_not_overwritten() {
    for meanwhile in [
        "UPDATE users SET password_hash = '!'",
        "UPDATE users SET reset = NULL, version = version + 1, password_hash = '!'",
        "DELETE FROM users",
    ] {
        let service = service();
        let token = issued(&service);
        service.meanwhile.borrow_mut().push(meanwhile);
        is_void(&reset(&service, &token, NEW));
        assert_eq!(login(&service, NEW).status(), 401, "{meanwhile}");
    }
    // Two ask at the same time: the second sees what the first has stored.
    let service = service();
    let asked_at = now().timestamp_millis();
    let reset = json!({ "secret": "x", "asked_at": asked_at, "expires_at": asked_at + 1, "of_hash": "x" });
    let statement: &'static str = Box::leak(format!("UPDATE users SET reset = '{reset}'").into_boxed_str());
    service.meanwhile.borrow_mut().push(statement);
    assert_eq!(ask_at(&service, &Repeated(1), now()).status(), 429);
}

#[test]
fn the_failures_of_the_account_are_forgiven() {
    let service = service();
    for _ in 0..6 {
        login(&service, "a wrong password");
    }
    assert_eq!(login(&service, PASSWORD).status(), 429);
    let token = issued(&service);
    assert_eq!(login(&service, PASSWORD).status(), 429);
    assert_eq!(reset(&service, &token, NEW).status(), 204);
    assert_eq!(login(&service, NEW).status(), 200);
    let forgives = |(_, question): &(String, Question)| matches!(question, Question::Forgive { .. });
    assert_eq!(service.guard.questions.borrow().iter().filter(|question| forgives(question)).count(), 6);
}

#[test]
fn a_used_token_has_the_guards_told_once_more() {
    let mut service = service();
    let token = issued(&service);
    assert_eq!(reset(&service, &token, NEW).status(), 204);
    let version = service.questions()[0].unwrap();
    // The answer may have been lost, or the guards may not have been told.
    is_void(&reset(&service, &token, NEW));
    assert_eq!(service.questions(), [Some(version); 6]);
    service.guard.failure = Some(GuardError::Unavailable("it is away".to_owned()));
    assert_eq!(reset(&service, &token, NEW).outcome(), "guard_error");
    service.guard.failure = None;
    service.questions();
    is_void(&reset_at(&service, &token, NEW, now() + TimeDelta::hours(2)));
    assert_eq!(service.questions(), [], "no copy is so old");
}

#[test]
fn what_was_not_issued_here_reaches_no_store() {
    let mut service = service();
    let token = issued(&service);
    service.fails.set(true);
    service.guard.failure = Some(GuardError::Unavailable("it is away".to_owned()));
    for token in ["", "x", &token[1..], &format!("{token}A"), &token.replace(&token[10..11], "-")] {
        let answer = reset(&service, token, NEW);
        assert_eq!(answer.status(), 400, "{token}");
    }
    // The same token of a Worker with another secret.
    let other = Service::with(&[("ROOT_SECRET", "8f0e1d2c3b4a59687786a5b4c3d2e1f08f0e1d2c3b4a5968")]);
    is_void(&reset(&other, &token, NEW));
    assert_eq!(
        (reset(&service, &token, NEW).status(), reset(&service, &token, NEW).outcome()),
        (503, "store_error".to_owned())
    );
    service.fails.set(false);
    assert_eq!(reset(&service, &token, NEW).outcome(), "guard_error");
    service.guard.failure = None;
    assert_eq!(reset(&service, &token, NEW).status(), 204);
}

#[test]
fn the_gate_is_asked_first_and_foreign_pages_reset_nothing() {
    let mut service = Service::with(&[("REFRESH_IN_COOKIE", "1")]);
    service.ask("PUT", "/api/users/alice", &json!({ "password": PASSWORD }));
    let token = issued(&service);
    let form = serde_urlencoded::to_string([("token", token.as_str()), ("new_password", NEW)]).unwrap();
    let foreign = service.send(&request("192.0.2.1").header("origin", "https://evil.example"), &form);
    assert_eq!(foreign.status(), 403);
    service.guard.admits = false;
    let answer = service.send(&request("192.0.2.1"), &form);
    assert_eq!((answer.status(), answer.outcome()), (429, "throttled".to_owned()));
}

#[test]
fn only_a_service_that_may_write_asks_for_a_token() {
    let service = service();
    for (key, status) in [(READ_KEY, 403), ("no key at all, but one of 32 bytes", 401)] {
        assert_eq!(service.send(&json_request("POST", "/api/users/alice/reset", key), "").status(), status);
    }
    assert_eq!(service.ask("POST", "/api/users/nobody/reset", &Value::Null).status(), 404);
    let log: Value = serde_json::from_str(&ask_at(&service, &Repeated(1), now()).0.log[0].json).unwrap();
    assert_eq!((log["event"].as_str(), log["key"].as_str()), (Some("user_reset"), Some("shop")));
    service.fails.set(true);
    let failed = service.ask("POST", "/api/users/alice/reset", &Value::Null);
    assert_eq!((failed.status(), failed.outcome()), (503, "store_error".to_owned()));
}

#[test]
fn a_token_is_kept_as_a_hash_and_written_to_no_log() {
    let service = service();
    let answer = ask_at(&service, &Repeated(1), now());
    let token = token_of(&answer);
    let kept: String = service.database.query_row("SELECT reset FROM users", [], |row| row.get(0)).unwrap();
    let used = reset(&service, &token, NEW);
    for text in [&kept, &answer.0.log[0].json, &used.0.log[0].json] {
        assert!(!text.contains(&token) && !text.contains("AQEBAQEBAQ") && !text.contains("alice"), "{text}");
    }
}
