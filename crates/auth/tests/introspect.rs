//! Introspection (RFC 7662) and the metadata (RFC 8414).
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use auth::{Config, platform::GuardError};
use base64::{Engine, prelude::BASE64_STANDARD};
use guard::session::Answer;
use serde_json::{Value, json};
use support::{Answered, ORIGIN, Pieces, SECRET, World, claims, config_with, header, json, now, signed, text};

const INTROSPECT: &str = "/api/user/introspect";
const METADATA: &str = "/.well-known/oauth-authorization-server";
const CLIENT_SECRET: &str = "5d41402abc4b2a76b9719d911017c592";

fn world() -> World {
    let clients = format!("api:{CLIENT_SECRET}");
    let config = config_with(&[
        ("SECRET_KEY", SECRET),
        ("INTROSPECTION_CLIENTS", &clients),
        ("REFRESH_TOKEN_EXPIRE_MINUTES", "60"),
        ("ISSUER", "https://issuer.example.com"),
    ]);
    World { config, ..World::default() }
}

fn introspect_as(world: &World, pair: &str, token: &str) -> Answered {
    let form = serde_urlencoded::to_string([("token", token), ("token_type_hint", "access_token")]).unwrap();
    let basic = format!("Basic {}", BASE64_STANDARD.encode(pair));
    let request = support::bearing("POST", INTROSPECT, "").header("authorization", &basic);
    Answered(world.serve(&request, Pieces::whole(form.as_bytes())))
}

fn introspect(world: &World, token: &str) -> Value {
    let answer = introspect_as(world, &format!("api:{CLIENT_SECRET}"), token);
    assert_eq!(answer.status(), 200);
    assert_eq!(header(&answer.0.response, "cache-control"), Some("no-store"));
    assert!(answer.0.log.is_empty(), "services ask often");
    answer.json()
}

#[test]
fn a_good_token_is_described() {
    let world = world();
    let token = world.token();
    let now = now().timestamp();
    assert_eq!(
        introspect(&world, &token),
        json!({
            "active": true, "token_type": "Bearer", "username": "alice", "sub": "alice", "sid": claims(&token)["sid"],
            "iat": now, "exp": now + 86_400, "iss": "https://issuer.example.com"
        })
    );
}

#[test]
fn no_other_token_is_active_and_nothing_says_why() {
    let mut world = world();
    let login = json(&world.login("alice", "correct horse battery staple").response);
    let token = login["access_token"].as_str().unwrap();
    let inactive = json!({ "active": false });
    let expired = signed(&json!({ "sub": "alice", "exp": now().timestamp() - 1 }));
    for other in [login["refresh_token"].as_str().unwrap(), "x", &expired] {
        assert_eq!(introspect(&world, other), inactive, "{other}");
    }
    world.guard.answers.borrow_mut().push(Answer::Dead {});
    assert_eq!(introspect(&world, token), inactive);
    world.users.newest.insert("alice".into(), None);
    assert_eq!(introspect(&world, token), inactive);
    world.guard.failure = Some(GuardError::Unavailable("gone".into()));
    let answer = introspect_as(&world, &format!("api:{CLIENT_SECRET}"), token);
    assert_eq!(answer.status(), 503, "nobody knows");
}

#[test]
fn a_service_needs_its_secret_and_only_wrong_ones_count_at_the_gate() {
    let mut world = world();
    let token = world.token();
    let gate = world.guard.asked.borrow().len();
    for pair in ["api:", "api:x", &format!("other:{CLIENT_SECRET}"), &format!("api:{CLIENT_SECRET} ")] {
        let answer = introspect_as(&world, pair, &token);
        assert_eq!((answer.status(), answer.json()["error"].clone()), (401, "invalid_client".into()), "{pair}");
        assert_eq!(header(&answer.0.response, "www-authenticate"), Some(r#"Basic realm="introspection""#));
    }
    assert_eq!(
        world.form(INTROSPECT, &token, &[("token", &token)]).response.status,
        401,
        "a bearer token is no client"
    );
    assert!(world.guard.questions.borrow().is_empty());
    assert_eq!(world.guard.asked.borrow().len(), gate + 5);
    world.guard.admits = false;
    assert_eq!(introspect_as(&world, "api:x", &token).status(), 429);
    for _ in 0..300 {
        assert_eq!(introspect(&world, &token)["active"], true);
    }
    assert_eq!(world.guard.asked.borrow().len(), gate + 6);
}

#[test]
fn the_form_needs_a_token_and_the_endpoint_its_clients() {
    let answer = introspect_as(&world(), &format!("api:{CLIENT_SECRET}"), "");
    assert_eq!((answer.status(), answer.json()["error"].clone()), (400, "invalid_request".into()));
    assert_eq!(introspect_as(&World::default(), &format!("api:{CLIENT_SECRET}"), "x").status(), 404);
    for list in ["api", "api:short", &format!("a:{CLIENT_SECRET},")] {
        let variables = [("SECRET_KEY", SECRET), ("INTROSPECTION_CLIENTS", list)];
        let value = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let error = Config::parse(|name| text(value(name))).unwrap_err().to_string();
        assert!(error.starts_with("INTROSPECTION_CLIENTS") && !error.contains(CLIENT_SECRET), "{error}");
    }
}

#[test]
fn the_metadata_lists_what_is_switched_on() {
    let metadata = |world: &World| json(&world.get(METADATA, "").response);
    let all = metadata(&world());
    assert_eq!(all["issuer"], "https://issuer.example.com");
    assert_eq!(all["grant_types_supported"], json!(["password", "refresh_token"]));
    for (name, path) in [
        ("token_endpoint", "/api/user/login"),
        ("revocation_endpoint", "/api/user/logout"),
        ("introspection_endpoint", INTROSPECT),
    ] {
        assert_eq!(all[name], format!("{ORIGIN}{path}"), "{name}");
    }
    let least = metadata(&World::default());
    assert_eq!((least["issuer"].clone(), least["grant_types_supported"].clone()), (ORIGIN.into(), json!(["password"])));
    assert_eq!((&least["introspection_endpoint"], &least["jwks_uri"]), (&Value::Null, &Value::Null));
    let config = config_with(&[("SECRET_KEY", SECRET), ("ISSUER", "my login")]);
    assert_eq!(metadata(&World { config, ..World::default() })["issuer"], ORIGIN, "an issuer is an https URL");
}
