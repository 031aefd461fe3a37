//! Rehashing: whose hash is replaced, and by what; when a hash is not replaced; and how long a
//! replacement waits in the queue.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use accounts::{User, Username};
use auth::{
    Level,
    platform::{GuardError, HASH_TIMEOUT, StoreError},
};
use guard::{
    HashRequest, MessageError, Verdict,
    rehash::{Outcome, RehashQueue, Replacement},
    sql::Sql,
};
use passwords::{Password, StoredHash};
use serde_json::json;
use support::{SALT, SECRET, Sqlite, World, config_with, log};

const RIGHT: &str = "correct horse battery staple";
const OLD: &str = "$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy";
const OTHER: &str = "$2b$04$xkjGMzsxIOGVl2Vrc.b93.MyMGYXIUhip0iQ9Xym5xpIBK.fGvJwO";

fn stored(world: &World, username: &str) -> Option<StoredHash> {
    world.users.rehashed.borrow().get(username).map(|text| StoredHash::parse(text).unwrap())
}

#[test]
fn an_old_hash_is_replaced_after_the_login() {
    let world = World::default();
    let answer = world.login("alice", RIGHT);
    assert_eq!(answer.response.status, 200);
    assert!(stored(&world, "alice").is_none(), "not before the response");
    let user = log(&answer)["user"].clone();

    let (level, line) = world.rehash(answer);
    let expected = json!({
        "event": "upgrade", "time": "2026-11-22T19:00:00.123Z", "outcome": "ok", "user": user, "format": "bcrypt",
    });
    assert_eq!((level, line), (Level::Info, expected));
    let new = stored(&world, "alice").unwrap();
    assert!(new.is_current() && new.verify(&Password::new(RIGHT), support::NFKC).unwrap());
    let shard = world.guard.attempts.borrow()[0].0.clone();
    assert_eq!(*world.guard.hashed.borrow(), [(shard, SALT)]);

    let again = world.login("alice", RIGHT);
    assert_eq!((again.response.status, &log(&again)["format"]), (200, &json!("argon2id")));
    assert!(again.after.is_empty());
    assert_eq!(world.login("alice", "wrong").response.status, 401);
}

#[test]
fn any_hash_that_is_not_todays_is_old() {
    let mut world = World::default();
    let lighter = "$argon2id$v=19$m=8192,t=2,p=4$gpBSqnUOQcg5x9i7l7IW4g$OM5aoSQIFXB9BuPiey/tlP+7c2X32voMuWSrOZZLlDU";
    let argon2i = "$argon2i$v=19$m=4096,t=2,p=2$OYfwnvOe856z9v7fe29tzQ$C/KLLhvXwsrrKSzpzuG/4ci4PyxxO1H8OSUu0HGiSN8";
    world.users.add("lighter", lighter, false);
    world.users.add("argon2i", argon2i, false);
    for (username, password) in [("lighter", "日本語のパスワード820"), ("argon2i", "日本語のパスワード268")]
    {
        let answer = world.login(username, password);
        assert_eq!(world.rehash(answer).1["outcome"], "ok");
        assert!(stored(&world, username).unwrap().verify(&Password::new(password), support::NFKC).unwrap());
        let again = world.login(username, password);
        assert_eq!(
            (again.response.status, again.after.is_empty()),
            (200, true),
            "a hash with the current parameters stays"
        );
    }
}

#[test]
fn the_whole_password_counts_after_it() {
    let mut world = World::default();
    let head = "x".repeat(70);
    let password = format!("{head}étail beyond seventy-two bytes");
    world.users.add("long", "$2b$05$N/4wfmP2u6yzcQJnSoicQuuBq.6VTYCqWnJcTwRAPGJc0C0HREc76", false);
    let other_tail = format!("{head}é, and another tail");
    assert_eq!(world.login("long", &other_tail).response.status, 200, "bcrypt looks at 72 bytes");
    let answer = world.login("long", &password);
    world.rehash(answer);
    assert_eq!(world.login("long", &other_tail).response.status, 401);
    assert_eq!(world.login("long", &password).response.status, 200);
}

#[test]
fn who_is_not_let_in_is_not_upgraded() {
    let mut world = World::default();
    world.users.add("disabled", OLD, true);
    world.users.add("broken", "$2b$04$broken", false);
    for (username, password) in [("alice", "wrong"), ("nobody", RIGHT), ("disabled", RIGHT), ("broken", RIGHT)] {
        let answer = world.login(username, password);
        assert_eq!(answer.response.status, 401);
        assert!(answer.after.is_empty());
    }
    world.guard.verdict = Some(Verdict::Throttled { retry_after: 1, elsewhere: None });
    assert!(world.login("alice", RIGHT).after.is_empty());
    // Even if the guard says that the password matches the dummy, nobody is let in.
    world.guard.verdict = Some(Verdict::Match { number: None });
    for username in ["nobody", "disabled", "broken"] {
        let answer = world.login(username, RIGHT);
        assert_eq!((answer.response.status, answer.after.is_empty()), (401, true));
    }
    world.guard.verdict = None;
    world.guard.failure = Some(GuardError::Message(MessageError));
    assert!(world.login("alice", RIGHT).after.is_empty());
}

#[test]
fn a_password_that_was_changed_meanwhile_stays() {
    let mut world = World::default();
    let answer = world.login("alice", RIGHT);
    world.users.add("alice", OTHER, false);
    assert_eq!(world.rehash(answer).1["outcome"], "changed_meanwhile");
    assert!(stored(&world, "alice").is_none());

    let mut world = World::default();
    let answer = world.login("alice", RIGHT);
    world.users.newest.insert("alice".into(), None);
    assert_eq!(world.rehash(answer).1["outcome"], "changed_meanwhile", "deleted");
}

#[test]
fn what_matched_is_what_is_replaced() {
    let mut world = World::default();
    world.users.add("changed", OTHER, false);
    let newest =
        User { password_hash: OLD.to_owned(), disabled: false, subject: None, claims: None, version: 0, changed_at: 0 };
    world.users.newest.insert("changed".into(), Some(newest));
    let answer = world.login("changed", RIGHT);
    assert_eq!(answer.response.status, 200);
    assert_eq!(world.rehash(answer).1["outcome"], "ok", "the newest copy has the hash that matched");
}

#[test]
fn a_failed_upgrade_is_logged_and_tried_at_the_next_login() {
    let store = StoreError::Unavailable("no such table: users".into());
    let stores = [
        store,
        StoreError::TimedOut,
        StoreError::Malformed,
        StoreError::Queue("reset".into()),
        StoreError::Home("reset".into()),
    ];
    let stores = stores.map(|failure| (Some(failure), None));
    let guards = [GuardError::Unavailable("it answered 400".into()), GuardError::TimedOut(HASH_TIMEOUT)];
    let guards = guards.map(|failure| (None, Some(failure)));
    for (store, guard) in stores.into_iter().chain(guards) {
        let outcome = if store.is_some() { "store_error" } else { "guard_error" };
        let error = store.as_ref().map(ToString::to_string).or(guard.as_ref().map(ToString::to_string));
        let mut world = World::default();
        let answer = world.login("alice", RIGHT);
        assert_eq!(answer.response.status, 200);
        (world.users.failure, world.guard.failure) = (store, guard);
        let (level, line) = world.rehash(answer);
        assert_eq!((level, &line["outcome"], &line["error"]), (Level::Error, &json!(outcome), &json!(error)));
        assert!(stored(&world, "alice").is_none());

        (world.users.failure, world.guard.failure) = (None, None);
        let answer = world.login("alice", RIGHT);
        assert_eq!(answer.response.status, 200);
        assert_eq!(world.rehash(answer).1["outcome"], "ok");
    }
}

#[test]
fn a_refused_upgrade_costs_no_hashing() {
    let mut world = World::default();
    for (refusal, outcome) in [(Outcome::OverQuota, "over_quota"), (Outcome::Queued, "queued")] {
        world.users.refusal = Some(refusal);
        let answer = world.login("alice", RIGHT);
        let (level, line) = world.rehash(answer);
        assert_eq!((level, &line["outcome"]), (Level::Info, &json!(outcome)));
    }
    assert!(world.guard.hashed.borrow().is_empty() && stored(&world, "alice").is_none());
}

#[test]
fn there_are_no_upgrades_in_kv_by_default() {
    let rehashes = |store| {
        let variables = [("SECRET_KEY", SECRET), ("USER_STORE", store)];
        World { config: config_with(&variables), ..World::default() }.login("alice", RIGHT).after.len() == 1
    };
    assert_eq!((rehashes("kv"), rehashes("d1")), (false, true));
}

#[test]
fn the_guard_answers_with_todays_hash_or_is_not_understood() {
    for text in ["", "not a password to hash", OLD, r#"{"verdict":"match"}"#] {
        assert_eq!(HashRequest::read_answer(text).unwrap_err(), MessageError);
    }
}

const SECOND: i64 = 1000;
const HOUR: i64 = 3600 * SECOND;
const DAY: i64 = 24 * HOUR;
/// Midnight, UTC.
const START: i64 = 20_000 * DAY;

fn queue() -> RehashQueue<Sqlite> {
    RehashQueue::open(Sqlite::default()).unwrap()
}

fn user(name: &str) -> Username {
    Username::parse(name).unwrap()
}

fn replacement(name: &str) -> Replacement {
    Replacement { username: user(name), old: StoredHash::parse(OLD).unwrap(), new: StoredHash::dummy() }
}

fn taken(queue: &RehashQueue<impl Sql>, now: i64) -> Vec<String> {
    queue.take_due(now).unwrap().iter().map(|taken| taken.username.as_str().to_owned()).collect()
}

#[test]
fn a_queued_upgrade_waits_until_any_change_before_is_visible_and_is_taken_once() {
    let queue = queue();
    assert_eq!(queue.next_due(), Ok(None));
    assert_eq!(queue.add(&replacement("alice"), 500, START), Ok(Outcome::Queued));
    assert_eq!(queue.add(&replacement("bob"), 500, START + SECOND), Ok(Outcome::Queued));
    assert_eq!(queue.next_due(), Ok(Some(START + 75 * SECOND)));
    assert!(taken(&queue, START + 75 * SECOND - 1).is_empty());
    let due = queue.take_due(START + 75 * SECOND).unwrap();
    let [Replacement { username, old, new }] = due.as_slice() else { panic!("{}", due.len()) };
    assert_eq!((username.as_str(), old.expose(), new.expose()), ("alice", OLD, StoredHash::dummy().expose()));
    assert_eq!(queue.next_due(), Ok(Some(START + 76 * SECOND)));
    assert_eq!(taken(&queue, START + HOUR), ["bob"]);
    assert!(taken(&queue, START + HOUR).is_empty());
    assert_eq!(queue.next_due(), Ok(None));
}

#[test]
fn a_login_puts_a_waiting_upgrade_off_for_an_hour_at_most() {
    let queue = queue();
    queue.add(&replacement("alice"), 1, START).unwrap();
    let mut now = START;
    while now < START + HOUR - 60 * SECOND {
        now += 60 * SECOND;
        assert!(taken(&queue, now).is_empty());
        assert_eq!(queue.refusal(&user("alice"), 1, now), Ok(Some(Outcome::Queued)));
        let due = (now + 75 * SECOND).min(START + HOUR);
        assert_eq!(queue.next_due(), Ok(Some(due)));
    }
    assert_eq!(queue.add(&replacement("alice"), 1, now), Ok(Outcome::Queued), "not queued twice");
    assert_eq!(taken(&queue, START + HOUR), ["alice"]);
    assert!(taken(&queue, START + DAY).is_empty());
}

#[test]
fn a_day_has_so_many_upgrades_counted_on_the_day_they_are_written() {
    let queue = queue();
    let add = |name: &str, now| queue.add(&replacement(name), 2, now).unwrap();
    assert_eq!(queue.refusal(&user("a"), 2, START), Ok(None));
    assert_eq!([add("a", START), add("a", START), add("b", START)], [Outcome::Queued; 3]);
    assert_eq!(queue.refusal(&user("c"), 2, START), Ok(Some(Outcome::OverQuota)));
    assert_eq!(add("c", START), Outcome::OverQuota);
    assert_eq!(taken(&queue, START + HOUR), ["a", "b"]);
    assert_eq!(add("c", START + HOUR), Outcome::OverQuota, "a replacement that was written still counts");
    // What is queued in a day's last 75 seconds is written on the next.
    let last = START + DAY - 75 * SECOND;
    assert_eq!(
        [add("c", last - 1), add("c", last), add("d", last)],
        [Outcome::OverQuota, Outcome::Queued, Outcome::Queued]
    );
    assert_eq!(add("e", START + DAY), Outcome::OverQuota);
    assert_eq!(queue.add(&replacement("e"), 0, START + 9 * DAY), Ok(Outcome::OverQuota), "a quota of zero");
}

#[test]
fn a_burst_is_taken_in_parts_and_the_table_stays_bounded_if_nobody_takes() {
    let queue = queue();
    for number in 0..120 {
        queue.add(&replacement(&format!("u{number:03}")), 500, START + number).unwrap();
    }
    let parts: Vec<usize> = (0..4).map(|_| taken(&queue, START + HOUR).len()).collect();
    assert_eq!(parts, [50, 50, 20, 0]);

    let database = Sqlite::default();
    let queue = RehashQueue::open(&database).unwrap();
    let rows = |table: &str| {
        Sql::query(&database, &format!("SELECT COUNT(*) FROM {table}"), &[]).unwrap()[0].integer(0).unwrap()
    };
    for day in 0..30 {
        for number in 0..20 {
            queue.add(&replacement(&format!("u{day}-{number}")), 10, START + day * DAY + number).unwrap();
        }
        assert!(rows("pending") <= 20 && rows("spent") <= 2);
    }
}

#[test]
fn a_database_that_fails_at_any_statement_writes_nothing_twice() {
    for statement in 0..6 {
        let database = Sqlite::default();
        let queue = RehashQueue::open(&database).unwrap();
        database.fails_after.set(Some(statement));
        assert!(queue.add(&replacement("alice"), 500, START).is_err(), "statement {statement}");
        assert!(queue.take_due(START + HOUR).is_err() && queue.next_due().is_err());
        database.fails_after.set(None);
        assert!(taken(&queue, START + HOUR).is_empty());
        assert_eq!(queue.add(&replacement("alice"), 500, START), Ok(Outcome::Queued), "the next login tries again");
    }
}

#[test]
fn what_no_longer_parses_is_dropped() {
    let database = Sqlite::default();
    let queue = RehashQueue::open(&database).unwrap();
    for name in ["alice", "bob"] {
        queue.add(&replacement(name), 500, START).unwrap();
    }
    Sql::query(&database, "UPDATE pending SET old = '$unknown$' WHERE username = 'alice'", &[]).unwrap();
    assert_eq!(taken(&queue, START + HOUR), ["bob"]);
    assert_eq!(queue.next_due(), Ok(None));
}
