//! Guessing passwords: what is counted, what it costs, who is delayed and who isn't.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use accounts::User;
use auth::{Handled, http::Network};
use guard::{
    Attempt, AttemptCounter, BucketNames, Policy, Regions, Verdict,
    counter::{Admission, MAX_ROWS},
};
use passwords::{Password, StoredHash};
use serde_json::json;
use support::{Sqlite, World, header, json, log};

const RIGHT: &str = "correct horse battery staple";
const SECOND: i64 = 1000;
const DAY: i64 = 86_400 * SECOND;

/// A world in which `RIGHT` is the password of `alice`, and her hash costs next to nothing to verify.
fn world() -> World {
    let mut world = World::default();
    world.users.add("alice", "$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy", false);
    world
}

/// Moves the guard's clock.
fn advance_clock(world: &World, millis: i64) {
    world.guard.now.set(world.guard.now.get() + millis);
}

/// A response's status, and its `Retry-After` in seconds if it has one.
fn status_and_wait(answer: &Handled) -> (u16, Option<u32>) {
    (answer.response.status, header(&answer.response, "retry-after").map(|text| text.parse().unwrap()))
}

#[test]
fn an_attempt_is_written_as_earlier_versions_read_it() {
    let buckets =
        BucketNames { account: "a".into(), network: "n".into(), network_is_known: true, already_counted: false };
    let hash = StoredHash::parse("$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy").unwrap();
    let message = Attempt { buckets, hash, password: Password::new("p") }.to_message().unwrap();
    let expected = r#"{"bucketed":{"account":"a","network":"n","network_is_known":true,"again":false},"hash":"$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy","password":"p"}"#;
    assert_eq!(*message, expected);
}

#[test]
fn five_failures_are_free_then_each_takes_twice_as_long() {
    let world = world();
    for _ in 0..5 {
        assert_eq!(status_and_wait(&world.login("alice", "wrong")), (401, None));
    }
    let mut delays = Vec::new();
    for _ in 0..13 {
        let (status, wait) = status_and_wait(&world.login("alice", "wrong"));
        assert_eq!(status, 429);
        delays.push(wait.unwrap());
        // The delay is exact: a millisecond before its end an attempt is refused, at its end it isn't.
        advance_clock(&world, i64::from(wait.unwrap()) * SECOND - 1);
        assert_eq!(status_and_wait(&world.login("alice", "wrong")), (429, Some(1)));
        advance_clock(&world, 1);
        assert_eq!(status_and_wait(&world.login("alice", "wrong")), (401, None));
    }
    assert_eq!(delays, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
}

#[test]
fn a_refused_attempt_is_the_same_for_anyone_and_costs_nothing() {
    let world = world();
    for username in ["alice", "nobody"] {
        for _ in 0..5 {
            world.login(username, "wrong");
        }
    }
    let [mut known, unknown] = ["alice", "nobody"].map(|username| world.login(username, RIGHT));
    assert_eq!(known.response, unknown.response);
    assert_eq!(json(&known.response), json!({ "detail": "Too many login attempts" }));
    assert_eq!(header(&known.response, "cache-control"), Some("no-store"));
    assert_eq!(log(&known)["outcome"], "throttled");
    for _ in 0..100 {
        known = world.login("alice", "wrong");
    }
    assert_eq!(status_and_wait(&known), (429, Some(1)), "a refused attempt is not counted");
}

#[test]
fn the_right_password_waits_too_then_clears_the_count() {
    let world = world();
    for _ in 0..5 {
        world.login("alice", "wrong");
    }
    assert_eq!(status_and_wait(&world.login("alice", RIGHT)), (429, Some(1)));
    advance_clock(&world, SECOND);
    assert_eq!(status_and_wait(&world.login("alice", RIGHT)), (200, None));
    for _ in 0..5 {
        assert_eq!(status_and_wait(&world.login("alice", "wrong")), (401, None));
    }
    assert_eq!(status_and_wait(&world.login("alice", "wrong")), (429, Some(1)));
}

#[test]
fn a_thousand_guesses_at_once_are_a_thousand_attempts() {
    let world = world();
    let statuses: Vec<u16> = (0..1000).map(|_| world.login("alice", "wrong").response.status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 5);
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 995);
}

#[test]
fn a_hundred_failures_from_anywhere_hold_up_strangers_but_not_the_owner() {
    let world = world();
    assert_eq!(world.login_from("198.51.100.7", "alice", RIGHT).response.status, 200);
    let attacker = |number: u32| format!("203.0.{}.{}", number / 250, number % 250);
    for number in 0..100 {
        assert_eq!(status_and_wait(&world.login_from(&attacker(number), "alice", "wrong")), (401, None), "{number}");
    }
    assert_eq!(status_and_wait(&world.login_from(&attacker(100), "alice", "wrong")), (429, Some(1)));
    assert_eq!(
        status_and_wait(&world.login_from("192.0.2.200", "alice", RIGHT)),
        (429, Some(1)),
        "a stranger with the password"
    );
    assert_eq!(status_and_wait(&world.login_from("198.51.100.7", "alice", RIGHT)), (200, None), "the owner");

    advance_clock(&world, SECOND);
    assert_eq!(status_and_wait(&world.login_from(&attacker(101), "alice", "wrong")), (401, None));
    assert_eq!(
        status_and_wait(&world.login_from(&attacker(102), "alice", "wrong")),
        (429, Some(2)),
        "the owner's login gave no new tries"
    );
    advance_clock(&world, 2 * SECOND);
    assert_eq!(status_and_wait(&world.login_from("192.0.2.200", "alice", RIGHT)), (200, None));
    assert_eq!(
        status_and_wait(&world.login_from(&attacker(103), "alice", "wrong")),
        (401, None),
        "a counted login empties the bucket"
    );

    advance_clock(&world, 31 * DAY);
    for number in 0..100 {
        world.login_from(&attacker(number), "alice", "wrong");
    }
    assert_eq!(
        status_and_wait(&world.login_from("198.51.100.7", "alice", RIGHT)),
        (429, Some(1)),
        "trust ends after 30 days"
    );
}

#[test]
fn an_account_trusts_the_eight_networks_it_logged_in_from_last() {
    let world = world();
    for number in 0..20 {
        assert_eq!(world.login_from(&format!("198.51.100.{number}"), "alice", RIGHT).response.status, 200);
        advance_clock(&world, SECOND);
    }
    for number in 0..100 {
        world.login_from(&format!("203.0.113.{number}"), "alice", "wrong");
    }
    let statuses: Vec<u16> = (0..20)
        .map(|number| world.login_from(&format!("198.51.100.{number}"), "alice", "wrong").response.status)
        .collect();
    assert_eq!(statuses, [[429; 12].as_slice(), &[401; 8]].concat());
}

#[test]
fn an_unknown_network_is_never_trusted() {
    let world = world();
    assert_eq!(world.login_from("", "alice", RIGHT).response.status, 200);
    for number in 0..100 {
        world.login_from(&format!("203.0.113.{number}"), "alice", "wrong");
    }
    assert_eq!(status_and_wait(&world.login_from("", "alice", RIGHT)), (429, Some(1)));
}

#[test]
fn a_clock_that_steps_back_holds_nobody_up_who_has_no_delay() {
    let world = world();
    world.login("alice", "wrong");
    advance_clock(&world, -DAY);
    assert_eq!(status_and_wait(&world.login("alice", RIGHT)), (200, None));
}

#[test]
fn accounts_delays_end_at_an_hour() {
    let policy = Policy::new(5, 100, 1);
    assert_eq!(policy.account.delay_ms(99), 0);
    assert_eq!(policy.account.delay_ms(100), SECOND);
    assert_eq!(policy.account.delay_ms(111), 2048 * SECOND);
    assert_eq!(policy.account.delay_ms(112), 3600 * SECOND);
    assert_eq!(policy.account.delay_ms(u32::MAX), 3600 * SECOND);
}

#[test]
fn regions_share_what_an_account_is_allowed() {
    let policy = Policy::new(5, 100, Regions::all().count());
    assert_eq!((Regions::all().count(), policy.account.free), (6, 16));
    assert!(policy.account.free * 6 <= 100, "an attacker in every region has no more than 100");
    assert_eq!(Regions::parse("weur,weur,enam,weur").unwrap().count(), 2);
    assert_eq!(Policy::new(5, 2, 6).account.free, 1);
}

#[test]
fn a_network_is_an_ipv4_address_or_an_ipv6_64() {
    let network = |text: &str| Network::of(Some(text)).to_string();
    assert_eq!(network("192.0.2.1"), "192.0.2.1/32");
    assert_eq!(network("::ffff:192.0.2.1"), "192.0.2.1/32");
    assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    assert_eq!(network("2001:db8:1:2::1"), network("2001:db8:1:2:ffff::"));
    assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    // Cloudflare gives the last one to the Workers of all other zones.
    for text in ["", "localhost", "192.0.2.1, 10.0.0.1", "192.0.2.256", "2a06:98c0:3600::103"] {
        assert_eq!(Network::of(Some(text)), Network::Unknown, "{text}");
    }
    assert_eq!(Network::of(None), Network::Unknown);
}

#[test]
fn buckets_hold_no_name_and_no_address() {
    let world = world();
    world.login("alice", "wrong");
    let BucketNames { account, network, .. } = world.guard.attempts.borrow()[0].2.clone();
    for name in [&account, &network] {
        assert!(name.len() == 16 && name.chars().all(|digit| digit.is_ascii_hexdigit()), "{name}");
    }
    assert_ne!(log(&world.login("alice", "wrong"))["user"], account, "the log has another name");
}

#[test]
fn the_gate_comes_before_any_look_up() {
    let mut world = world();
    world.guard.admits = false;
    assert_eq!(status_and_wait(&world.login("alice", RIGHT)), (429, Some(60)));
    assert!(world.users.lookups.borrow().is_empty() && world.guard.attempts.borrow().is_empty());
}

#[test]
fn a_database_that_fails_at_any_statement_lets_nobody_in_and_loses_no_count() {
    // An attempt reads, counts twice, and on success writes three times.
    for statement in 0..6 {
        let world = world();
        let sqlite = Sqlite::default();
        let counter = AttemptCounter::open(&sqlite).unwrap();
        let process = |password: &str| {
            let buckets = BucketNames {
                account: "a".into(),
                network: "n".into(),
                network_is_known: true,
                already_counted: false,
            };
            let hash = StoredHash::parse(&world.users.records["alice"].password_hash).unwrap();
            let attempt = Attempt { buckets, hash, password: Password::new(password) };
            attempt.process(&world.guard.policy, &counter, support::NFKC, world.guard.now.get())
        };
        sqlite.fails_after.set(Some(statement));
        assert!(process(RIGHT).is_err(), "statement {statement}");
        sqlite.fails_after.set(None);
        // What was counted before the failure stays counted, until the statement that trusts the network
        // sets the count to zero.
        let left = (0..10).take_while(|_| process("wrong") == Ok(Verdict::Mismatch {})).count();
        assert_eq!(left, [5, 5, 4, 4, 5, 5][statement as usize], "statement {statement}");
    }
}

#[test]
fn old_failures_are_forgotten() {
    let world = world();
    for _ in 0..5 {
        world.login("alice", "wrong");
    }
    assert_eq!(world.guard.counter.rows(), 2);
    let now = world.guard.now.get();
    assert_eq!(world.guard.counter.forget(now + DAY - 1), Ok(true));
    assert_eq!(world.guard.counter.rows(), 2);
    assert_eq!(world.guard.counter.forget(now + DAY), Ok(true));
    assert_eq!(world.guard.counter.rows(), 1, "the account's own bucket stays");
    assert_eq!(world.guard.counter.forget(now + 30 * DAY), Ok(false));
    assert_eq!(world.guard.counter.rows(), 0);

    world.login("alice", RIGHT);
    assert_eq!(world.guard.counter.forget(now + 29 * DAY), Ok(true), "trust stays for 30 days");
    assert_eq!(world.guard.counter.forget(now + 31 * DAY), Ok(false));
}

#[test]
fn a_full_table_that_is_opened_anew_is_bounded_too() {
    let sqlite = support::Sqlite::default();
    AttemptCounter::open(&sqlite).unwrap();
    let fill = "WITH RECURSIVE numbers (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
        INSERT INTO buckets (account, network, failures, last) SELECT n, 'there', 1, 0 FROM numbers";
    sqlite.connection.execute(fill, [MAX_ROWS.cast_signed()]).unwrap();
    let counter = AttemptCounter::open(&sqlite).unwrap();
    let policy = Policy::new(5, 100, 1);
    for number in 0..20_000 {
        let buckets = BucketNames {
            account: format!("{number:016x}"),
            network: "here".to_owned(),
            network_is_known: true,
            already_counted: false,
        };
        assert!(matches!(counter.admit(&buckets, &policy, 1), Ok(Admission::Admitted(_))));
    }
    let rows: i64 = sqlite.connection.query_row("SELECT COUNT(*) FROM buckets", [], |row| row.get(0)).unwrap();
    assert_eq!(counter.rows(), rows.cast_unsigned(), "the counter knows of all rows");
    assert!(counter.rows() <= MAX_ROWS, "{rows}");

    // However many rows there are when the object wakes up to forget, the table is bounded again.
    sqlite.connection.execute(&fill.replace("SELECT n, 'there'", "SELECT n, 'elsewhere'"), [30_000]).unwrap();
    let counter = AttemptCounter::open(&sqlite).unwrap();
    assert!(counter.forget(1).unwrap());
    let rows: i64 = sqlite.connection.query_row("SELECT COUNT(*) FROM buckets", [], |row| row.get(0)).unwrap();
    assert!(rows.cast_unsigned() <= MAX_ROWS && counter.rows() == rows.cast_unsigned(), "{rows}");
}

#[test]
fn a_million_made_up_names_leave_the_table_bounded_and_the_delayed_delayed() {
    let world = world();
    for _ in 0..7 {
        world.login("alice", "wrong");
        advance_clock(&world, 2 * SECOND);
    }
    let delayed_since = world.guard.now.get() - 2 * SECOND;
    world.guard.now.set(delayed_since);
    let start = world.guard.now.get();
    let mut most = 0;
    for number in 0..1_000_000_i64 {
        let buckets = BucketNames {
            account: format!("{number:016x}"),
            network: format!("{:016x}", number % 7),
            network_is_known: true,
            already_counted: false,
        };
        let admission = world.guard.counter.admit(&buckets, &world.guard.policy, start + number / 1000);
        assert!(matches!(admission, Ok(Admission::Admitted(_))));
        most = most.max(world.guard.counter.rows());
    }
    assert!(most <= MAX_ROWS, "{most}");
    // All the names came within a second, and seven failures delay for four.
    advance_clock(&world, SECOND);
    assert_eq!(status_and_wait(&world.login("alice", RIGHT)).0, 429, "the bucket that delays was not evicted");
}

#[test]
fn a_refusal_is_confirmed_on_the_newest_copy() {
    let mut world = world();
    let right = world.users.records["alice"].clone();
    // Just created.
    world.users.newest.insert("newcomer".into(), Some(right.clone()));
    assert_eq!(world.login("newcomer", RIGHT).response.status, 200);
    assert_eq!(world.login("newcomer", "wrong").response.status, 401);
    // The password was just changed: the new one works at once.
    let old = "$2b$04$xkjGMzsxIOGVl2Vrc.b93.MyMGYXIUhip0iQ9Xym5xpIBK.fGvJwO";
    world.users.add("changed", old, false);
    world.users.newest.insert("changed".into(), Some(right.clone()));
    assert_eq!(world.login("changed", RIGHT).response.status, 200);
    // Just enabled, and just deleted.
    world.users.add("enabled", &right.password_hash, true);
    world.users.newest.insert("enabled".into(), Some(right.clone()));
    assert_eq!(world.login("enabled", RIGHT).response.status, 200);
    world.users.newest.insert("alice".into(), None);
    assert_eq!(log(&world.login("alice", "wrong"))["outcome"], "unknown_user");
    // Just disabled.
    world.users.newest.insert("alice".into(), Some(User { disabled: true, ..right }));
    assert_eq!(log(&world.login("alice", "wrong"))["outcome"], "disabled");
}

#[test]
fn confirming_counts_no_second_attempt() {
    let mut world = world();
    let right = world.users.records["alice"].clone();
    world.users.newest.insert("newcomer".into(), Some(right));
    for _ in 0..5 {
        assert_eq!(status_and_wait(&world.login("newcomer", "wrong")), (401, None));
    }
    assert_eq!(status_and_wait(&world.login("newcomer", RIGHT)), (429, Some(1)));
    advance_clock(&world, SECOND);
    assert_eq!(status_and_wait(&world.login("newcomer", RIGHT)), (200, None));
}
