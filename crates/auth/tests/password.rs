//! `POST /api/user/password`: the old password is an attempt, the new one has rules, and everything earlier ends.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use auth::platform::GuardError;
use guard::session::{Answer, Newest, Question, RecordChange};
use serde_json::{Value, json};
use support::{Answered, SECRET, World, claims, config_with, header, now};

const PATH: &str = "/api/user/password";
const OLD: &str = "correct horse battery staple";
const NEW: &str = "tr0ubador & tr1angle";

fn change(world: &World, token: &str, old: &str, new: &str) -> Answered {
    let answer = Answered(world.form(PATH, token, &[("password", old), ("new_password", new)]));
    assert_eq!(header(&answer.0.response, "cache-control"), Some("no-store"));
    assert!(!answer.0.log[0].json.contains("tr0ubador") && !answer.0.log[0].json.contains("alice"));
    answer
}

/// The answers to the next questions: the token is alive, and all regions end everything.
fn answers(world: &World, regions: usize) {
    let ended = vec![Answer::Ended {}; regions];
    *world.guard.answers.borrow_mut() = ended.into_iter().chain([Answer::Alive { change: None }]).collect();
    world.guard.questions.borrow_mut().clear();
}

fn end_alls(world: &World) -> Vec<Option<RecordChange>> {
    let questions = world.guard.questions.borrow();
    let of = questions.iter().filter_map(|(_, question)| match question {
        Question::EndAll { change, .. } => Some(change.clone()),
        _ => None,
    });
    of.collect()
}

#[test]
fn the_new_password_takes_the_place_of_the_old_one_and_everything_earlier_ends() {
    let world = World::default();
    let token = world.token();
    answers(&world, 6);
    let answer = change(&world, &token, OLD, NEW);
    assert_eq!((answer.status(), answer.outcome()), (200, "ok".into()));
    let version = now().timestamp_millis() + 2000;
    let change = RecordChange { version, newest: Newest::InStore };
    assert_eq!(end_alls(&world), vec![Some(change); 6]);
    let body = answer.json();
    let members: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(members, ["access_token", "expires_in", "token_type", "username"], "as a login is answered");
    // The last attempt was the new password's, with the new version, and did not count.
    let attempts = world.guard.attempts.borrow();
    let (_, format, names) = attempts.last().unwrap();
    assert_eq!((*format, names.already_counted, attempts.len()), ("argon2id", true, 3));
    assert_eq!(*world.guard.versions.borrow(), [0, 0, version]);
    drop(attempts);
    assert_eq!(world.login("alice", OLD).response.status, 401);
    assert_eq!(world.login("alice", NEW).response.status, 200);
}

#[test]
fn with_users_in_kv_the_accounts_home_has_told_the_guards() {
    let config = config_with(&[("SECRET_KEY", SECRET), ("USER_STORE", "kv")]);
    let world = World { config, ..World::default() };
    let token = world.token();
    answers(&world, 0);
    assert_eq!(change(&world, &token, OLD, NEW).status(), 200);
    assert!(end_alls(&world).is_empty());
}

#[test]
fn with_refresh_tokens_the_answer_has_a_new_session() {
    let config = config_with(&[("SECRET_KEY", SECRET), ("REFRESH_TOKEN_EXPIRE_MINUTES", "60")]);
    let world = World { config, ..World::default() };
    let token = world.token();
    answers(&world, 6);
    let body = change(&world, &token, OLD, NEW).json();
    assert!(body["refresh_token"].is_string());
    assert!(claims(body["access_token"].as_str().unwrap())["sid"].is_string());
    let begun: Vec<bool> = world.guard.begun.borrow().iter().map(Option::is_some).collect();
    assert_eq!(begun, [true, false, true], "the check of the old password begins none");
}

#[test]
fn a_wrong_password_is_counted_like_a_logins() {
    let world = World::default();
    let token = world.token();
    for _ in 0..5 {
        answers(&world, 0);
        let answer = change(&world, &token, "a wrong password", NEW);
        let refused = json!({ "detail": "Incorrect password", "error": "invalid_grant" });
        assert_eq!((answer.status(), answer.json(), answer.outcome()), (400, refused, "bad_password".into()));
        assert_eq!(header(&answer.0.response, "www-authenticate"), None);
    }
    answers(&world, 0);
    let answer = change(&world, &token, OLD, NEW);
    assert_eq!((answer.status(), answer.outcome()), (429, "throttled".into()));
    assert!(header(&answer.0.response, "retry-after").is_some());
    assert!(end_alls(&world).is_empty() && world.guard.hashed.borrow().is_empty());
}

#[test]
fn a_password_that_is_guessed_first_is_refused_before_anything_is_verified() {
    let world = World::default();
    let token = world.token();
    for new in ["short", "Password1", "alice", &"long".repeat(1000)] {
        answers(&world, 0);
        let answer = change(&world, &token, OLD, new);
        assert_eq!((answer.status(), answer.json()["error"].clone()), (400, "invalid_request".into()), "{new}");
        assert_eq!(answer.outcome(), "refused_password");
    }
    assert_eq!(world.guard.attempts.borrow().len(), 1);
}

#[test]
fn only_a_good_token_may_ask() {
    let world = World::default();
    let token = world.token();
    assert_eq!(change(&world, "", OLD, NEW).status(), 401);
    let gate = world.guard.asked.borrow().len();
    assert_eq!(change(&world, "x", OLD, NEW).outcome(), "forged");
    assert_eq!(world.guard.asked.borrow().len(), gate + 1);
    world.guard.answers.borrow_mut().push(Answer::Dead {});
    let answer = change(&world, &token, OLD, NEW);
    assert_eq!((answer.status(), answer.json()["error"].clone()), (401, "invalid_token".into()));
    assert_eq!(world.guard.attempts.borrow().len(), 1, "nobody guesses passwords with a dead token");
    for form in [vec![("password", OLD)], vec![("new_password", NEW)]] {
        let answer = Answered(world.form(PATH, &token, &form));
        assert_eq!((answer.status(), answer.json()["error"].clone()), (400, "invalid_request".into()));
    }
}

#[test]
fn a_record_that_changed_meanwhile_stays() {
    let mut world = World::default();
    let token = world.token();
    let alice = world.users.records["alice"].clone();
    world.users.changes_meanwhile = Some(accounts::User { password_hash: "another".into(), ..alice });
    answers(&world, 6);
    let answer = change(&world, &token, OLD, NEW);
    assert_eq!((answer.status(), answer.outcome()), (409, "changed_meanwhile".into()));
    assert!(end_alls(&world).is_empty());
}

#[test]
fn a_change_is_answered_only_once_every_region_has_it() {
    let mut world = World::default();
    let token = world.token();
    answers(&world, 5);
    world.guard.answers.borrow_mut().insert(0, Answer::Alive { change: None });
    assert_eq!(change(&world, &token, OLD, NEW).status(), 503);
    assert_eq!(end_alls(&world).len(), 6);
    assert_eq!(world.login("alice", NEW).response.status, 200, "what is written stays");
    world.guard.failure = Some(GuardError::Unavailable("gone".into()));
    let answer = change(&world, &token, OLD, NEW);
    assert_eq!((answer.status(), answer.json()), (503, json!({ "detail": "Service temporarily unavailable" })));
    let _: Value = answer.json();
}

#[test]
fn the_token_that_was_sent_dies_and_the_one_in_the_answer_is_good_at_once() {
    let world = World::default();
    let (token, other) = (world.token(), world.token());
    let answer = change(&world, &token, OLD, NEW).json();
    for (token, status) in [(token.as_str(), 401), (&other, 401), (answer["access_token"].as_str().unwrap(), 200)] {
        assert_eq!(world.get("/api/user/me", token).response.status, status);
    }
}
