//! Access tokens: their header, their claims and their lifetime, and the example of RFC 7515.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use accounts::Claims;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use jwt_compact::{
    AlgorithmExt, Header, TimeOptions, UntrustedToken,
    alg::{Hs256, Hs256Key},
};
use serde_json::{Value, json};
use support::{SECRET, World, config_with, json, now};

fn token(variables: &[(&str, &str)]) -> String {
    let all = [&[("SECRET_KEY", SECRET)], variables].concat();
    let world = World { config: config_with(&all), ..World::default() };
    let answer = world.login("alice", "correct horse battery staple");
    json(&answer.response)["access_token"].as_str().unwrap().to_owned()
}

fn verified(token: &str) -> (Value, Value) {
    // As in python-jose and PyJWT, the key is the string's own bytes.
    let key = Hs256Key::new(SECRET.as_bytes());
    let untrusted = UntrustedToken::new(token).unwrap();
    let valid = Hs256.validator::<Value>(&key).validate(&untrusted).unwrap();
    assert!(valid.claims().expiration.is_some());
    let part =
        |number| serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(number).unwrap()).unwrap());
    (part(0).unwrap(), part(1).unwrap())
}

// What docs/TOKENS.md shows to services in Rust.
fn subject_of(token: &str, secret: &str, now: DateTime<Utc>) -> Option<String> {
    let key = Hs256Key::new(secret.as_bytes());
    let token = UntrustedToken::new(token).ok()?;
    let token = Hs256.validator::<serde_json::Value>(&key).validate(&token).ok()?;
    token.claims().validate_expiration(&TimeOptions::new(TimeDelta::seconds(60), || now)).ok()?;
    token.claims().custom["sub"].as_str().map(str::to_owned)
}

#[test]
fn a_service_in_rust_verifies_as_the_document_shows() {
    let shown = include_str!("../../../docs/TOKENS.md");
    let code = include_str!("tokens.rs").split("to services in Rust.\n").nth(1).unwrap().split("\n}\n").next().unwrap();
    assert!(shown.contains(code), "{code}");
    let exp = now().timestamp();
    let key = Hs256Key::new(SECRET.as_bytes());
    let token = |exp| {
        let claims: jwt_compact::Claims<Value> = serde_json::from_value(json!({ "sub": "alice", "exp": exp })).unwrap();
        Hs256.token(&Header::empty(), &claims, &key).unwrap()
    };
    assert_eq!(subject_of(&token(exp + 60), SECRET, now()).as_deref(), Some("alice"));
    assert_eq!(subject_of(&token(exp - 3600), SECRET, now()), None);
    assert_eq!(subject_of(&token(exp + 60), "another secret of more than 32 bytes", now()), None);
    assert_eq!(subject_of("x.y.z", SECRET, now()), None);
}

#[test]
fn header_and_claims() {
    let (header, claims) = verified(&token(&[]));
    let now = now().timestamp();
    assert_eq!(header, json!({ "alg": "HS256", "typ": "JWT" }));
    assert_eq!(
        claims,
        json!({
            "sub": "alice", "iat": now, "exp": now + 86_400, "jti": "07070707070707070707070707070707",
            "sid": "enam-8-1795374000123"
        })
    );
}

#[test]
fn lifetime_issuer_and_audience_are_configured() {
    let (_, claims) = verified(&token(&[
        ("ACCESS_TOKEN_EXPIRE_MINUTES", "15"),
        ("ISSUER", "https://login.example.com"),
        ("AUDIENCE", "https://api.example.com"),
    ]));
    assert_eq!(claims["exp"], now().timestamp() + 900);
    assert_eq!(claims["iss"], "https://login.example.com");
    assert_eq!(claims["aud"], "https://api.example.com");
}

#[test]
fn a_token_without_subject_and_claims_has_the_same_members_as_ever() {
    let token = token(&[("ISSUER", "https://login.example.com"), ("AUDIENCE", "api")]);
    let payload = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    assert_eq!(
        String::from_utf8(payload).unwrap(),
        r#"{"exp":1795460400,"iat":1795374000,"sub":"alice","jti":"07070707070707070707070707070707","sid":"enam-8-1795374000123","iss":"https://login.example.com","aud":"api"}"#
    );
}

#[test]
fn a_subject_takes_the_place_of_the_username_and_claims_are_added_as_they_are() {
    let mut world = World::default();
    let alice = world.users.records.get_mut("alice").unwrap();
    alice.subject = Some("42".to_owned().try_into().unwrap());
    alice.claims = Some(Claims::parse(r#"{"user_id":12345678901234567890123,"roles":["a", "b"],"x":1.10}"#).unwrap());
    let answer = json(&world.login("alice", "correct horse battery staple").response);
    assert_eq!(answer["username"], "alice");
    let token = answer["access_token"].as_str().unwrap();
    let payload = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    assert_eq!(
        String::from_utf8(payload).unwrap(),
        r#"{"exp":1795460400,"iat":1795374000,"sub":"42","jti":"07070707070707070707070707070707","sid":"enam-8-1795374000123","preferred_username":"alice","user_id":12345678901234567890123,"roles":["a", "b"],"x":1.10}"#
    );
    verified(token);
}

#[test]
fn another_key_or_another_algorithm_does_not_verify() {
    let token = token(&[]);
    let untrusted = UntrustedToken::new(&token).unwrap();
    let other = Hs256Key::new(SECRET.replace('2', "3").as_bytes());
    assert!(Hs256.validator::<Value>(&other).validate(&untrusted).is_err());

    let (_, rest) = token.split_once('.').unwrap();
    let none = format!("{}.{rest}", BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"JWT"}"#));
    let key = Hs256Key::new(SECRET.as_bytes());
    assert!(Hs256.validator::<Value>(&key).validate(&UntrustedToken::new(&none).unwrap()).is_err());
}

/// RFC 7515 §A.1.
#[test]
fn the_example_of_rfc_7515() {
    let key = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow";
    let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9\
        .eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ\
        .dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    let key = Hs256Key::new(BASE64_URL_SAFE_NO_PAD.decode(key).unwrap());
    let untrusted = UntrustedToken::new(token).unwrap();
    let valid = Hs256.validator::<Value>(&key).validate(&untrusted).unwrap();
    let claims: &jwt_compact::Claims<Value> = valid.claims();
    assert_eq!(claims.expiration.unwrap().timestamp(), 1_300_819_380);
    assert_eq!(claims.custom["iss"], "joe");
}
