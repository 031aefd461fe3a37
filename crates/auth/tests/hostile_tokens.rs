//! Tokens that somebody made to get in: each is refused, with the error of RFC 6750 §3.1.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;
use support::{SECRET, World, config_with, header, json, keys, mac, now, signed_as};

const HS256: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// A service that knows an ES256 key `ec`, an Ed25519 key `ed`, and one that was revoked.
fn world() -> World {
    let keys = json!([keys::es256("ec", "previous"), keys::eddsa("ed", "standby"), keys::es256("old", "revoked")]);
    World { config: config_with(&[("SECRET_KEY", SECRET), ("SIGNING_KEYS", &keys.to_string())]), ..World::default() }
}

/// The claims of a good token.
fn good() -> String {
    let now = now().timestamp();
    json!({ "sub": "alice", "iat": now, "exp": now + 3600 }).to_string()
}

/// The claims of a good token with this text in place of the times' values.
fn times(times: &str) -> String {
    format!(r#"{{"sub":"alice",{times}}}"#)
}

fn part(text: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(text)
}

/// A token with this header, and without a signature.
fn unsigned(header: &str) -> String {
    format!("{}.{}.", part(header), part(&good()))
}

fn admits(world: &World, token: &str) -> bool {
    world.get("/api/user/me", token).response.status == 200
}

#[track_caller]
fn refuses(world: &World, token: &str, why: &str) {
    for path in ["/api/user/me", "/api/user/sessions"] {
        let answer = world.get(path, token).response;
        assert_eq!(answer.status, 401, "{why}: {token:.200}");
        assert_eq!(json(&answer)["error"], "invalid_token", "{why}");
        assert_eq!(header(&answer, "www-authenticate"), Some(r#"Bearer error="invalid_token""#), "{why}");
    }
    assert!(world.guard.questions.borrow().is_empty(), "{why}: it reached an object");
}

#[test]
fn the_corpus_differs_from_a_good_token_in_what_it_says() {
    assert!(admits(&world(), &signed_as(HS256, &good())));
    assert!(admits(&world(), &signed_as(r#"{"alg":"HS256"}"#, &good())));
    assert!(admits(&world(), &signed_as(r#"{"typ":"jwt","alg":"HS256","x":{"a":1}}"#, &good())));
}

#[test]
fn no_algorithm_and_another_algorithm() {
    let world = world();
    for alg in
        ["none", "None", "NONE", "nOnE", "", "hs256", "HS384", "HS512", "RS256", "PS256", "ES256", "EdDSA", "HS256 "]
    {
        let header = json!({ "alg": alg, "typ": "JWT" }).to_string();
        refuses(&world, &unsigned(&header), alg);
        refuses(&world, &signed_as(&header, &good()), alg);
        let named = json!({ "alg": alg, "kid": "ec" }).to_string();
        refuses(&world, &unsigned(&named), alg);
        refuses(&world, &signed_as(&named, &good()), alg);
    }
    for header in [r#"{"typ":"JWT"}"#, r#"{"alg":null}"#, r#"{"alg":["HS256"]}"#, r#"{"alg":1}"#, "{}"] {
        refuses(&world, &signed_as(header, &good()), header);
    }
}

#[test]
fn an_hmac_with_a_public_key() {
    let world = world();
    let jwks = json(&world.get("/.well-known/jwks.json", "").response);
    let pem = "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n\
        6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n-----END PUBLIC KEY-----\n";
    for key in jwks["keys"].as_array().unwrap() {
        let raw = |name: &str| BASE64_URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap_or_default()).unwrap();
        let point = [vec![4], raw("x"), raw("y")].concat();
        for secret in [key.to_string().into_bytes(), raw("x"), point, key["x"].to_string().into_bytes(), pem.into()] {
            for header in [HS256.to_owned(), json!({ "alg": "HS256", "kid": key["kid"] }).to_string()] {
                refuses(&world, &mac(&secret, &format!("{}.{}", part(&header), part(&good()))), &header);
            }
        }
    }
    for secret in ["", "secret", &"\0".repeat(64)] {
        refuses(&world, &mac(secret.as_bytes(), &format!("{}.{}", part(HS256), part(&good()))), "a guessed key");
    }
}

/// RFC 7520: signatures that are right, by algorithms and keys that this service doesn't have.
#[test]
fn the_cookbooks_other_signatures() {
    let world = world();
    let vectors: serde_json::Value = serde_json::from_str(include_str!("rfc7520.json")).unwrap();
    for kind in ["hs256", "others"] {
        for (section, token) in vectors[kind].as_object().unwrap() {
            refuses(&world, token.as_str().unwrap(), section);
        }
    }
}

#[test]
fn names_of_keys() {
    let world = world();
    for kid in [
        "",
        "ec",
        "ed",
        "old",
        "EC",
        "HS256",
        "null",
        "../../../dev/null",
        "' OR 1=1 --",
        "ec\u{0}",
        "https://a.example/",
    ] {
        let header = json!({ "alg": "HS256", "typ": "JWT", "kid": kid }).to_string();
        refuses(&world, &signed_as(&header, &good()), kid);
    }
    for header in [
        r#"{"alg":"HS256","kid":null}"#,
        r#"{"alg":"HS256","kid":1}"#,
        r#"{"alg":"HS256","kid":["ec"]}"#,
        r#"{"alg":"ES256","kid":"ec","jwk":{"kty":"oct","k":"AAAA"}}"#,
        r#"{"alg":"ES256","jku":"https://a.example/jwks.json"}"#,
        r#"{"alg":"RS256","x5u":"https://a.example/x.pem"}"#,
    ] {
        refuses(&world, &signed_as(header, &good()), header);
    }
}

#[test]
fn headers_that_ask_for_more() {
    let world = world();
    for more in [
        r#""crit":["exp"]"#,
        r#""crit":[]"#,
        r#""crit":null"#,
        r#""b64":false,"crit":["b64"]"#,
        r#""cty":"JWT""#,
        r#""typ":"logout+jwt""#,
        r#""typ":"JWE""#,
        r#""typ":1"#,
    ] {
        let header = format!(r#"{{"alg":"HS256",{more}}}"#);
        refuses(&world, &signed_as(&header, &good()), more);
    }
}

#[test]
fn members_that_come_twice() {
    let world = world();
    let (now, later) = (now().timestamp(), now().timestamp() + 3600);
    for header in [
        r#"{"alg":"HS256","alg":"HS256"}"#,
        r#"{"alg":"none","alg":"HS256"}"#,
        r#"{"alg":"HS256","typ":"JWT","\u0061lg":"none"}"#,
        r#"{"alg":"HS256","x":1,"x":2}"#,
    ] {
        refuses(&world, &signed_as(header, &good()), header);
    }
    for claims in [
        format!(r#"{{"sub":"bob","sub":"alice","exp":{later}}}"#),
        format!(r#"{{"sub":"alice","exp":{later},"exp":{later}}}"#),
        format!(r#"{{"sub":"alice","exp":1,"exp":{later}}}"#),
        format!(r#"{{"sub":"alice","exp":{later},"\u0073ub":"alice"}}"#),
        format!(r#"{{"sub":"alice","exp":{later},"role":"user","role":"admin"}}"#),
        format!(r#"{{"sub":"alice","iat":{now},"iat":{now},"exp":{later}}}"#),
    ] {
        refuses(&world, &signed_as(HS256, &claims), &claims);
    }
}

#[test]
fn huge_negative_and_fractional_times() {
    let world = world();
    let (now, later) = (now().timestamp(), now().timestamp() + 3600);
    assert!(admits(&world, &signed_as(HS256, &times(&format!(r#""exp":{later}"#)))));
    world.guard.questions.borrow_mut().clear();
    for exp in [
        "0",
        "-1",
        "1e99",
        "1e10",
        "99999999999",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "18446744073709551616",
        "253402300799",
        "1e999999",
        "-0",
        "true",
        "null",
        "\"soon\"",
        "[]",
        "{}",
        &format!("{later}.0"),
        &format!("{later}.5"),
        &format!("\"{later}\""),
        &format!("{later}e0"),
        &format!("0{later}"),
    ] {
        refuses(&world, &signed_as(HS256, &times(&format!(r#""exp":{exp}"#))), exp);
        refuses(&world, &signed_as(HS256, &times(&format!(r#""iat":{now},"exp":{exp}"#))), exp);
    }
    for other in [
        // It expires before it was issued.
        format!(r#""iat":{},"exp":{}"#, now + 30, now + 20),
        // From the future, and for longer than any token lives.
        format!(r#""iat":{},"exp":{}"#, now + 61, now + 3600),
        format!(r#""iat":{now},"exp":{}"#, now + 86_400 + 61),
        format!(r#""exp":{}"#, now + 86_400 + 61),
        format!(r#""iat":-9223372036854775808,"exp":{later}"#),
        format!(r#""iat":9223372036854775807,"exp":{later}"#),
        format!(r#""iat":{now}.5,"exp":{later}"#),
        format!(r#""iat":null,"exp":{later}"#),
        format!(r#""nbf":{},"exp":{later}"#, now + 61),
        format!(r#""nbf":1e3,"exp":{later}"#),
        format!(r#""nbf":-1,"exp":{later}"#),
        format!(r#""iat":{now}"#),
        r#""x":1"#.to_owned(),
    ] {
        refuses(&world, &signed_as(HS256, &times(&other)), &other);
    }
    refuses(&world, &signed_as(HS256, &times(&format!(r#""exp":{now}"#))), "it expires in the second in which it does");
}

#[test]
fn another_spelling_of_the_same_bytes() {
    let world = world();
    let token = signed_as(HS256, &good());
    let parts: Vec<&str> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!() };
    // 32 bytes are 43 characters, of whose last one two bits mean nothing.
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = alphabet.find(signature.chars().last().unwrap()).unwrap();
    assert_eq!(last % 4, 0);
    for stray in 1..4 {
        let other = &alphabet[last + stray..=last + stray];
        refuses(&world, &format!("{header}.{claims}.{}{other}", &signature[..42]), "stray bits");
    }
    for (token, why) in [
        (format!("{token}="), "padding"),
        (format!("{header}=.{claims}.{signature}"), "padding"),
        (format!("{header}.{claims}==.{signature}"), "padding"),
        (format!("{token}A"), "trailing bytes"),
        (format!("{token}AAAA"), "trailing bytes"),
        (format!("{token}."), "an empty part"),
        (format!("{token}.x"), "a fourth part"),
        (format!(".{token}"), "an empty part"),
        (format!("{token}\u{a0}"), "a space"),
        (format!("{header}.{claims}\n.{signature}"), "a line break"),
        (format!("{header}.{claims}.{}", signature.replace(['-', '_'], "+")), "the other alphabet"),
        (format!("{header}.{claims}.%41{}", &signature[1..]), "percent encoding"),
        (format!("{header}.{claims}"), "no signature"),
        (format!("{header}.{claims}."), "no signature"),
        (format!("{header}..{signature}"), "no claims"),
        (format!(".{claims}.{signature}"), "no header"),
        (format!("{header}.{claims}.{}", &signature[..22]), "half a signature"),
        ("..".to_owned(), "nothing"),
        (".".to_owned(), "nothing"),
    ] {
        if token != signed_as(HS256, &good()) {
            refuses(&world, &token, why);
        }
    }
    // What was signed is base64url all the same, but not in its only spelling.
    for (header, claims) in [
        (format!("{}=", part(HS256)), part(&good())),
        (part(HS256), format!("{}=", part(&good()))),
        (part(HS256).replace('_', "/"), format!("{} ", part(&good()))),
    ] {
        refuses(&world, &mac(SECRET.as_bytes(), &format!("{header}.{claims}")), "signed in another spelling");
    }
}

#[test]
fn claims_that_are_no_claims() {
    let world = world();
    let later = now().timestamp() + 3600;
    let nested = signed_as(HS256, &good());
    for claims in [
        nested.clone(),
        format!("\"{nested}\""),
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        format!("[{}]", good()),
        format!("{} {}", good(), good()),
        format!("{}x", good()),
        format!("\u{feff}{}", good()),
        format!(r#"{{"exp":{later}}}"#),
        format!(r#"{{"sub":"","exp":{later}}}"#),
        format!(r#"{{"sub":null,"exp":{later}}}"#),
        format!(r#"{{"sub":42,"exp":{later}}}"#),
        format!(r#"{{"sub":["alice"],"exp":{later}}}"#),
        format!(r#"{{"sub":"ali\u0000ce","exp":{later}}}"#),
        format!(r#"{{"sub":"{}","exp":{later}}}"#, "x".repeat(257)),
        format!(r#"{{"sub":"42","preferred_username":null,"exp":{later}}}"#),
        format!(r#"{{"sub":"42","preferred_username":"","exp":{later}}}"#),
        format!(r#"{{"sub":"alice","sid":null,"exp":{later}}}"#),
        format!(r#"{{"sub":"alice","sid":"","exp":{later}}}"#),
        format!(r#"{{"sub":"alice","sid":"weur-00-1","exp":{later}}}"#),
        format!(r#"{{"sub":"alice","aud":"fastapi-users:reset","exp":{later}}}"#),
        format!(r#"{{"sub":"alice","aud":["a","b"],"exp":{later}}}"#),
        format!(r#"{{"sub":"alice","aud":null,"exp":{later}}}"#),
        format!(r#"{{"sub":"alice","iss":1,"exp":{later}}}"#),
        format!(r#"{{"sub":"alice","exp":{later},"x":{}1{}}}"#, "[".repeat(2000), "]".repeat(2000)),
    ] {
        refuses(&world, &signed_as(HS256, &claims), &claims);
    }
    refuses(&world, &signed_as("not JSON", &good()), "a header that is not JSON");
    refuses(
        &world,
        &mac(SECRET.as_bytes(), &format!("{}.{}", part(HS256), BASE64_URL_SAFE_NO_PAD.encode(b"\xff{}"))),
        "not UTF-8",
    );
}

#[test]
fn long_tokens_are_not_even_decoded() {
    let world = world();
    let padded = |bytes: usize| {
        let claims = good();
        signed_as(HS256, &format!("{}{}", claims, " ".repeat(bytes - claims.len())))
    };
    // 37 + 43 characters are the header and the signature.
    assert!(admits(&world, &padded(6000)));
    world.guard.questions.borrow_mut().clear();
    assert!(padded(6084).len() > 8192);
    refuses(&world, &padded(6084), "more than 8 KiB");
    refuses(&world, &padded(1_000_000), "a megabyte");
    refuses(&world, &"a".repeat(1_000_000), "a megabyte");
    refuses(&world, &".".repeat(1_000_000), "a megabyte of dots");
}

#[test]
fn issuer_and_audience_have_to_be_those_that_are_configured() {
    let (issuer, audience) = ("https://login.example.com", "api");
    let config = config_with(&[("SECRET_KEY", SECRET), ("ISSUER", issuer), ("AUDIENCE", audience)]);
    let world = World { config, ..World::default() };
    let later = now().timestamp() + 3600;
    for (more, good) in [
        (json!({}), true),
        (json!({ "iss": issuer, "aud": audience }), true),
        (json!({ "aud": ["x", "api"] }), true),
        (json!({ "iss": "https://login.example.com/" }), false),
        (json!({ "iss": "" }), false),
        (json!({ "aud": "API" }), false),
        (json!({ "aud": [] }), false),
        (json!({ "aud": ["x"] }), false),
        (json!({ "aud": ["api", 1] }), false),
        (json!({ "aud": { "api": 1 } }), false),
    ] {
        let mut claims = json!({ "sub": "alice", "exp": later });
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let token = signed_as(HS256, &claims.to_string());
        assert_eq!(admits(&world, &token), good, "{more}");
    }
}
