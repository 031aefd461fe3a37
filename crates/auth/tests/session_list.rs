//! The list of the caller's sessions, and ending one of them.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use guard::session::{Answer, Question, SessionEntry, TokenName};
use serde_json::json;
use support::{Answered, Pieces, SECRET, World, claims, config_with, now};

fn world() -> World {
    let config = config_with(&[("SECRET_KEY", SECRET), ("REFRESH_TOKEN_EXPIRE_MINUTES", "60")]);
    World { config, ..World::default() }
}

/// The answers to the next questions: to whether the token is alive, and then of each region.
fn answers(world: &World, of: impl Fn(&str) -> Vec<SessionEntry>) {
    let regions = ["afr", "apac", "weur", "enam", "oc", "sam"];
    let lists = regions.map(|region| Answer::Sessions { sessions: of(region) });
    world.guard.answers.borrow_mut().extend(lists.into_iter().rev().chain([Answer::Alive { change: None }]));
}

fn entry(world: &World, number: i64, refreshed: i64) -> SessionEntry {
    let client = world.guard.begun.borrow()[0].clone().unwrap().client;
    SessionEntry { number, client, refreshed, idle_until: refreshed + 3_600_000 }
}

#[test]
fn the_sessions_of_all_regions_are_listed_with_their_clients() {
    let world = world();
    let token = world.token();
    let sid = claims(&token)["sid"].as_str().unwrap().to_owned();
    let (shard, number) = sid.rsplit_once('-').unwrap();
    let number: i64 = number.parse().unwrap();
    let now = now().timestamp_millis();
    answers(&world, |region| match region {
        "enam" => vec![entry(&world, number, now)],
        "weur" => vec![SessionEntry { client: "of another key".into(), ..entry(&world, number, now + 5000) }],
        _ => vec![],
    });
    let answer = Answered(world.get("/api/user/sessions", &token));
    assert_eq!(answer.status(), 200);
    let seconds = now / 1000;
    assert_eq!(
        answer.json(),
        json!({ "sessions": [
            {
                "id": sid.replace("enam", "weur"), "current": false, "network": null, "user_agent": null,
                "refreshed_at": seconds + 5, "expires_at": seconds + 3605
            },
            {
                "id": sid, "current": true, "network": "192.0.2.1/32", "user_agent": null,
                "refreshed_at": seconds, "expires_at": seconds + 3600
            },
        ]})
    );
    assert!(shard.starts_with("enam"));
}

#[test]
fn only_a_session_of_the_caller_can_be_ended() {
    let world = world();
    let token = world.token();
    let sid = claims(&token)["sid"].as_str().unwrap().to_owned();
    let (shard, number) = sid.rsplit_once('-').unwrap();
    let number: i64 = number.parse().unwrap();
    let end = |id: &str| {
        answers(&world, |region| if region == "enam" { vec![entry(&world, number, 0)] } else { vec![] });
        world.guard.questions.borrow_mut().clear();
        world.guard.answers.borrow_mut().insert(0, Answer::Ended {});
        let request = support::bearing("DELETE", &format!("/api/user/sessions/{id}"), &token);
        let answer = Answered(world.serve(&request, Pieces::default()));
        world.guard.answers.borrow_mut().clear();
        let ended: Vec<_> = world
            .guard
            .questions
            .borrow()
            .iter()
            .filter_map(|(shard, question)| match question {
                Question::End { token: TokenName::Number(number), .. } => Some(format!("{shard}-{number}")),
                _ => None,
            })
            .collect();
        (answer.status(), ended)
    };
    assert_eq!(end(&sid), (200, vec![sid.clone()]));
    // A number that no session has would be the object's latest from then on.
    for other in
        [format!("{shard}-{}", number + 1), format!("{shard}-9007199254740991"), "enam-63-1".into(), "x".into()]
    {
        assert_eq!(end(&other), (404, vec![]), "{other}");
    }
}

#[test]
fn a_list_needs_a_good_token_and_every_region() {
    let world = world();
    let token = world.token();
    assert_eq!(world.get("/api/user/sessions", "").response.status, 401);
    world.guard.answers.borrow_mut().push(Answer::Dead {});
    assert_eq!(world.get("/api/user/sessions", &token).response.status, 401);
    world.guard.answers.borrow_mut().extend([Answer::Ended {}, Answer::Alive { change: None }]);
    assert_eq!(world.get("/api/user/sessions", &token).response.status, 503, "no list came");
}
