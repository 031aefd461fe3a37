//! `POST /api/user/create`: strangers become users, in D1's SQL and with a real guard.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use accounts::change::Stored;
use auth::{
    Config, ConfigError,
    platform::{GuardError, OutsideError, StoreError},
};
use serde_json::{Value, json};
use support::{
    Answered, SECRET, Sent, header, now, post,
    service::{PASSWORD, Service},
    text,
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn service(variables: &[(&str, &str)]) -> Service {
    Service::with(&[&[("SIGN_UP", "open")], variables].concat())
}

fn sent(address: &str) -> Sent {
    Sent { path: "/api/user/create".to_owned(), ..post() }.header("cf-connecting-ip", address)
}

fn form(username: &str, password: &str) -> Vec<(&'static str, String)> {
    let fields = [("username", username), ("password1", password), ("password2", password), ("email", "a@b.example")];
    fields.map(|(name, value)| (name, value.to_owned())).to_vec()
}

fn send(service: &Service, fields: &[(&str, String)]) -> Answered {
    service.send(&sent("192.0.2.1"), &serde_urlencoded::to_string(fields).unwrap())
}

fn sign_up(service: &Service, username: &str) -> u16 {
    send(service, &form(username, PASSWORD)).status()
}

fn log(answer: &Answered) -> Value {
    serde_json::from_str(&answer.0.log[0].json).unwrap()
}

fn stored(service: &Service, username: &str) -> Stored {
    let username = accounts::Username::parse(username).unwrap();
    support::finish(auth::users::Records::read(service, &username)).unwrap()
}

#[test]
fn whoever_signs_up_logs_in() {
    let service = service(&[]);
    let created = send(&service, &form("alice", PASSWORD));
    assert_eq!((created.status(), created.0.response.body.as_str(), created.outcome()), (204, "", "ok".to_owned()));
    assert_eq!((log(&created)["event"].as_str(), log(&created)["user"].is_string()), (Some("sign_up"), true));
    assert_eq!(service.login().status(), 200);
    let alice = stored(&service, "alice");
    assert_eq!(alice.email.unwrap().as_str(), "a@b.example");
    assert!(alice.record.is_some_and(|record| !record.disabled && record.imported_hash.is_none()));
}

#[test]
fn nobody_chooses_the_sub_of_another_user() {
    let subject = |variables: &[(&str, &str)]| {
        let service = service(variables);
        assert_eq!(sign_up(&service, "4711"), 204);
        stored(&service, "4711").record.unwrap().subject.map(|subject| subject.as_str().to_owned())
    };
    // The randomness of the tests is one byte again and again.
    let random = subject(&[]).unwrap();
    assert_eq!((random.len(), random[..2].repeat(16)), (32, random.clone()));
    assert_eq!(subject(&[("SIGN_UP_SUBJECT", "random")]), Some(random));
    assert_eq!(subject(&[("SIGN_UP_SUBJECT", "username")]), None);
}

#[test]
fn nobody_signs_up_unless_that_is_open() {
    for variables in [&[][..], &[("SIGN_UP", "off")]] {
        let service = Service::with(variables);
        let answer = send(&service, &form("alice", PASSWORD));
        assert_eq!((answer.status(), answer.json()), (404, json!({ "detail": "Not Found" })));
        assert!(stored(&service, "alice").record.is_none() && service.guard.hashed.borrow().is_empty());
    }
}

#[test]
fn a_name_is_taken_once() {
    let service = service(&[]);
    assert_eq!(sign_up(&service, "alice"), 204);
    let again = send(&service, &form("alice", "another good password"));
    assert_eq!((again.status(), again.outcome()), (409, "taken".to_owned()));
    assert_eq!(again.json(), json!({ "detail": "This username is taken" }));
    assert_eq!(service.login().status(), 200);

    // Somebody else signs up with the name at the same time.
    service.meanwhile.borrow_mut().push(
        "INSERT INTO users (username, password_hash, created_at, changed_at, version) VALUES ('bob', '!', 0, 0, 1)",
    );
    assert_eq!(sign_up(&service, "bob"), 409);
    assert_eq!(stored(&service, "bob").record.unwrap().password_hash, "!");
}

#[test]
fn what_is_wrong_with_a_form_is_said_in_fastapis_words_and_counts_no_sign_up() {
    let service = service(&[]);
    let wrong =
        |field: &str, msg: &str| json!([{ "type": "value_error", "loc": ["body", field], "msg": msg, "input": null }]);
    let username = |name: &str| {
        let pattern = "^[a-z0-9._-]{3,32}$";
        json!([{ "type": "string_pattern_mismatch", "loc": ["body", "username"], "input": name,
                 "msg": format!("String should match pattern '{pattern}'"), "ctx": { "pattern": pattern } }])
    };
    let common = "Value error, the password is among the first that an attacker would guess: choose another";
    let mut other_email = form("alice", PASSWORD);
    other_email[3].1 = "nobody".to_owned();
    for (fields, detail) in [
        (form("Alice", PASSWORD), username("Alice")),
        (form("a@b.example", PASSWORD), username("a@b.example")),
        (form("alice", "password"), wrong("password1", common)),
        (form("alice", "short"), wrong("password1", "Value error, the password has 5 characters: it needs at least 8")),
        (other_email, wrong("email", "Value error, an email address has 3 to 254 bytes, an @ inside, and no spaces")),
        (
            form("alice", PASSWORD)[1..].to_vec(),
            json!([{ "type": "missing", "loc": ["body", "username"], "msg": "Field required", "input": null }]),
        ),
    ] {
        let answer = send(&service, &fields);
        assert_eq!((answer.status(), answer.json()["detail"].clone()), (422, detail));
        assert_eq!(answer.outcome(), "invalid_request");
    }
    assert!(service.guard.hashed.borrow().is_empty());
    let broken = service.send(&sent("192.0.2.1").header("content-type", "multipart/form-data"), "x");
    assert_eq!(broken.status(), 400);
}

#[test]
fn a_pattern_says_which_names_there_are() {
    let service = service(&[("SIGN_UP_NAMES", "[A-Za-z]{1,3}"), ("USERNAME_CASE", "lower")]);
    assert_eq!((sign_up(&service, "Bob"), sign_up(&service, "bob"), sign_up(&service, "alice")), (204, 409, 422));
    assert!(stored(&service, "bob").record.is_some());
}

#[test]
fn a_network_has_a_quota_for_a_day() {
    let service = service(&[("SIGN_UPS_PER_DAY", "2")]);
    // A name that is taken counts, too: otherwise anybody could ask about all names.
    assert_eq!((sign_up(&service, "alice"), sign_up(&service, "alice")), (204, 409));
    let third = send(&service, &form("bob", PASSWORD));
    assert_eq!((third.status(), third.outcome()), (429, "throttled".to_owned()));
    assert_eq!(header(&third.0.response, "retry-after"), Some("86400"));
    let ask_about_alice = send(&service, &form("alice", PASSWORD));
    assert_eq!((ask_about_alice.status(), ask_about_alice.json()), (429, third.json()));
    assert_eq!(stored(&service, "bob").record, None);

    let other = service.send(&sent("192.0.2.2"), &serde_urlencoded::to_string(form("bob", PASSWORD)).unwrap());
    assert_eq!(other.status(), 204);
    // What was refused has not made the day longer.
    service.guard.now.set(now().timestamp_millis() + DAY_MS - 1);
    assert_eq!(sign_up(&service, "carol"), 429);
    service.guard.now.set(now().timestamp_millis() + DAY_MS);
    assert_eq!((sign_up(&service, "carol"), sign_up(&service, "dave"), sign_up(&service, "erin")), (204, 204, 429));
}

#[test]
fn the_quota_stands_apart_from_failures_to_log_in() {
    let service = service(&[("SIGN_UPS_PER_DAY", "1")]);
    assert_eq!((sign_up(&service, "alice"), sign_up(&service, "bob")), (204, 429));
    assert_eq!(service.login().status(), 200);
    assert_eq!(sign_up(&service, "bob"), 429);
}

#[test]
fn the_gate_is_asked_before_anything_else() {
    let mut service = service(&[]);
    service.guard.admits = false;
    let answer = send(&service, &[]);
    assert_eq!((answer.status(), answer.outcome()), (429, "throttled".to_owned()));
    assert_eq!(header(&answer.0.response, "retry-after"), Some("60"));
    let asked = service.guard.asked.borrow().clone();
    service.login();
    assert!(asked.len() == 1 && service.guard.asked.borrow()[1] != asked[0], "it is counted apart from logins");
}

#[test]
fn a_page_of_another_origin_signs_nobody_up() {
    let service = service(&[("REFRESH_IN_COOKIE", "1")]);
    let request = sent("192.0.2.1").header("origin", "https://evil.example");
    let answer = service.send(&request, &serde_urlencoded::to_string(form("alice", PASSWORD)).unwrap());
    assert_eq!((answer.status(), answer.outcome()), (403, "foreign_origin".to_owned()));
}

#[test]
fn without_a_store_or_a_guard_it_is_503() {
    let mut service = service(&[]);
    service.fails.set(true);
    let answer = send(&service, &form("alice", PASSWORD));
    assert_eq!((answer.status(), answer.outcome()), (503, "store_error".to_owned()));
    assert_eq!(log(&answer)["error"], StoreError::TimedOut.to_string());
    service.fails.set(false);
    service.guard.failure = Some(GuardError::Unavailable("no memory".to_owned()));
    let answer = send(&service, &form("alice", PASSWORD));
    assert_eq!((answer.status(), answer.outcome()), (503, "guard_error".to_owned()));
    assert_eq!(stored(&service, "alice").record, None);
}

#[test]
fn a_page_of_another_site_signs_nobody_up() {
    let service = service(&[("CORS_ORIGINS", "https://app.example")]);
    let from = |name: &str, headers: &[(&'static str, &'static str)]| {
        let sent = headers.iter().fold(sent("192.0.2.1"), |sent, (header, value)| sent.header(header, value));
        service.send(&sent, &serde_urlencoded::to_string(form(name, PASSWORD)).unwrap()).status()
    };
    let cross = ("sec-fetch-site", "cross-site");
    assert_eq!(from("mallory", &[cross, ("origin", "https://evil.example")]), 403);
    assert_eq!(from("mallory", &[cross, ("origin", "null")]), 403);
    assert_eq!(from("mallory", &[cross]), 403);
    assert!(service.guard.hashed.borrow().is_empty());
    assert_eq!(from("alice", &[cross, ("origin", "https://app.example")]), 204);
    assert_eq!(from("bob", &[("sec-fetch-site", "same-origin")]), 204);
}

#[test]
fn a_challenge_that_nobody_could_check_is_refused_at_the_start() {
    let parse = |variables: &[(&str, &str)]| {
        let all = [&[("SECRET_KEY", SECRET), ("SIGN_UP", "challenge")], variables].concat();
        Config::parse(|name| text(all.iter().find(|(known, _)| *known == name).map(|(_, value)| *value))).err()
    };
    assert_eq!(parse(&[]), Some(ConfigError::Turnstile));
    assert_eq!(parse(&[("TURNSTILE_SECRET", "")]), Some(ConfigError::Turnstile));
    assert_eq!(parse(&[("TURNSTILE_SECRET", "0x4AAAAAAA-secret")]), None);
    let wrong = parse(&[("TURNSTILE_SECRET", "0x4AAAAAAA-secret"), ("SIGN_UP_SUBJECT", "name")]);
    assert_eq!(wrong, Some(ConfigError::SignUpSubject("name".to_owned())));
}

#[test]
fn a_challenge_has_to_be_solved() {
    let service = service(&[("TURNSTILE_SECRET", "0x4AAAAAAA-secret")]);
    let solved =
        |response: &str| [form("alice", PASSWORD), vec![("cf-turnstile-response", response.to_owned())]].concat();
    let missing = send(&service, &form("alice", PASSWORD));
    assert_eq!(
        (missing.status(), missing.json()["detail"][0]["loc"][1].as_str()),
        (422, Some("cf-turnstile-response"))
    );
    assert!(service.outside.asked.borrow().is_empty());

    for (answer, status, outcome) in [
        (Ok(r#"{"success":false,"error-codes":["timeout-or-duplicate"]}"#), 400, "unsolved"),
        (Ok("<html>"), 503, "challenge_error"),
        (Ok("{}"), 503, "challenge_error"),
        (Ok(r#"{"success":"true"}"#), 503, "challenge_error"),
        (Err("it answered 500"), 503, "challenge_error"),
    ] {
        let answer = answer.map(str::to_owned).map_err(|why| OutsideError(why.to_owned()));
        service.outside.answers.borrow_mut().push(answer);
        let answer = send(&service, &solved("a b&c"));
        assert_eq!((answer.status(), answer.outcome()), (status, outcome.to_owned()));
    }
    assert_eq!(stored(&service, "alice").record, None);
    assert!(service.guard.hashed.borrow().is_empty());

    service.outside.answers.borrow_mut().push(Ok(r#"{"success":true}"#.to_owned()));
    assert_eq!(send(&service, &solved("a b&c")).status(), 204);
    let (url, _, body) = service.outside.asked.borrow().last().unwrap().clone();
    assert_eq!(url, "https://challenges.cloudflare.com/turnstile/v0/siteverify");
    assert_eq!(body, "secret=0x4AAAAAAA-secret&response=a+b%26c&remoteip=192.0.2.1");
    assert!(!format!("{:?}", service.config).contains("0x4AAAAAAA"));
}

/// The SHA-1 of [`PASSWORD`] is ABF7AAD6438836DBE526AA231ABDE2D0EEF74D42.
#[test]
fn a_breached_password_is_refused_wherever_it_is_new() {
    let service = service(&[("BREACH_CHECK", "1")]);
    let known = || Ok("AD6438836DBE526AA231ABDE2D0EEF74D42:42\r\n".to_owned());
    let refused = "Value error, the password is known from a data breach: choose another";
    service.outside.answers.borrow_mut().push(known());
    let answer = send(&service, &form("alice", PASSWORD));
    assert_eq!((answer.status(), answer.json()["detail"][0]["msg"].as_str()), (422, Some(refused)));
    let asked = service.outside.asked.borrow().clone();
    assert_eq!(
        asked,
        [("https://api.pwnedpasswords.com/range/ABF7A".to_owned(), "add-padding: true".to_owned(), String::new())]
    );

    service.outside.answers.borrow_mut().push(known());
    let put = service.ask("PUT", "/api/users/alice", &json!({ "password": PASSWORD }));
    assert_eq!((put.status(), put.json()["detail"][0]["msg"].as_str()), (422, Some(refused)));
    assert_eq!(stored(&service, "alice").record, None);

    // A hash tells nothing, and what the rules refuse is not sent.
    let asked = service.outside.asked.borrow().len();
    send(&service, &form("alice", "password"));
    service.ask("PUT", "/api/users/alice", &json!({ "password_hash": support::service::BCRYPT }));
    assert_eq!(service.outside.asked.borrow().len(), asked);
}

#[test]
fn a_password_is_taken_if_the_list_of_breached_ones_cant_be_asked() {
    let service = service(&[("BREACH_CHECK", "1")]);
    let answer = send(&service, &form("alice", PASSWORD));
    assert_eq!((answer.status(), answer.outcome()), (204, "ok".to_owned()));
    let warning = "the password was not looked up among breached ones: no answer within 1 s";
    assert_eq!(log(&answer)["warning"], warning);
}
