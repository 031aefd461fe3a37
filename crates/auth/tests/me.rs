//! `GET /api/user/me`: whose token it is, and which tokens are no longer good.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use auth::platform::{GuardError, StoreError};
use guard::session::{Answer, Question, TokenName};
use serde_json::{Value, json};
use support::{World, config_with, header, json, now, signed};

const ME: &str = "/api/user/me";

fn is_refused(world: &World, token: &str) -> bool {
    let answer = world.get(ME, token).response;
    if answer.status == 200 {
        return false;
    }
    assert_eq!(answer.status, 401);
    assert_eq!(json(&answer), json!({ "detail": "Could not validate credentials", "error": "invalid_token" }));
    assert_eq!(header(&answer, "www-authenticate"), Some(r#"Bearer error="invalid_token""#));
    assert_eq!(header(&answer, "cache-control"), Some("no-store"));
    true
}

/// A token of an application, with these claims besides `sub` and `exp`.
fn foreign(sub: &str, more: &Value) -> String {
    let mut claims = json!({ "sub": sub, "exp": now().timestamp() + 3600 });
    claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    signed(&claims)
}

#[test]
fn a_good_token_names_its_user() {
    let world = World::default();
    let answer = world.get(ME, &world.token());
    assert_eq!(answer.response.status, 200);
    assert_eq!(answer.response.body, r#"{"username":"alice"}"#);
    assert_eq!(header(&answer.response, "cache-control"), Some("no-store"));
    assert!(answer.log.is_empty(), "services ask often");
    assert!(world.guard.asked.borrow().len() == 1, "only the login counts at the gate");
}

#[test]
fn a_request_without_a_token_gets_a_challenge_without_an_error() {
    let world = World::default();
    for header_value in ["", "Basic YTpi", "Bearer", "bearerx"] {
        let mut request = support::bearing("GET", ME, "");
        if !header_value.is_empty() {
            request = request.header("authorization", header_value);
        }
        let answer = world.serve(&request, support::Pieces::default()).response;
        assert_eq!((answer.status, json(&answer)), (401, json!({ "detail": "Not authenticated" })), "{header_value}");
        assert_eq!(header(&answer, "www-authenticate"), Some("Bearer"));
    }
}

#[test]
fn what_the_worker_did_not_sign_reaches_no_object_and_counts_at_the_gate() {
    let mut world = World::default();
    let token = world.token();
    let gate = world.guard.asked.borrow().len();
    let (rest, signature) = token.rsplit_once('.').unwrap();
    for forged in ["x", "a.b.c", &format!("{rest}."), &format!("{rest}.{}", signature.replace(&signature[..1], "_"))] {
        if forged != token {
            assert!(is_refused(&world, forged), "{forged}");
        }
    }
    assert!(world.guard.questions.borrow().is_empty());
    assert_eq!(world.guard.asked.borrow().len(), gate + 4);
    world.guard.admits = false;
    assert_eq!(world.get(ME, "x").response.status, 429);
    assert_eq!(world.get(ME, &token).response.status, 200, "a good token passes even then");
}

#[test]
fn a_token_dies_with_its_session_and_its_user() {
    let mut world = World::default();
    let token = world.token();
    assert!(!is_refused(&world, &token));
    world.guard.answers.borrow_mut().push(Answer::Dead {});
    assert!(is_refused(&world, &token));
    // The nearest copy of the store doesn't know it yet.
    let alice = world.users.records["alice"].clone();
    for newest in [None, Some(accounts::User { disabled: true, ..alice.clone() })] {
        world.users.newest.insert("alice".into(), newest);
        assert!(is_refused(&world, &token));
    }
    world.users.newest.insert("alice".into(), Some(alice));
    assert!(!is_refused(&world, &token));
}

#[test]
fn a_change_of_the_password_ends_tokens_without_a_session_that_are_not_younger() {
    let mut world = World::default();
    let issued = now().timestamp() - 60;
    let with_iat = foreign("alice", &json!({ "iat": issued }));
    // Without `iat`, it was issued a lifetime before it expires: 86,400 s.
    let without = signed(&json!({ "sub": "alice", "exp": issued + 86_400 }));
    for (changed_at, refused) in [(0, false), (issued - 1, false), (issued, true), (issued + 1, true)] {
        world.users.records.get_mut("alice").unwrap().changed_at = changed_at;
        assert_eq!(is_refused(&world, &with_iat), refused, "{changed_at}");
        assert_eq!(is_refused(&world, &without), refused, "{changed_at}");
    }
}

#[test]
fn a_token_of_another_application_is_as_good_and_known_by_its_bytes() {
    let world = World::default();
    let token = foreign("alice", &json!({}));
    assert!(!is_refused(&world, &token));
    let questions = world.guard.questions.borrow();
    let Question::IsAlive { token: TokenName::Digest { digest, issued }, .. } = &questions[0].1 else { panic!() };
    assert_eq!(digest.len(), 32);
    assert_eq!(*issued, (now().timestamp() + 3600 - 86_400) * 1000);
    assert!(questions[0].0.starts_with("afr-"), "always the first region");
}

#[test]
fn expired_tokens_and_tokens_from_the_future_are_refused() {
    let mut world = World::default();
    let at = |seconds: i64| now().timestamp() + seconds;
    assert!(is_refused(&world, &signed(&json!({ "sub": "alice", "exp": at(0) }))));
    assert!(!is_refused(&world, &signed(&json!({ "sub": "alice", "exp": at(86_400) }))));
    assert!(is_refused(&world, &signed(&json!({ "sub": "alice", "exp": at(86_400 + 301) }))), "further than any token");
    assert!(is_refused(&world, &signed(&json!({ "sub": "alice", "exp": at(900), "iat": at(600) }))));
    // A lifetime that was made shorter also holds for tokens that were issued before.
    let old = signed(&json!({ "sub": "alice", "exp": at(80_000), "iat": at(-6_400) }));
    assert!(!is_refused(&world, &old));
    world.config = config_with(&[("SECRET_KEY", support::SECRET), ("ACCESS_TOKEN_EXPIRE_MINUTES", "60")]);
    assert!(is_refused(&world, &old));
}

#[test]
fn a_session_of_an_object_that_no_longer_serves_the_account_is_dead() {
    let world = World::default();
    let own = world.guard.attempts.borrow();
    drop(own);
    world.token();
    let shard = world.guard.attempts.borrow()[0].0.clone();
    let (region, number) = shard.split_once('-').unwrap();
    let other = format!("{region}-{}-1764040000123", (number.parse::<u64>().unwrap() + 1) % 64);
    assert!(!is_refused(&world, &foreign("alice", &json!({ "sid": format!("{shard}-1764040000123") }))));
    for sid in [other.as_str(), "mars-1-1", "", "weur-1"] {
        assert!(is_refused(&world, &foreign("alice", &json!({ "sid": sid }))), "{sid}");
    }
}

#[test]
fn a_session_from_before_a_change_of_the_record_is_dead() {
    let mut world = World::default();
    world.token();
    let shard = world.guard.attempts.borrow()[0].0.clone();
    let sid = format!("{shard}-1764040000123");
    let (token, first) = (foreign("alice", &json!({ "sid": sid, "ver": 7 })), foreign("alice", &json!({ "sid": sid })));
    for (version, refused) in [(0, false), (7, false), (8, true)] {
        world.users.records.get_mut("alice").unwrap().version = version;
        assert_eq!(is_refused(&world, &token), refused, "{version}");
        assert_eq!(is_refused(&world, &first), version > 0, "{version}");
    }
    // Written by hand, without a version: the clocks may be five seconds apart.
    world.users.records.get_mut("alice").unwrap().version = 0;
    let future = now().timestamp() + 1;
    for (changed_at, refused) in [(1_764_040_005, false), (1_764_040_006, true), (future, false)] {
        world.users.records.get_mut("alice").unwrap().changed_at = changed_at;
        assert_eq!(is_refused(&world, &token), refused, "{changed_at}");
    }
}

#[test]
fn an_id_of_one_user_that_is_the_name_of_another_opens_neither_account() {
    let mut world = World::default();
    let hash = world.users.records["alice"].password_hash.clone();
    world.users.add("42", &hash, false);
    world.users.records.get_mut("alice").unwrap().subject = Some("42".to_owned().try_into().unwrap());
    world.users.records.get_mut("42").unwrap().subject = Some("7".to_owned().try_into().unwrap());
    // An application's token for alice, whose id is 42, is not one for the user with the name 42.
    assert!(is_refused(&world, &foreign("42", &json!({}))));
    assert!(is_refused(&world, &foreign("alice", &json!({}))));
    assert!(is_refused(&world, &foreign("7", &json!({ "preferred_username": "alice" }))));
    let answer = world.get(ME, &foreign("42", &json!({ "preferred_username": "alice" }))).response;
    assert_eq!(answer.body, r#"{"username":"alice"}"#);
    let own = json(&world.login("alice", "correct horse battery staple").response);
    assert!(!is_refused(&world, own["access_token"].as_str().unwrap()));
}

#[test]
fn nobody_is_answered_while_a_part_is_out_of_reach() {
    let mut world = World::default();
    let token = world.token();
    world.guard.failure = Some(GuardError::Unavailable("gone".into()));
    let answer = world.get(ME, &token);
    assert_eq!(answer.response.status, 503);
    assert_eq!(support::log(&answer)["outcome"], "guard_error");
    world.guard.failure = None;
    for failure in [StoreError::TimedOut, StoreError::Malformed] {
        world.users.failure = Some(failure);
        let answer = world.get(ME, &token);
        assert_eq!((answer.response.status, support::log(&answer)["event"].clone()), (503, "me".into()));
    }
    world.users.failure = None;
    // An answer to another question is none.
    world.guard.answers.borrow_mut().push(Answer::Ended {});
    assert_eq!(world.get(ME, &token).response.status, 503);
}

#[test]
fn what_was_logged_out_is_dead_and_nothing_else() {
    let world = World::default();
    let (first, second) = (world.token(), world.token());
    let foreign = signed(&json!({ "sub": "alice", "exp": now().timestamp() + 60 }));
    assert_eq!(world.form("/api/user/logout", &first, &[]).response.status, 200);
    assert!(is_refused(&world, &first) && !is_refused(&world, &second) && !is_refused(&world, &foreign));
    assert_eq!(world.form("/api/user/logout", &foreign, &[]).response.status, 200);
    assert!(!is_refused(&world, &second) && is_refused(&world, &foreign));
    let other = signed(&json!({ "sub": "alice", "exp": now().timestamp() + 61 }));
    assert_eq!(world.form("/api/user/logout", &second, &[("everywhere", "true")]).response.status, 200);
    assert!(is_refused(&world, &second) && is_refused(&world, &other));
    assert!(!is_refused(&world, &world.token()), "a login after that is good");
    assert_eq!(world.form("/api/user/logout", &second, &[]).response.status, 200, "already dead");
}
