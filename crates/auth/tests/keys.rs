//! The keys of tokens, and the secret that names are derived from: which one signs, which ones verify, what is published.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use auth::{Config, Variable};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use support::{SECRET, World, claims, config_with, header, json, keys, mac};

const OTHER_SECRET: &str = "9d0c7f2b61e84a35b7c6d5e4f3a2918075645342312f0e1d2c3b4a5968778695";

fn world(variables: &[(&str, &str)]) -> World {
    World { config: config_with(variables), ..World::default() }
}

fn with_keys(keys: &Value) -> World {
    world(&[("SECRET_KEY", SECRET), ("SIGNING_KEYS", &keys.to_string())])
}

fn token_header(token: &str) -> Value {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap()).unwrap()
}

fn admits(world: &World, token: &str) -> bool {
    let status = world.get("/api/user/me", token).response.status;
    assert!(status == 200 || status == 401, "{status}");
    status == 200
}

#[test]
fn the_current_key_signs_and_its_tokens_name_it() {
    let hs256 = world(&[("SECRET_KEY", SECRET)]).token();
    assert_eq!(token_header(&hs256), json!({ "alg": "HS256", "typ": "JWT" }));
    for (key, alg) in [(keys::es256("k1", "current"), "ES256"), (keys::eddsa("k1", "current"), "EdDSA")] {
        let world = with_keys(&json!([key]));
        let token = world.token();
        assert_eq!(token_header(&token), json!({ "alg": alg, "kid": "k1", "typ": "JWT" }));
        assert_eq!(claims(&token)["sub"], "alice");
        assert!(admits(&world, &token));
        assert!(admits(&world, &hs256), "a token from before the key is good until it expires");
        let (rest, signature) = token.rsplit_once('.').unwrap();
        let flipped = if signature.starts_with('A') { "B" } else { "A" };
        assert!(!admits(&world, &format!("{rest}.{flipped}{}", &signature[1..])));
    }
}

#[test]
fn a_key_on_standby_is_published_but_does_not_sign() {
    let world = with_keys(&json!([keys::es256("next", "standby")]));
    assert_eq!(token_header(&world.token())["alg"], "HS256");
    let published = json(&world.get("/.well-known/jwks.json", "").response);
    assert_eq!(published["keys"][0]["kid"], "next");
}

#[test]
fn a_key_verifies_until_it_is_revoked() {
    let token = with_keys(&json!([keys::es256("k", "current")])).token();
    for (state, is_good) in [("standby", true), ("current", true), ("previous", true), ("revoked", false)] {
        let world = with_keys(&json!([keys::es256("k", state)]));
        assert_eq!(admits(&world, &token), is_good, "{state}");
    }
    assert!(!admits(&with_keys(&json!([])), &token), "a key that was removed");
    let mut public = keys::es256("k", "previous");
    public.as_object_mut().unwrap().remove("d");
    assert!(admits(&with_keys(&json!([public])), &token), "to verify needs no private half");
}

#[test]
fn a_key_has_one_algorithm_and_the_kid_selects_it() {
    let world = with_keys(&json!([keys::es256("ec", "current"), keys::eddsa("ed", "standby")]));
    let token = world.token();
    let (_, rest) = token.split_once('.').unwrap();
    let (payload, signature) = rest.split_once('.').unwrap();
    for header in [
        json!({ "alg": "ES256", "kid": "ed" }),
        json!({ "alg": "EdDSA", "kid": "ec" }),
        json!({ "alg": "HS256", "kid": "ec" }),
        json!({ "alg": "ES256" }),
        json!({ "alg": "EdDSA" }),
        json!({ "alg": "ES256", "kid": "other" }),
    ] {
        let header = BASE64_URL_SAFE_NO_PAD.encode(header.to_string());
        assert!(!admits(&world, &format!("{header}.{payload}.{signature}")));
        assert!(!admits(&world, &mac(SECRET.as_bytes(), &format!("{header}.{payload}"))));
    }
    // The same key under another name is another key.
    assert!(!admits(&with_keys(&json!([keys::es256("other", "current")])), &token));
}

#[test]
fn public_keys_are_published_and_nothing_else() {
    let keys = json!([
        keys::eddsa("next", "standby"),
        keys::es256("now", "current"),
        keys::es256("then", "previous"),
        keys::es256("never", "revoked"),
    ]);
    let answer = with_keys(&keys).get("/.well-known/jwks.json", "").response;
    assert_eq!(answer.status, 200);
    assert_eq!(header(&answer, "content-type"), Some("application/jwk-set+json"));
    assert_eq!(header(&answer, "cache-control"), Some("public, max-age=600"));
    let point = json!({
        "alg": "ES256", "use": "sig", "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    });
    let named = |kid: &str| {
        let mut key = point.clone();
        key["kid"] = kid.into();
        key
    };
    let next = json!({
        "kid": "next", "alg": "EdDSA", "use": "sig", "kty": "OKP", "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
    });
    assert_eq!(json(&answer), json!({ "keys": [next, named("now"), named("then")] }));
    let metadata = |world: &World| json(&world.get("/.well-known/oauth-authorization-server", "").response);
    assert_eq!(metadata(&with_keys(&keys))["jwks_uri"], "https://login.example.com/.well-known/jwks.json");
    assert_eq!(metadata(&World::default())["jwks_uri"], Value::Null);
    let without = World::default().get("/.well-known/jwks.json", "").response;
    assert_eq!(without.body, r#"{"keys":[]}"#, "HS256 has no public key");
}

#[test]
fn a_planned_rotation_of_the_secret_moves_nothing_and_ends_nothing() {
    let before = world(&[("SECRET_KEY", SECRET)]);
    let login = before.login("alice", "correct horse battery staple");
    let token = json(&login.response)["access_token"].as_str().unwrap().to_owned();
    let after = world(&[("SECRET_KEY", OTHER_SECRET), ("SECRET_KEY_PREVIOUS", SECRET), ("ROOT_SECRET", SECRET)]);
    assert!(admits(&after, &token));
    let new_login = after.login("alice", "correct horse battery staple");
    assert_eq!(support::log(&new_login)["user"], support::log(&login)["user"]);
    assert_eq!(*after.guard.attempts.borrow(), *before.guard.attempts.borrow(), "the same shard and the same buckets");
    let new_token = json(&new_login.response)["access_token"].as_str().unwrap().to_owned();
    assert!(admits(&after, &new_token));
    assert!(!admits(&before, &new_token), "the new key signs");
    // The day after, the old key is no longer needed.
    let later = world(&[("SECRET_KEY", OTHER_SECRET), ("ROOT_SECRET", SECRET)]);
    assert!(!admits(&later, &token) && admits(&later, &new_token));
}

#[test]
fn after_a_leak_everything_is_new() {
    let before = world(&[("SECRET_KEY", SECRET)]);
    let login = before.login("alice", "correct horse battery staple");
    let token = json(&login.response)["access_token"].as_str().unwrap().to_owned();
    let after = world(&[("SECRET_KEY", OTHER_SECRET)]);
    assert!(!admits(&after, &token));
    let new_login = after.login("alice", "correct horse battery staple");
    assert_ne!(support::log(&new_login)["user"], support::log(&login)["user"]);
    let account = |world: &World| world.guard.attempts.borrow()[0].2.account.clone();
    assert_ne!(account(&after), account(&before), "counts restart");
}

#[test]
fn wrong_secrets_and_keys_are_named_and_never_quoted() {
    let error = |name: &str, value: &str| {
        let variable = |asked: &str| match asked {
            "SECRET_KEY" => Variable::Text(SECRET.to_owned()),
            asked if asked == name => Variable::Text(value.to_owned()),
            _ => Variable::Absent,
        };
        Config::parse(variable).unwrap_err().to_string()
    };
    assert!(error("ROOT_SECRET", "short").starts_with("ROOT_SECRET is shorter than 32 bytes: make one with"));
    assert!(error("SECRET_KEY_PREVIOUS", &"ab".repeat(20)).starts_with("SECRET_KEY_PREVIOUS is a known placeholder"));
    let mut key = keys::es256("k", "current");
    key["d"] = "leaked".into();
    for (keys, start) in [
        ("[".to_owned(), "SIGNING_KEYS is not a JSON array of keys"),
        (json!([key]).to_string(), "SIGNING_KEYS has a key that does not fit its algorithm"),
        (
            json!([keys::eddsa("k", "current"), keys::es256("k", "standby")]).to_string(),
            "SIGNING_KEYS has two keys with",
        ),
    ] {
        let error = error("SIGNING_KEYS", &keys);
        assert!(error.starts_with(start) && !error.contains("leaked"), "{error}");
    }
}

#[test]
fn a_key_that_cannot_be_used_is_our_fault_and_not_the_clients() {
    // The first half of the configured key is no point of the curve.
    let mut key = keys::es256("k", "current");
    key["x"] = BASE64_URL_SAFE_NO_PAD.encode([0xff; 32]).into();
    key["d"] = BASE64_URL_SAFE_NO_PAD.encode([0; 32]).into();
    let world = with_keys(&json!([key]));
    let answer = world.login("alice", "correct horse battery staple");
    assert_eq!((answer.response.status, json(&answer.response)), (500, json!({ "detail": "Internal Server Error" })));
    assert_eq!(support::log(&answer)["outcome"], "token_error");
    let token = with_keys(&json!([keys::es256("k", "current")])).token();
    assert_eq!(world.get("/api/user/me", &token).response.status, 500);
}
