//! Refresh tokens: what a login adds, how a new pair is got, and who is refused.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use auth::platform::{GuardError, StoreError};
use guard::session::{Answer, Newest, Question, Refused};
use serde_json::{Value, json};
use support::{SECRET, World, claims, config_with, header, json, now};

const REFRESH: &str = "/api/user/refresh";
const ON: [(&str, &str); 3] =
    [("SECRET_KEY", SECRET), ("REFRESH_TOKEN_EXPIRE_MINUTES", "600"), ("SESSION_EXPIRE_MINUTES", "1000")];

fn world() -> World {
    World { config: config_with(&ON), ..World::default() }
}

fn login(world: &World) -> Value {
    let answer = world.login("alice", "correct horse battery staple").response;
    assert_eq!(answer.status, 200);
    json(&answer)
}

fn refresh(world: &World, token: &str) -> support::Answered {
    support::Answered(world.form(REFRESH, "", &[("grant_type", "refresh_token"), ("refresh_token", token)]))
}

/// The object's answer to the next question: generation 1 of a session that ends in `minutes`.
fn goes_on(world: &World, minutes: i64) {
    let now = now().timestamp_millis();
    let (ends, idle_until) = (now + minutes * 60_000, now + 600 * 60_000);
    world.guard.answers.borrow_mut().push(Answer::Refreshed { generation: 1, ends, idle_until, change: None });
}

fn is_refused(world: &World, token: &str) -> String {
    let answer = refresh(world, token);
    assert_eq!(answer.status(), 400, "{:?}", answer.0);
    assert_eq!(answer.json(), json!({ "detail": "The refresh token is not valid", "error": "invalid_grant" }));
    assert_eq!(header(&answer.0.response, "www-authenticate"), None, "some clients throw on a challenge first");
    assert_eq!(header(&answer.0.response, "cache-control"), Some("no-store"));
    answer.outcome()
}

#[test]
fn without_it_everything_stays_as_it_was() {
    let world = World::default();
    let members: Vec<String> = login(&world).as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["access_token", "expires_in", "token_type", "username"]);
    assert_eq!(refresh(&world, "x").status(), 404);
    let grant = [("grant_type", "refresh_token"), ("refresh_token", "x")];
    let answer = world.form("/api/user/login", "", &grant).response;
    assert_eq!((answer.status, json(&answer)["detail"][0]["type"].clone()), (422, "string_pattern_mismatch".into()));
}

#[test]
fn a_login_adds_a_refresh_token_and_how_long_it_lives() {
    let world = world();
    let answer = login(&world);
    assert_eq!((answer["expires_in"].clone(), answer["refresh_expires_in"].clone()), (60_000.into(), 36_000.into()));
    let access = claims(answer["access_token"].as_str().unwrap());
    assert_eq!(access["exp"], now().timestamp() + 60_000, "no access token outlives its session");
    assert!(access["sid"].as_str().unwrap().starts_with(&world.guard.attempts.borrow()[0].0));
    let session = world.guard.begun.borrow()[0].clone().unwrap();
    assert_eq!((session.idle, session.lifetime), (36_000_000, 60_000_000));
    for secret in ["192.0.2.1", "Mozilla", &"07".repeat(16)] {
        assert!(!session.client.contains(secret) && !session.secret.contains(secret), "{session:?}");
    }
}

#[test]
fn a_refresh_gives_a_new_pair_of_the_same_session() {
    let world = world();
    let first = login(&world);
    goes_on(&world, 10);
    let answer = refresh(&world, first["refresh_token"].as_str().unwrap());
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.outcome(), "ok");
    let second = answer.json();
    assert_eq!((second["expires_in"].clone(), second["refresh_expires_in"].clone()), (600.into(), 600.into()));
    let sid = |answer: &Value| claims(answer["access_token"].as_str().unwrap())["sid"].clone();
    assert_eq!((sid(&second), second["username"].clone()), (sid(&first), "alice".into()));
    assert_ne!(second["refresh_token"], first["refresh_token"]);
    // The successor says what the first said, in the next generation.
    goes_on(&world, 10);
    refresh(&world, second["refresh_token"].as_str().unwrap());
    let questions = world.guard.questions.borrow();
    let [
        (shard, Question::Refresh { account, number, generation, secret, network, idle, .. }),
        (other_shard, Question::Refresh { generation: next, secret: same, .. }),
    ] = &questions[..]
    else {
        panic!("{questions:?}")
    };
    assert_eq!(format!("{shard}-{number}"), sid(&first).as_str().unwrap());
    assert_eq!((*generation, *next, *idle, secret), (0, 1, 36_000_000, same));
    assert_eq!((shard, secret), (other_shard, &world.guard.begun.borrow()[0].clone().unwrap().secret));
    let names = world.guard.attempts.borrow()[0].2.clone();
    assert_eq!((account, network), (&names.account, &names.network));
}

#[test]
fn the_logins_address_takes_a_refresh_too() {
    let world = world();
    let token = login(&world)["refresh_token"].as_str().unwrap().to_owned();
    goes_on(&world, 10);
    let grant = [("grant_type", "refresh_token"), ("refresh_token", &token)];
    let answer = world.form("/api/user/login", "", &grant);
    assert_eq!(answer.response.status, 200);
    assert_eq!(support::log(&answer)["event"], "refresh");
    world.guard.answers.borrow_mut().push(Answer::Refused { why: Refused::NoSession });
    let answer = world.form("/api/user/login", "", &grant);
    assert_eq!((answer.response.status, json(&answer.response)["error"].clone()), (400, "invalid_grant".into()));
    assert_eq!(header(&answer.response, "www-authenticate"), None);
}

#[test]
fn the_guard_refuses_and_the_log_says_why() {
    let world = world();
    let token = login(&world)["refresh_token"].as_str().unwrap().to_owned();
    for (why, outcome) in [(Refused::NoSession, "ended"), (Refused::Reused, "reused"), (Refused::Shared, "shared")] {
        world.guard.answers.borrow_mut().push(Answer::Refused { why });
        assert_eq!(is_refused(&world, &token), outcome);
    }
}

#[test]
fn a_user_who_is_gone_disabled_or_changed_is_refused() {
    let mut world = world();
    let token = login(&world)["refresh_token"].as_str().unwrap().to_owned();
    let alice = world.users.records["alice"].clone();
    for (newest, outcome) in [
        (None, "unknown_user"),
        (Some(accounts::User { disabled: true, ..alice.clone() }), "disabled"),
        (Some(accounts::User { version: now().timestamp_millis() + 2000, ..alice }), "changed"),
    ] {
        world.users.newest.insert("alice".into(), newest);
        goes_on(&world, 10);
        assert_eq!(is_refused(&world, &token), outcome);
    }
}

#[test]
fn what_the_worker_did_not_sign_reaches_no_object_and_counts_at_the_gate() {
    let mut world = world();
    let answer = login(&world);
    let (token, access) = (answer["refresh_token"].as_str().unwrap(), answer["access_token"].as_str().unwrap());
    let gate = world.guard.asked.borrow().len();
    let changed = format!("{}{}", if token.starts_with('B') { "C" } else { "B" }, &token[1..]);
    for forged in ["x", access, &changed, &format!("{token}="), &"A".repeat(9000)] {
        assert_eq!(is_refused(&world, forged), "forged", "{forged}");
    }
    assert!(world.guard.questions.borrow().is_empty());
    assert_eq!(world.guard.asked.borrow().len(), gate + 5);
    world.guard.admits = false;
    assert_eq!(refresh(&world, "x").status(), 429);
    assert_eq!(refresh(&world, token).status(), 429, "an account, too, refreshes only so often");
    assert!(world.guard.questions.borrow().is_empty());
    // A refresh token is no access token.
    assert_eq!(world.get("/api/user/me", token).response.status, 429);
}

#[test]
fn a_form_that_is_no_refresh_is_told_so() {
    let world = world();
    for (form, error) in [
        (vec![], "invalid_request"),
        (vec![("grant_type", "refresh_token")], "invalid_request"),
        (vec![("refresh_token", "x")], "invalid_request"),
        (vec![("grant_type", "password"), ("refresh_token", "x")], "unsupported_grant_type"),
    ] {
        let answer = world.form(REFRESH, "", &form).response;
        assert_eq!((answer.status, json(&answer)["error"].clone()), (400, error.into()), "{form:?}");
        assert!(json(&answer)["detail"].is_string());
    }
}

#[test]
fn nobody_is_answered_while_a_part_is_out_of_reach() {
    let mut world = world();
    let token = login(&world)["refresh_token"].as_str().unwrap().to_owned();
    world.guard.failure = Some(GuardError::Unavailable("gone".into()));
    assert_eq!(refresh(&world, &token).status(), 503);
    world.guard.failure = None;
    world.users.failure = Some(StoreError::TimedOut);
    goes_on(&world, 10);
    assert_eq!(refresh(&world, &token).status(), 503);
    world.users.failure = None;
    world.guard.answers.borrow_mut().push(Answer::Ended {});
    assert_eq!(refresh(&world, &token).status(), 503, "an answer to another question is none");
}

#[test]
fn a_guard_of_an_older_version_begins_no_session() {
    let mut world = world();
    world.guard.verdict = Some(guard::Verdict::Match { number: None });
    let answer = login(&world);
    assert_eq!(answer["refresh_token"], Value::Null);
    assert_eq!(claims(answer["access_token"].as_str().unwrap())["sid"], Value::Null);
}

#[test]
fn a_login_with_a_record_older_than_the_guard_knows_reads_it_again_once() {
    for (has_copy, is_in_store) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut world = world();
        let alice = world.users.records["alice"].clone();
        let record = format!(r#"{{"password_hash":"{}","version":7}}"#, alice.password_hash);
        if !has_copy {
            world.users.records.remove("alice");
        }
        if is_in_store {
            world.users.newest.insert("alice".into(), Some(accounts::User { version: 7, ..alice }));
        }
        world.guard.knows = Some((7, if is_in_store { Newest::InStore } else { Newest::Record(record) }));
        let answer = world.login("alice", "correct horse battery staple");
        assert_eq!(answer.response.status, 200);
        let attempts = world.guard.attempts.borrow();
        assert_eq!(attempts.len(), 2);
        assert!(!attempts[1].2.already_counted, "the first was not counted");
    }
}

#[test]
fn a_user_whose_deletion_the_guard_knows_of_is_refused_like_an_unknown_one() {
    let mut world = world();
    world.guard.knows = Some((7, Newest::Deleted));
    let answer = world.login("alice", "correct horse battery staple");
    let unknown = world.login("nobody at all", "correct horse battery staple");
    assert_eq!((answer.response.status, support::log(&answer)["outcome"].clone()), (401, "unknown_user".into()));
    assert_eq!(
        (answer.response.body.clone(), answer.response.headers),
        (unknown.response.body, unknown.response.headers)
    );
    let attempts = world.guard.attempts.borrow();
    assert_eq!(attempts[1].1, "argon2id", "the dummy is verified");
}

#[test]
fn a_login_that_stays_outdated_is_answered_with_503_and_a_user_who_is_gone_with_401() {
    let mut world = world();
    world.guard.knows = Some((7, Newest::InStore));
    let answer = world.login("alice", "correct horse battery staple");
    assert_eq!((answer.response.status, world.guard.attempts.borrow().len()), (503, 2));
    assert_eq!(support::log(&answer)["outcome"], "store_error");
    world.users.newest.insert("alice".into(), None);
    let answer = world.login("alice", "correct horse battery staple");
    assert_eq!((answer.response.status, support::log(&answer)["outcome"].clone()), (401, "unknown_user".into()));
}

#[test]
fn a_lost_answer_is_given_again_and_an_old_token_ends_the_session() {
    let world = world();
    let tokens =
        |answer: Value| ["refresh_token", "access_token"].map(|name| answer[name].as_str().unwrap().to_owned());
    let [first, _] = tokens(login(&world));
    let [second, _] = tokens(refresh(&world, &first).json());
    let [again, _] = tokens(refresh(&world, &first).json());
    assert_eq!(second, again);
    let [third, access] = tokens(refresh(&world, &second).json());
    assert_eq!(world.get("/api/user/me", &access).response.status, 200);
    world.guard.now.set(world.guard.now.get() + 11_000);
    let [_, _] = tokens(refresh(&world, &third).json());
    assert_eq!(is_refused(&world, &first), "reused");
    assert_eq!(is_refused(&world, &third), "ended");
    assert_eq!(world.get("/api/user/me", &access).response.status, 401);
}

#[test]
fn a_logout_by_any_generation_ends_the_session() {
    let world = world();
    let first = login(&world)["refresh_token"].as_str().unwrap().to_owned();
    let second = refresh(&world, &first).json()["refresh_token"].as_str().unwrap().to_owned();
    assert_eq!(world.form("/api/user/logout", "", &[("token", &first)]).response.status, 200);
    assert_eq!(is_refused(&world, &second), "ended");
}
