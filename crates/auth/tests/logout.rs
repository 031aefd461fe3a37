//! `POST /api/user/logout`: one session, or all of a user's.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use auth::platform::GuardError;
use guard::session::{Answer, Question, TokenName};
use serde_json::json;
use support::{Answered, SECRET, World, claims, config_with, header, json, now, signed};

const LOGOUT: &str = "/api/user/logout";
const DAY_AND_CLOCKS_MS: i64 = (86_400 + 300) * 1000;

fn logout(world: &World, bearer: &str, fields: &[(&str, &str)]) -> Answered {
    let answer = Answered(world.form(LOGOUT, bearer, fields));
    assert_eq!(header(&answer.0.response, "cache-control"), Some("no-store"));
    answer
}

fn ends(world: &World, answers: usize) {
    world.guard.answers.borrow_mut().extend(vec![Answer::Ended {}; answers]);
}

/// What the objects were asked since this was last called.
fn asked(world: &World) -> Vec<(String, Question)> {
    world.guard.questions.borrow_mut().drain(..).collect()
}

#[test]
fn a_bearer_token_ends_its_session() {
    let world = World::default();
    let token = world.token();
    ends(&world, 1);
    let answer = logout(&world, &token, &[]);
    assert_eq!(
        (answer.status(), answer.json(), answer.outcome()),
        (200, json!({ "detail": "Logged out" }), "ok".into())
    );
    let questions = asked(&world);
    let [(shard, Question::End { account, token: TokenName::Number(number), until })] = &questions[..] else {
        panic!("{questions:?}")
    };
    assert_eq!(format!("{shard}-{number}"), claims(&token)["sid"].as_str().unwrap());
    assert_eq!(*account, world.guard.attempts.borrow()[0].2.account);
    assert_eq!(*until, now().timestamp_millis() + DAY_AND_CLOCKS_MS);
}

#[test]
fn any_token_of_a_session_with_a_right_signature_ends_it() {
    let world = World {
        config: config_with(&[("SECRET_KEY", SECRET), ("REFRESH_TOKEN_EXPIRE_MINUTES", "60")]),
        ..World::default()
    };
    let login = json(&world.login("alice", "correct horse battery staple").response);
    let (access, refresh) = (login["access_token"].as_str().unwrap(), login["refresh_token"].as_str().unwrap());
    let mut expired = claims(access);
    expired["exp"] = (now().timestamp() - 1).into();
    expired["iat"] = (now().timestamp() - 86_000).into();
    let expired = signed(&expired);
    for (bearer, fields) in [
        (access, vec![]),
        (expired.as_str(), vec![]),
        ("", vec![("token", access)]),
        ("", vec![("token", expired.as_str())]),
        ("", vec![("token", refresh), ("token_type_hint", "refresh_token")]),
        ("", vec![("token", refresh), ("token_type_hint", "access_token")]),
    ] {
        ends(&world, 1);
        assert_eq!(logout(&world, bearer, &fields).status(), 200);
        let questions = asked(&world);
        let [(shard, Question::End { token: TokenName::Number(number), .. })] = &questions[..] else {
            panic!("{questions:?}")
        };
        assert_eq!(format!("{shard}-{number}"), claims(access)["sid"].as_str().unwrap());
    }
}

#[test]
fn a_token_without_a_session_is_ended_by_its_bytes() {
    let world = World::default();
    let token = signed(&json!({ "sub": "alice", "exp": now().timestamp() + 60 }));
    ends(&world, 1);
    assert_eq!(logout(&world, &token, &[]).status(), 200);
    world.get("/api/user/me", &token);
    let questions = asked(&world);
    let [(shard, Question::End { token, .. }), (same, Question::IsAlive { token: again, .. })] = &questions[..] else {
        panic!("{questions:?}")
    };
    assert!(matches!(token, TokenName::Digest { .. }));
    assert_eq!((shard, token), (same, again), "what is ended is what is asked about");
}

#[test]
fn a_wrong_signature_is_refused_as_a_bearer_and_nothing_to_revoke() {
    let mut world = World::default();
    let gate = world.guard.asked.borrow().len();
    let answer = logout(&world, "x.y.z", &[]);
    assert_eq!((answer.status(), answer.json()["error"].clone()), (401, "invalid_token".into()));
    assert_eq!(header(&answer.0.response, "www-authenticate"), Some(r#"Bearer error="invalid_token""#));
    let answer = logout(&world, "", &[("token", "x.y.z")]);
    assert_eq!(
        (answer.status(), answer.json(), answer.outcome()),
        (200, json!({ "detail": "Logged out" }), "forged".into())
    );
    assert!(asked(&world).is_empty());
    assert_eq!(world.guard.asked.borrow().len(), gate + 2, "both count at the gate");
    world.guard.admits = false;
    assert_eq!(logout(&world, "", &[("token", "x")]).status(), 429);
    world.guard.admits = true;
    assert_eq!(logout(&world, "", &[]).status(), 401, "no token at all");
}

#[test]
fn a_token_is_ended_even_where_its_account_is_served_no_more() {
    let world = World::default();
    let moved = signed(&json!({ "sub": "alice", "exp": now().timestamp() + 60, "sid": "weur-99999-1" }));
    ends(&world, 2);
    assert_eq!(logout(&world, &moved, &[]).status(), 200);
    assert_eq!(logout(&world, "", &[("token", &moved)]).status(), 200);
    let shards: Vec<String> = asked(&world).into_iter().map(|(shard, _)| shard).collect();
    assert_eq!(shards, ["weur-99999", "weur-99999"], "the setting may be undone");
    assert_eq!(logout(&world, &moved, &[("everywhere", "true")]).status(), 401);
    assert!(asked(&world).is_empty());
}

#[test]
fn a_token_is_ended_for_as_long_as_it_lives_itself() {
    let day = World { config: support::config_with(&[("SECRET_KEY", support::SECRET)]), ..World::default() };
    let token = day.token();
    let variables = [("SECRET_KEY", support::SECRET), ("ACCESS_TOKEN_EXPIRE_MINUTES", "1439")];
    let shorter = World { config: support::config_with(&variables), ..World::default() };
    ends(&shorter, 1);
    assert_eq!(logout(&shorter, &token, &[]).status(), 200);
    let [(_, Question::End { until, .. })] = &asked(&shorter)[..] else { panic!() };
    assert!(*until >= 1000 * now().timestamp() + DAY_AND_CLOCKS_MS, "{until}");
}

#[test]
fn only_a_token_that_is_good_ends_everything() {
    let mut world = World::default();
    let token = world.token();
    let no_end_all = |world: &World| {
        let all = asked(world);
        assert!(all.iter().all(|(_, question)| !matches!(question, Question::EndAll { .. })), "{all:?}");
    };
    world.guard.answers.borrow_mut().push(Answer::Dead {});
    assert_eq!(logout(&world, &token, &[("everywhere", "true")]).status(), 401);
    let expired = signed(&json!({ "sub": "alice", "exp": now().timestamp() - 1 }));
    assert_eq!(logout(&world, &expired, &[("everywhere", "true")]).status(), 401);
    world.users.records.get_mut("alice").unwrap().version = 1;
    assert_eq!(logout(&world, &token, &[("everywhere", "true")]).status(), 401);
    no_end_all(&world);
}

/// The token is good, and so many objects end everything.
fn everything_ends(world: &World, objects: usize) {
    ends(world, objects);
    world.guard.answers.borrow_mut().push(Answer::Alive { change: None });
}

/// The questions that end everything.
fn end_all(world: &World) -> Vec<(String, Question)> {
    asked(world).into_iter().filter(|(_, question)| matches!(question, Question::EndAll { .. })).collect()
}

#[test]
fn everywhere_asks_all_regions_and_needs_each_of_them() {
    let mut world = World::default();
    let token = world.token();
    everything_ends(&world, 6);
    assert_eq!(logout(&world, &token, &[("everywhere", "true")]).status(), 200);
    let questions = end_all(&world);
    let mut regions: Vec<&str> = questions.iter().map(|(shard, _)| shard.split('-').next().unwrap()).collect();
    regions.sort_unstable();
    assert_eq!(regions, ["afr", "apac", "enam", "oc", "sam", "weur"]);
    for (_, question) in &questions {
        let Question::EndAll { until, change: None, .. } = question else { panic!("{question:?}") };
        assert_eq!(*until, now().timestamp_millis() + DAY_AND_CLOCKS_MS);
    }
    // The one that is asked last answers something else.
    everything_ends(&world, 5);
    world.guard.answers.borrow_mut().insert(0, Answer::Alive { change: None });
    assert_eq!(logout(&world, &token, &[("everywhere", "true")]).status(), 503);
    world.guard.failure = Some(GuardError::Unavailable("gone".into()));
    assert_eq!(logout(&world, &token, &[("everywhere", "true")]).status(), 503);
    assert_eq!(logout(&world, &token, &[]).status(), 503);
}

#[test]
fn everywhere_is_true_or_false() {
    let world = World::default();
    let token = world.token();
    for (value, all) in [("true", true), ("True", true), ("1", true), ("false", false), ("0", false), ("", false)] {
        if all {
            everything_ends(&world, 6);
        } else {
            ends(&world, 1);
        }
        assert_eq!(logout(&world, &token, &[("everywhere", value)]).status(), 200, "{value}");
        assert_eq!(asked(&world).len(), if all { 7 } else { 1 }, "{value}");
    }
    for value in ["yes", "2", "tru"] {
        let answer = logout(&world, &token, &[("everywhere", value)]);
        assert_eq!((answer.status(), answer.json()["error"].clone()), (400, "invalid_request".into()), "{value}");
    }
    assert!(asked(&world).is_empty());
}

#[test]
fn the_id_of_one_user_logs_out_nobody_of_that_name() {
    let mut world = World::default();
    let hash = world.users.records["alice"].password_hash.clone();
    world.users.add("42", &hash, false);
    world.users.records.get_mut("alice").unwrap().subject = Some("42".to_owned().try_into().unwrap());
    // Nothing says that this token is not that of the user with the name 42, until there is a subject.
    let token = signed(&json!({ "sub": "42", "exp": now().timestamp() + 60 }));
    world.users.records.get_mut("42").unwrap().subject = Some("7".to_owned().try_into().unwrap());
    assert_eq!(logout(&world, &token, &[("everywhere", "true")]).status(), 401);
    assert!(end_all(&world).is_empty());
    assert_eq!(logout(&world, &token, &[]).status(), 200);
    assert!(asked(&world).is_empty());
    world.users.records.get_mut("42").unwrap().subject = None;
    everything_ends(&world, 6);
    assert_eq!(logout(&world, &token, &[("everywhere", "true")]).status(), 200);
    assert_eq!(end_all(&world).len(), 6);
}

#[test]
fn json_is_refused_and_ends_nothing() {
    let world = World::default();
    let token = world.token();
    let request = support::post().header("content-type", "application/json");
    let request =
        support::Sent { path: LOGOUT.to_owned(), ..request.header("authorization", &format!("Bearer {token}")) };
    let answer = Answered(world.serve(&request, support::Pieces::whole(br#"{"everywhere":true}"#)));
    assert_eq!((answer.status(), answer.json()["error"].clone()), (400, "invalid_request".into()));
    assert!(asked(&world).is_empty());
}
