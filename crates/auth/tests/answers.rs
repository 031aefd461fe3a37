//! The response and the log line for every way in which a login can end.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use std::cell::Cell;

use accounts::Username;
use auth::{
    Config, Level, Variable,
    http::{BodyError, Client, Response, form::Form},
    login::PasswordGrant,
    misconfigured,
    platform::{ATTEMPT_TIMEOUT, GuardError, StoreError},
    serve,
};
use guard::{MessageError, Verdict};
use passwords::{Password, StoredHash};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use support::{
    FORM, NoRandomness, Pieces, Repeated, SECRET, Sent, World, config_with, context, finish, header, json, log, post,
    text,
};

const RIGHT: &str = "correct horse battery staple";
const REFUSED: &str = r#"{"detail":"Incorrect username or password","error":"invalid_grant"}"#;

fn assert_refused(response: &Response) {
    assert_eq!((response.status, response.body.as_str()), (401, REFUSED));
    assert_eq!(header(response, "www-authenticate"), Some("Bearer"));
    assert_eq!(header(response, "cache-control"), Some("no-store"));
}

#[test]
fn success_says_who_and_for_how_long() {
    let answer = World::default().login("alice", RIGHT);
    assert_eq!(answer.response.status, 200);
    let body = json(&answer.response);
    assert_eq!(body["token_type"], "bearer");
    assert_eq!(body["username"], "alice");
    assert_eq!(body["expires_in"], 86_400);
    assert_eq!(header(&answer.response, "cache-control"), Some("no-store"));
    assert_eq!(header(&answer.response, "pragma"), Some("no-cache"));
}

#[test]
fn without_randomness_nobody_gets_a_token() {
    let world = World::default();
    let form = Pieces::whole(b"username=alice&password=correct+horse+battery+staple");
    let answer = finish(serve(&world.config, &world, &post().head(), form, &context(&NoRandomness)));
    assert_eq!((answer.response.status, answer.response.body.as_str()), (500, r#"{"detail":"Internal Server Error"}"#));
    assert_eq!((&log(&answer)["outcome"], answer.log[0].level), (&json!("token_error"), Level::Error));
}

#[test]
fn one_line_per_attempt() {
    let client = Client { country: Some("KR".into()), continent: Some("AS".into()), colo: Some("ICN".into()) };
    let world = World::default();
    let answer = world.serve(&Sent { client, ..post() }, Pieces::whole(b"username=carol&password=wrong"));
    let user = log(&world.login("carol", RIGHT))["user"].clone();
    assert_eq!(user.as_str().map(str::len), Some(16));
    let expected = json!({
        "event": "login", "time": "2026-11-22T19:00:00.123Z", "outcome": "bad_password", "user": user,
        "country": "KR", "colo": "ICN", "format": "argon2id",
    });
    assert_eq!(log(&answer), expected);
    assert_eq!(answer.log[0].level, Level::Info);
}

#[test]
fn a_user_is_named_by_a_keyed_hash() {
    let named = |secret, username| {
        let config = config_with(&[("SECRET_KEY", secret)]);
        log(&World { config, ..World::default() }.login(username, "wrong"))["user"].clone()
    };
    let other = SECRET.replace('2', "3");
    assert_eq!(named(SECRET, "alice"), named(SECRET, "alice"));
    assert_ne!(named(SECRET, "alice"), named(SECRET, "Alice"));
    assert_ne!(named(SECRET, "alice"), named(&other, "alice"));
}

#[test]
fn all_refusals_look_alike_and_cost_a_verification() {
    let mut world = World::default();
    world.users.add("disabled", &world.users.records["alice"].password_hash.clone(), true);
    world.users.add("broken", "$argon2id$v=19$m=19456", false);
    world.users.add(
        "costly",
        "$argon2id$v=19$m=102400,t=2,p=8$YTlhUGhrdHR5U25xMm41ZlBrajdyVA$s7Ci1XG484uLKsS3d5r8K5OqGeKnp6rJ6qy0jdvhfjs",
        false,
    );
    let long = "u".repeat(257);
    let cases = [
        ("alice", "wrong", "bad_password", "bcrypt"),
        ("nobody", RIGHT, "unknown_user", "argon2id"),
        ("disabled", RIGHT, "disabled", "argon2id"),
        ("broken", RIGHT, "broken_hash", "argon2id"),
        ("costly", RIGHT, "broken_hash", "argon2id"),
        ("a\nb", RIGHT, "unknown_user", "argon2id"),
        (&long, RIGHT, "unknown_user", "argon2id"),
    ];
    for (number, (username, password, outcome, verified)) in cases.into_iter().enumerate() {
        let answer = world.login(username, password);
        assert_refused(&answer.response);
        assert_eq!(log(&answer)["outcome"], outcome);
        // A refusal takes two look-ups: in the nearest copy of the store, then in the newest.
        assert_eq!(world.users.lookups.borrow().len(), 2 * (number + 1), "{outcome}");
        assert_eq!(world.guard.attempts.borrow().last().unwrap().1, verified);
        assert_eq!(world.guard.attempts.borrow().len(), number + 1, "{outcome}");
    }
}

#[test]
fn a_username_has_1_to_256_bytes_and_no_control_characters() {
    assert!(Username::parse(&"u".repeat(256)).is_some());
    assert!(Username::parse(&"é".repeat(128)).is_some());
    for text in ["", &"u".repeat(257), &"é".repeat(129), "a\tb", "a\u{85}b", "\u{7f}"] {
        assert!(Username::parse(text).is_none(), "{text:?}");
    }
}

#[test]
fn names_in_another_case_are_one_user_where_the_variable_says_so() {
    let lower = config_with(&[("SECRET_KEY", SECRET), ("USERNAME_CASE", "lower")]);
    let world = World { config: lower, ..World::default() };
    for name in ["alice", "ALICE", "aLiCe"] {
        let handled = world.login(name, RIGHT);
        assert_eq!(handled.response.status, 200, "{name}");
        assert_eq!(json(&handled.response)["username"], "alice");
        assert_eq!(log(&handled)["user"], log(&world.login("alice", RIGHT))["user"]);
        assert_eq!(world.login(name, "a wrong password").response.status, 401);
    }
    let attempts = world.guard.attempts.borrow();
    assert!(attempts.windows(2).all(|two| two[0].0 == two[1].0 && two[0].2.account == two[1].2.account));

    let world = World::default();
    assert_eq!(world.login("ALICE", RIGHT).response.status, 401);
    assert_eq!(*world.users.lookups.borrow(), ["ALICE", "ALICE"]);
}

#[test]
fn an_unknown_user_costs_what_the_variable_names() {
    let config = config_with(&[("SECRET_KEY", SECRET), ("UNKNOWN_USER_FORMAT", "bcrypt-04")]);
    let world = World { config, ..World::default() };
    assert_refused(&world.login("nobody", RIGHT).response);
    assert_eq!(world.guard.attempts.borrow()[0].1, "bcrypt");
}

#[test]
fn nobody_is_a_name_that_no_user_can_have() {
    let mut world = World::default();
    let hash = world.users.records["alice"].password_hash.clone();
    world.users.add("\u{7f}", &hash, false);
    assert_refused(&world.login("\u{7f}", RIGHT).response);
    assert_refused(&world.login("a\u{0}", RIGHT).response);
}

#[test]
fn a_broken_record_is_an_error_for_the_operator_only() {
    let mut world = World::default();
    world.users.add("broken", "$2b$12$not a hash", false);
    let broken_hash = world.login("broken", RIGHT);
    world.users.failure = Some(StoreError::Malformed);
    let broken_record = world.login("alice", RIGHT);
    for (answer, error) in [
        (broken_hash, "the bcrypt hash is malformed"),
        (broken_record, "the user's record does not have the documented fields"),
    ] {
        assert_refused(&answer.response);
        assert_eq!(log(&answer)["error"], error);
        assert_eq!(log(&answer)["outcome"], "broken_hash");
        assert!(!answer.log[0].json.contains("not a hash"));
        assert_eq!(answer.log[0].level, Level::Error);
    }
    assert_eq!(world.guard.attempts.borrow().len(), 2);
}

#[test]
fn a_failing_store_or_guard_is_503() {
    let mut stores = [StoreError::Unavailable("no such table: users".into()), StoreError::TimedOut].map(|failure| {
        let mut world = World::default();
        world.users.failure = Some(failure);
        (world, "store_error")
    });
    let mut guards = [
        GuardError::Unavailable("reset".into()),
        GuardError::TimedOut(ATTEMPT_TIMEOUT),
        GuardError::Message(MessageError),
    ]
    .map(|failure| {
        let mut world = World::default();
        world.guard.failure = Some(failure);
        (world, "guard_error")
    });
    for (world, outcome) in stores.iter_mut().chain(&mut guards) {
        for username in ["alice", "nobody", "\u{0}"] {
            let answer = world.login(username, RIGHT);
            assert_eq!(answer.response.status, 503);
            assert_eq!(header(&answer.response, "retry-after"), Some("5"));
            assert_eq!(answer.response.body, r#"{"detail":"Service temporarily unavailable"}"#);
            assert_eq!(log(&answer)["outcome"], *outcome);
            assert_eq!(answer.log[0].level, Level::Error);
        }
        (world.users.failure, world.guard.failure) = (None, None);
        assert_eq!(world.login("alice", RIGHT).response.status, 200, "works again after the failure");
    }
}

#[test]
fn an_overlong_password_is_wrong_and_costs_nothing() {
    let world = World::default();
    assert_eq!(log(&world.login("nobody", &"x".repeat(4096)))["outcome"], "unknown_user");
    for username in ["alice", "nobody"] {
        let answer = world.login(username, &"x".repeat(4097));
        assert_refused(&answer.response);
        assert_eq!(log(&answer)["outcome"], "overlong_password");
    }
    assert_eq!((world.users.lookups.borrow().len(), world.guard.attempts.borrow().len()), (2, 1));
}

#[test]
fn a_large_body_is_413_before_it_is_read_whole() {
    let read = Cell::new(0);
    let pieces = vec![vec![b'a'; 4 * 1024]; 100];
    let answer = World::default().serve(&post(), Pieces { left: pieces, read: Some(&read), ..Pieces::default() });
    assert_eq!((answer.response.status, read.get()), (413, 5));
    assert_eq!(json(&answer.response), json!({ "detail": "Request body too large" }));

    read.set(0);
    let request = post().header("content-length", "16385");
    let answer = World::default().serve(&request, Pieces { read: Some(&read), ..Pieces::default() });
    assert_eq!((answer.response.status, read.get()), (413, 0));

    let exact = [b"username=alice&password=wrong&x=".to_vec(), vec![b'x'; 16 * 1024 - 32]];
    let answer = World::default().serve(&post(), Pieces { left: exact.into(), ..Pieces::default() });
    assert_eq!(answer.response.status, 401);
}

#[test]
fn the_longest_login_fits_into_a_body() {
    let mut world = World::default();
    let (username, password) = ("é".repeat(128), "é".repeat(2048));
    let hash = StoredHash::create(&Password::new(&*password), [7; 16]).unwrap();
    world.users.add(&username, hash.expose(), false);
    let escaped = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let unused = "grant_type=password&scope=a+b+c&client_id=front-end&client_secret=0123456789abcdef";
    let form = format!("{unused}&username={}&password={}", escaped(&username), escaped(&password));
    assert_eq!(world.serve(&post(), Pieces::whole(form.as_bytes())).response.status, 200);
}

#[test]
fn the_gate_is_asked_before_a_body_is_read() {
    let mut world = World::default();
    world.guard.admits = false;
    let read = Cell::new(0);
    let request = post().header("content-length", "40");
    let answer = world.serve(&request, Pieces { read: Some(&read), ..Pieces::default() });
    assert_eq!((answer.response.status, read.get()), (429, 0));
    assert_eq!(header(&answer.response, "retry-after"), Some("60"));
    // What is wrong with a request is not said to a network that has to wait.
    let malformed = world.serve(&post(), Pieces::whole(b"username=alice"));
    assert_eq!((malformed.response.status, log(&malformed)["outcome"].as_str()), (429, Some("throttled")));
}

#[test]
fn a_body_that_was_given_up_is_503() {
    let answer = World::default().serve(&post(), Pieces { fails: Some(BodyError::Crowded), ..Pieces::default() });
    assert_eq!(answer.response.status, 503);
    assert_eq!(header(&answer.response, "retry-after"), Some("5"));
    assert_eq!((log(&answer)["outcome"].as_str(), answer.log[0].level), (Some("overloaded"), Level::Info));
}

#[test]
fn a_body_may_come_in_any_pieces() {
    let form = b"username=alice&password=correct+horse+battery+staple";
    for length in [1, 7, form.len()] {
        let left = form.chunks(length).map(<[u8]>::to_vec).collect();
        assert_eq!(World::default().serve(&post(), Pieces { left, ..Pieces::default() }).response.status, 200);
    }
}

#[test]
fn a_body_that_breaks_off_is_400() {
    let pieces = vec![b"username=alice&pass".to_vec()];
    let answer = World::default()
        .serve(&post(), Pieces { left: pieces.clone(), fails: Some(BodyError::Interrupted), ..Pieces::default() });
    assert_eq!(answer.response.status, 400);
    assert_eq!(json(&answer.response), json!({ "detail": "There was an error parsing the body" }));

    let request = post().header("content-length", "20");
    assert_eq!(World::default().serve(&request, Pieces { left: pieces, ..Pieces::default() }).response.status, 400);
}

#[test]
fn a_file_is_no_username() {
    let request = post().header("content-type", "multipart/form-data; boundary=B");
    let body = b"--B\r\nContent-Disposition: form-data; name=\"username\"; filename=\"f\"\r\n\r\nalice\r\n\
        --B\r\nContent-Disposition: form-data; name=\"client_id\"; filename=\"f\"\r\n\r\nx\r\n--B--\r\n";
    let answer = World::default().serve(&request, Pieces::whole(body));
    let wrong = |field| json!({ "type": "string_type", "loc": ["body", field], "msg": "Input should be a valid string", "input": null });
    let missing = json!({ "type": "missing", "loc": ["body", "password"], "msg": "Field required", "input": null });
    assert_eq!(json(&answer.response), json!({ "detail": [wrong("username"), missing, wrong("client_id")] }));
}

#[test]
fn the_same_account_meets_the_same_shard_of_a_region() {
    let mut world = World::default();
    world.guard.verdict = Some(Verdict::Mismatch {});
    let shard = |username: &str, continent: Option<&str>| {
        let client = Client { continent: continent.map(str::to_owned), ..Client::default() };
        let form = format!("username={username}&password=x");
        world.serve(&Sent { client, ..post() }, Pieces::whole(form.as_bytes()));
        world.guard.attempts.borrow_mut().pop().unwrap().0
    };
    assert_eq!(shard("alice", Some("EU")), shard("alice", Some("EU")));
    assert!(shard("alice", Some("EU")).starts_with("weur-"));
    assert!(shard("alice", Some("SA")).starts_with("sam-"));
    assert!(shard("alice", None).starts_with("enam-"));
    let used: std::collections::HashSet<_> = (0..2000).map(|number| shard(&format!("u{number}"), None)).collect();
    assert_eq!(used.len(), 64, "names spread over all shards, and create no others");
}

#[test]
fn shards_and_regions_are_configured() {
    let config = config_with(&[("SECRET_KEY", SECRET), ("GUARD_REGIONS", "weur, apac"), ("GUARD_SHARDS", "2")]);
    let mut world = World { config, ..World::default() };
    world.guard.verdict = Some(Verdict::Mismatch {});
    let mut used = std::collections::BTreeSet::new();
    for continent in ["AF", "AN", "AS", "EU", "NA", "OC", "SA", "T1", ""] {
        for number in 0..20 {
            let client = Client { continent: Some(continent.to_owned()), ..Client::default() };
            let form = format!("username=u{number}&password=x");
            world.serve(&Sent { client, ..post() }, Pieces::whole(form.as_bytes()));
            used.insert(world.guard.attempts.borrow_mut().pop().unwrap().0);
        }
    }
    assert_eq!(used.into_iter().collect::<Vec<_>>(), ["apac-0", "apac-1", "weur-0", "weur-1"]);
}

#[test]
fn health_says_which_part_failed() {
    let get = Sent { method: "GET".into(), path: "/health".into(), ..Sent::default() };
    let mut world = World::default();
    let answer = world.serve(&get, Pieces::default());
    assert_eq!(answer.response.status, 200);
    assert_eq!(json(&answer.response), json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }));

    let head = Sent { method: "HEAD".into(), ..get.clone() };
    let without_body = Response { body: String::new(), ..answer.response };
    assert_eq!(world.serve(&head, Pieces::default()).response, without_body);
    let options = Sent { method: "OPTIONS".into(), ..get.clone() };
    let answer = world.serve(&options, Pieces::default()).response;
    assert_eq!((answer.status, header(&answer, "allow")), (405, Some("GET, HEAD")));

    world.users.failure = Some(StoreError::TimedOut);
    let answer = world.serve(&get, Pieces::default());
    assert_eq!((answer.response.status, &json(&answer.response)["failed"]), (503, &json!("store")));

    let error = Config::parse(|_| Variable::Absent).unwrap_err();
    let answer = misconfigured(&error, &get.head(), &context(&Repeated(7)));
    assert_eq!((answer.response.status, &json(&answer.response)["failed"]), (503, &json!("configuration")));
    assert_eq!(misconfigured(&error, &head.head(), &context(&Repeated(7))).response.body, "");
}

#[test]
fn health_is_not_looked_up_for_a_network_that_asks_too_often() {
    let get = Sent { method: "GET".into(), path: "/health".into(), ..Sent::default() };
    let mut world = World::default();
    world.serve(&get, Pieces::default());
    world.serve(&post(), Pieces::default());
    let asked = world.guard.asked.take();
    assert!(asked.len() == 2 && asked[0] != asked[1], "the login's attempts are counted apart: {asked:?}");
    world.guard.admits = false;
    world.users.lookups.take();
    let answer = world.serve(&get, Pieces::default());
    assert_eq!((answer.response.status, header(&answer.response, "retry-after")), (429, Some("60")));
    assert!(world.users.lookups.take().is_empty());
}

#[test]
fn a_wrong_configuration_serves_nobody_and_says_why_in_the_log() {
    let valid = ("SECRET_KEY", SECRET);
    let repeated = "changethis".repeat(8);
    let published = "4ab2fce7a6bd79e1c014396315ed322dd6edb1c5d975c6b74a2904135172c03c";
    let ones = "1".repeat(64);
    let short = &SECRET[..31];
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[], "SECRET_KEY is missing"),
        (&[("SECRET_KEY", "")], "SECRET_KEY is missing"),
        (&[("SECRET_KEY", short)], "SECRET_KEY is shorter than 32 bytes"),
        (&[("SECRET_KEY", "changethis")], "SECRET_KEY is a known placeholder"),
        (&[("SECRET_KEY", "a-string-secret-at-least-256-bits-long")], "SECRET_KEY is a known placeholder"),
        (&[("SECRET_KEY", "Your_Secret_Key-0123456789abcdefghijkl")], "SECRET_KEY is a known placeholder"),
        (&[("SECRET_KEY", &repeated)], "SECRET_KEY is a known placeholder or repeats a short string"),
        (&[("SECRET_KEY", published)], "SECRET_KEY is a known placeholder"),
        (&[("SECRET_KEY", &ones)], "SECRET_KEY is a known placeholder or repeats a short string"),
        (&[valid, ("ACCESS_TOKEN_EXPIRE_MINUTES", "0")], "ACCESS_TOKEN_EXPIRE_MINUTES is \"0\""),
        (&[valid, ("ACCESS_TOKEN_EXPIRE_MINUTES", "-5")], "ACCESS_TOKEN_EXPIRE_MINUTES is \"-5\""),
        (&[valid, ("ACCESS_TOKEN_EXPIRE_MINUTES", "1e3")], "ACCESS_TOKEN_EXPIRE_MINUTES is \"1e3\""),
        (&[valid, ("GUARD_SHARDS", "0")], "GUARD_SHARDS is \"0\", not a number from 1 to 16384"),
        (
            &[valid, ("KV_UPGRADES_PER_DAY", "100001")],
            "KV_UPGRADES_PER_DAY is \"100001\", not a number from 0 to 100000",
        ),
        (&[valid, ("GUARD_REGIONS", "weur,moon")], "GUARD_REGIONS is \"weur,moon\""),
        (&[valid, ("HOME_REGION", "weur,enam")], "HOME_REGION is \"weur,enam\", not one of afr"),
        (&[valid, ("NETWORK_FREE_FAILURES", "x")], "NETWORK_FREE_FAILURES is \"x\""),
        (&[valid, ("ACCOUNT_FREE_FAILURES", "10001")], "ACCOUNT_FREE_FAILURES is \"10001\""),
        (&[valid, ("CLIENT_IP_HEADER", "X-Client: IP")], "CLIENT_IP_HEADER is \"X-Client: IP\""),
        (&[valid, ("UNKNOWN_USER_FORMAT", "md5")], "UNKNOWN_USER_FORMAT is \"md5\""),
        (&[valid, ("DOCS", "no")], "DOCS is \"no\""),
        (&[valid, ("USERNAME_CASE", "Lower")], "USERNAME_CASE is \"Lower\""),
        (&[valid, ("USER_STORE", "redis")], "USER_STORE is \"redis\""),
    ];
    for (variables, expected) in cases {
        let error =
            Config::parse(|name| text(variables.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)))
                .unwrap_err();
        let answer = misconfigured(&error, &post().head(), &context(&Repeated(7)));
        assert_eq!(
            (answer.response.status, answer.response.body.as_str()),
            (500, r#"{"detail":"Internal Server Error"}"#)
        );
        let line: Value = log(&answer);
        assert!(line["error"].as_str().unwrap().starts_with(expected), "{line}");
        if line["error"].as_str().unwrap().starts_with("SECRET_KEY") {
            assert!(line["error"].as_str().unwrap().contains("openssl rand -hex 32"));
            assert!(!line.to_string().contains(&SECRET[..16]));
        }
    }
}

#[test]
fn a_variable_of_another_type_is_an_error_not_absent() {
    let error = Config::parse(|name| match name {
        "SECRET_KEY" => text(Some(SECRET)),
        "AUDIENCE" => Variable::NotText,
        _ => Variable::Absent,
    });
    assert_eq!(error.unwrap_err().to_string(), "AUDIENCE is not a string");
}

#[test]
fn secrets_do_not_print() {
    let world = World::default();
    let printed = format!("{:?} {:?}", world.config, world.users.records["carol"]);
    assert!(!printed.contains(SECRET) && !printed.contains("$argon2id"), "{printed}");
    let grant = PasswordGrant::parse(&Form::parse(Some(FORM), b"username=a&password=hunter2").unwrap());
    assert!(!format!("{grant:?}").contains("hunter2"));
}
