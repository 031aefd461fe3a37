//! The functions that the fuzzers run, and that the test of their corpora runs again. No input may
//! cause a panic, and every response is of the documented kinds.

use std::{cell::RefCell, fmt::Write as _};

use accounts::{Claims, Subject};
use auth::{http::form::Form, login::PasswordGrant, session::RefreshToken};
use guard::{Attempt, HashRequest, MessageError, Verdict, rehash::Replacement};
use passwords::{Password, StoredHash, limits};

use super::{FORM, LocalGuard, Pieces, Sent, SoftCrypto, World, claims as claims_of, config, finish, now, signed_as};

const METHODS: [&str; 4] = ["POST", "GET", "HEAD", "PUT"];
const PATHS: [&str; 8] = [
    "/api/user/login",
    "/api/user/login/",
    "/health",
    "/%61pi/user/login",
    "/api/user/logout",
    "/api/user/refresh",
    "/api/user/introspect",
    "/api/user/password",
];

/// A whole request. One byte each chooses the method, the path and the place where the body is cut into
/// two pieces. A line with the content type and the body follow.
pub fn request(data: &[u8]) {
    let [method, path, cut, rest @ ..] = data else { return };
    let (content_type, body) = lines(rest);
    let mut request = Sent {
        method: METHODS[usize::from(*method) % METHODS.len()].to_owned(),
        path: PATHS[usize::from(*path) % PATHS.len()].to_owned(),
        ..Sent::default()
    };
    if let Some(content_type) = content_type {
        request = request.header("content-type", &content_type);
    }
    let (head, tail) = body.split_at(body.len() * usize::from(*cut) / 256);
    let pieces = Pieces { left: vec![head.to_vec(), tail.to_vec()], ..Pieces::default() };
    let mut world = World::default();
    world.guard.verdict = Some(Verdict::Mismatch {});
    let answer = world.serve(&request, pieces);
    assert!([200, 307, 400, 401, 404, 405, 413, 422].contains(&answer.response.status), "{answer:?}");
}

/// A form: its content type in the first line, then its body.
pub fn form(data: &[u8]) {
    let (content_type, body) = lines(data);
    let content_type = content_type.unwrap_or(FORM.to_owned());
    if let Ok(form) = Form::parse(Some(&content_type), body) {
        let grant = PasswordGrant::parse(&form);
        assert!(grant.is_err() || grant.is_ok_and(|grant| !grant.username.is_empty()));
    }
}

/// A stored hash.
pub fn stored_hash(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(hash) = StoredHash::parse(&text) {
        assert!(hash.expose() == text && text.len() <= limits::STORED_BYTES);
        let mut printed = String::new();
        write!(printed, "{hash:?}").unwrap();
        assert!(!printed.contains('$'));
        let cost = hash.cost();
        assert!(cost.memory_bytes() <= cost.most_memory_bytes() && cost.work() <= cost.most_work());
        assert_eq!(StoredHash::dummy_of(&cost.to_string()).unwrap().cost(), cost);
        if cost.work() <= 64 {
            assert!(!hash.verify(&Password::new(&*text), super::NFKC).unwrap());
        }
    }
}

/// A refresh token's payload. Returns whether it could be read.
pub fn refresh_token(data: &[u8]) -> bool {
    let token = RefreshToken::parse(data);
    if let Some(token) = &token {
        assert_eq!(token.payload(), data);
    }
    token.is_some()
}

/// A message between the Worker and one of its objects. Returns whether it was an attempt.
pub fn guard_message(data: &[u8]) -> bool {
    let text = String::from_utf8_lossy(data);
    let attempt = Attempt::from_message(&text);
    let is_attempt = attempt.is_ok();
    match attempt {
        Ok(attempt) => {
            let again = Attempt::from_message(&attempt.to_message().unwrap()).unwrap();
            assert_eq!(again.buckets, attempt.buckets);
        }
        Err(error) => assert_eq!(error, MessageError),
    }
    if let Ok(verdict) = Verdict::from_message(&text) {
        assert_eq!(Verdict::from_message(&verdict.to_message().unwrap()), Ok(verdict));
    }
    if let Ok(request) = HashRequest::from_message(&text) {
        assert_eq!(HashRequest::from_message(&request.to_message().unwrap()).unwrap().salt, request.salt);
    }
    if let Ok(hash) = HashRequest::read_answer(&text) {
        assert!(hash.is_current());
    }
    if let Ok(replacement) = Replacement::from_message(&text) {
        assert!(replacement.new.is_current());
        let again = Replacement::from_message(&replacement.to_message().unwrap()).unwrap();
        assert_eq!((again.username, again.old.expose()), (replacement.username, replacement.old.expose()));
    }
    is_attempt
}

/// An access token: its header in the first line, then its claims. It is signed, and what is signed is read. Returns
/// whether it was taken.
pub fn access_token(data: &[u8]) -> bool {
    let config = config();
    let verify = |token: &str| finish(config.tokens.verify(&SoftCrypto, token, now()));
    let text = String::from_utf8_lossy(data);
    assert!(verify(&text).is_err(), "nobody signed it");
    let (header, claims) = lines(data);
    let token = signed_as(&header.unwrap_or_default(), &String::from_utf8_lossy(claims));
    let Ok(read) = verify(&token) else { return false };
    // Readers of all kinds have to see the same claims.
    let seen = claims_of(&token);
    let name = seen.get("preferred_username").unwrap_or(&seen["sub"]);
    assert_eq!((name.as_str(), seen["sub"].as_str()), (Some(read.username.as_str()), Some(read.subject.as_str())));
    assert_eq!(seen["exp"], read.expires.timestamp());
    assert!(read.issued <= read.expires && read.expires < now() + chrono::TimeDelta::days(2));
    assert_eq!(seen.get("sid").and_then(|sid| sid.as_str()), read.sid.map(|sid| sid.to_string()).as_deref());
    let (rest, signature) = token.rsplit_once('.').unwrap();
    assert!(verify(&format!("{rest}.{signature}A")).is_err() && verify(rest).is_err());
    true
}

thread_local! {
    /// A service where every password is right. Each has a database, for which a fuzzer would run out of memory.
    static WORLD: RefCell<World> = RefCell::new(World {
        guard: LocalGuard { verdict: Some(Verdict::Match { number: None }), ..LocalGuard::default() },
        ..World::default()
    });
}

/// What a user's tokens carry besides: a subject in the first line, then claims. Returns whether there are claims.
pub fn user_claims(data: &[u8]) -> bool {
    let (subject, json) = lines(data);
    let subject = Subject::try_from(subject.unwrap_or_default()).ok();
    assert!(subject.as_ref().is_none_or(|subject| (1..=256).contains(&subject.as_str().len())));
    let Ok(claims) = Claims::parse(&String::from_utf8_lossy(json)) else { return false };
    assert!(claims.as_json().len() <= 2048 && !claims.as_json().contains(['\n', '\r', '\t']));
    assert_eq!(Claims::parse(claims.as_json()).as_ref(), Ok(&claims));
    assert_eq!(serde_json::from_str::<Claims>(&serde_json::to_string(&claims).unwrap()).unwrap(), claims);
    // A token that carries them is one that the verifier takes, and they say the same in it.
    let (token, read) = WORLD.with_borrow_mut(|world| {
        let alice = world.users.records.get_mut("alice").unwrap();
        (alice.subject, alice.claims) = (subject, Some(claims.clone()));
        let token = world.token();
        let read = finish(world.config.tokens.verify(&SoftCrypto, &token, now())).unwrap();
        (token, read)
    });
    assert_eq!(read.username.as_str(), "alice");
    let (carried, own) = (claims_of(&token), serde_json::from_str::<serde_json::Value>(claims.as_json()).unwrap());
    assert!(own.as_object().unwrap().iter().all(|(name, value)| carried[name] == *value));
    true
}

/// The first line, if it isn't empty, and what comes after it.
fn lines(data: &[u8]) -> (Option<String>, &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let line = String::from_utf8_lossy(&data[..end]).into_owned();
    (Some(line).filter(|line| !line.is_empty()), data.get(end + 1..).unwrap_or_default())
}
