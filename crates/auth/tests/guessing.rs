//! Guessing passwords: what is counted, what it costs, who is delayed and who isn't.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use std::panic::{AssertUnwindSafe, catch_unwind};

use accounts::User;
use auth::{Handled, http::Network};
use guard::{
    Attempt, AttemptCounter, AttemptError, BucketNames, Ledger, Policy, Refusals, Regions, Shards, Verdict,
    counter::{Admission, FORGET_EVERY, MAX_ROWS},
    policy::Limit,
};
use passwords::{NoMemory, Password, StoredHash};
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
    let message =
        Attempt { buckets, hash, password: Password::new("p"), version: Some(0), session: None }.to_message().unwrap();
    let expected = r#"{"bucketed":{"account":"a","network":"n","network_is_known":true,"again":false},"hash":"$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy","password":"p","version":0}"#;
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
fn after_a_login_its_network_alone_sees_that_the_count_is_gone() {
    let world = world();
    for address in ["192.0.2.1", "192.0.2.2"] {
        for username in ["alice", "nobody"] {
            for _ in 0..5 {
                world.login_from(address, username, "wrong");
            }
        }
    }
    advance_clock(&world, SECOND);
    assert_eq!(world.login_from("192.0.2.1", "alice", RIGHT).response.status, 200);
    let statuses = |address: &str| {
        ["alice", "nobody"]
            .map(|username| [(); 2].map(|()| world.login_from(address, username, "wrong").response.status))
    };
    assert_eq!(statuses("192.0.2.1"), [[401, 401], [401, 429]]);
    assert_eq!(statuses("192.0.2.2"), [[401, 429], [401, 429]]);
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

    advance_clock(&world, 41 * DAY);
    for number in 0..100 {
        world.login_from(&attacker(number), "alice", "wrong");
    }
    assert_eq!(
        status_and_wait(&world.login_from("198.51.100.7", "alice", RIGHT)),
        (429, Some(1)),
        "trust ends after 40 days"
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

/// An attempt on a hash of `RIGHT`, counted under these names.
fn attempt_at(account: &str, network: &str, password: &str) -> Attempt {
    let hash = StoredHash::parse("$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy").unwrap();
    Attempt {
        buckets: names(account, network),
        hash,
        password: Password::new(password),
        version: Some(0),
        session: None,
    }
}

fn names(account: &str, network: &str) -> BucketNames {
    let (account, network) = (account.to_owned(), network.to_owned());
    BucketNames { account, network, network_is_known: true, already_counted: false }
}

const POLICY: Policy = Policy {
    network: Limit { free: 5, longest_ms: 900 * SECOND },
    account: Limit { free: 100, longest_ms: 3600 * SECOND },
};

/// Counts a failure without verifying anything.
fn fail(counter: &AttemptCounter<impl guard::sql::Sql>, names: &BucketNames, now: i64) {
    match counter.admit(names, &POLICY, now) {
        Ok(Admission::Admitted(counts)) => counter.fail(names, &counts, &POLICY, now).unwrap(),
        refused => panic!("{refused:?}"),
    }
}

#[test]
fn a_database_that_fails_at_any_statement_lets_nobody_in_and_loses_no_count() {
    // An attempt reads. A failure then writes two rows, and a success one, after which it bounds trust.
    for (password, left) in [("wrong", [5, 5, 5, 4]), (RIGHT, [5, 5, 5, 5])] {
        for (statement, left) in left.into_iter().enumerate() {
            let sqlite = Sqlite::default();
            let ledger = Ledger::open(&sqlite).unwrap();
            let process = |password| attempt_at("a", "n", password).process(&POLICY, &ledger, support::verify, 0);
            sqlite.fails_after.set(Some(u32::try_from(statement).unwrap()));
            assert!(process(password).is_err(), "{password}, statement {statement}");
            sqlite.fails_after.set(None);
            // What was written before the failure stays counted.
            let more = (0..10).take_while(|_| process("wrong") == Ok(Verdict::Mismatch {})).count();
            assert_eq!(more, left, "{password}, statement {statement}");
        }
    }
}

#[test]
fn a_database_that_cant_be_written_gives_no_guesses_from_a_trusted_network() {
    let world = world();
    assert_eq!(world.login("alice", RIGHT).response.status, 200);
    world.guard.sqlite.is_read_only.set(true);
    assert_eq!(world.login("alice", RIGHT).response.status, 200, "it needs nothing written");
    assert_eq!(world.login("alice", "wrong").response.status, 503);
    assert_eq!(world.login("alice", RIGHT).response.status, 503, "the answer would tell that this one is right");
    world.guard.sqlite.is_read_only.set(false);
    assert_eq!(world.login("alice", RIGHT).response.status, 200);
}

#[test]
fn a_database_that_cant_be_written_gives_no_guesses_however_often_its_object_restarts() {
    let sqlite = Sqlite::default();
    let ledger = || Ledger::open(&sqlite).unwrap();
    assert_eq!(
        attempt_at("a", "n", RIGHT).process(&POLICY, &ledger(), support::verify, 9),
        Ok(Verdict::Match { number: Some(9) })
    );
    sqlite.is_read_only.set(true);
    // Both from a trusted network and from an unknown one, a success would write nothing.
    for (network, network_is_known) in [("n", true), ("m", true), ("unknown", false)] {
        for already_counted in [false, true] {
            for password in [RIGHT, "wrong"] {
                let mut attempt = attempt_at("a", network, password);
                attempt.buckets = BucketNames { network_is_known, already_counted, ..attempt.buckets };
                let ledger = ledger();
                for _ in 0..2 {
                    let processed = attempt.process(&POLICY, &ledger, support::verify, 1);
                    assert!(matches!(processed, Err(AttemptError::Sql(_))), "{network} {password}: {processed:?}");
                }
            }
        }
    }
}

#[test]
fn the_first_usual_login_after_a_restart_writes_one_row() {
    let sqlite = Sqlite::default();
    for _ in 0..3 {
        let ledger = Ledger::open(&sqlite).unwrap();
        for written in [1, 0, 0] {
            let before = sqlite.rows_written();
            let processed = attempt_at("a", "n", RIGHT).process(&POLICY, &ledger, support::verify, 0);
            assert!(matches!(processed, Ok(Verdict::Match { .. })));
            assert_eq!(sqlite.rows_written() - before, written);
        }
    }
    assert_eq!(sqlite.rows("TRUE"), 2, "the network's row, and one that means nothing");
}

#[test]
fn an_attempt_that_dies_while_it_is_verified_gives_no_verdict_and_leaves_the_counts_alone() {
    let sqlite = Sqlite::default();
    let ledger = Ledger::open(&sqlite).unwrap();
    let process = |password| attempt_at("a", "n", password).process(&POLICY, &ledger, support::verify, 0);
    assert_eq!(process("wrong"), Ok(Verdict::Mismatch {}));
    let died = catch_unwind(AssertUnwindSafe(|| {
        attempt_at("a", "n", "wrong").process(&POLICY, &ledger, |_, _| panic!("out of memory"), 0)
    }));
    assert!(died.is_err());
    assert_eq!((0..10).take_while(|_| process("wrong") == Ok(Verdict::Mismatch {})).count(), 4);
}

#[test]
fn an_attempt_without_memory_has_no_verdict_and_does_not_count() {
    let sqlite = Sqlite::default();
    let ledger = Ledger::open(&sqlite).unwrap();
    for password in ["wrong", RIGHT] {
        let processed = attempt_at("a", "n", password).process(&POLICY, &ledger, |_, _| Err(NoMemory), 0);
        assert_eq!(processed, Err(AttemptError::NoMemory(NoMemory)));
    }
    assert_eq!(sqlite.rows("TRUE"), 0);
}

#[test]
fn a_usual_login_writes_nothing_and_a_failure_two_rows_at_most() {
    let world = world();
    let written = |address: &str, password: &str| {
        let before = world.guard.sqlite.rows_written();
        let status = world.login_from(address, "alice", password).response.status;
        (status, world.guard.sqlite.rows_written() - before)
    };
    assert_eq!(written("192.0.2.1", RIGHT), (200, 1), "the network is trusted from now on");
    assert_eq!(written("192.0.2.1", RIGHT), (200, 0));
    advance_clock(&world, 10 * DAY - 1);
    assert_eq!(written("192.0.2.1", RIGHT), (200, 0));
    advance_clock(&world, 1);
    assert_eq!(written("192.0.2.1", RIGHT), (200, 1), "trust is renewed every ten days");
    assert_eq!(written("192.0.2.1", RIGHT), (200, 0));
    assert_eq!(written("192.0.2.1", "wrong"), (401, 1));
    assert_eq!(written("192.0.2.1", RIGHT), (200, 1), "the count is reset");
    for _ in 0..5 {
        assert_eq!(written("192.0.2.2", "wrong"), (401, 2), "the network's bucket and the account's");
    }
    assert_eq!(written("192.0.2.2", RIGHT), (429, 0));
    advance_clock(&world, SECOND);
    assert_eq!(written("192.0.2.2", RIGHT), (200, 2), "the network's count is reset, the account's is deleted");
    assert_eq!(written("", RIGHT), (200, 0), "an unknown network is not trusted");
}

#[test]
fn a_network_is_trusted_for_30_to_40_days_after_the_last_login() {
    let world = world();
    let is_trusted = || world.guard.sqlite.rows(&format!("trusted_until > {}", world.guard.now.get())) == 1;
    for (second_login, lasts) in [(10 * DAY - 1, 30 * DAY + 1), (10 * DAY, 40 * DAY)] {
        world.login("alice", RIGHT);
        advance_clock(&world, second_login);
        world.login("alice", RIGHT);
        advance_clock(&world, lasts - 1);
        assert!(is_trusted());
        advance_clock(&world, 1);
        assert!(!is_trusted());
    }
}

#[test]
fn what_no_longer_counts_is_forgotten() {
    let world = world();
    for _ in 0..5 {
        world.login("alice", "wrong");
    }
    world.login_from("192.0.2.2", "alice", "wrong");
    assert_eq!(status_and_wait(&world.login("alice", RIGHT)), (429, Some(1)));
    let start = world.guard.now.get();
    world.guard.now.set(start + DAY - 1);
    world.login("alice", "wrong");
    assert_eq!(status_and_wait(&world.login("alice", RIGHT)), (429, Some(2)), "the count is kept for a day");
    world.guard.now.set(start + 2 * DAY);
    for _ in 0..5 {
        assert_eq!(
            status_and_wait(&world.login("alice", "wrong")),
            (401, None),
            "the count is forgotten, if its row isn't"
        );
    }

    let (forget, rows) = (|now| world.guard.ledger.forget(now), || world.guard.sqlite.rows("TRUE"));
    assert_eq!(rows(), 3);
    assert_eq!(forget(start + 3 * DAY - 1), Ok(Some(FORGET_EVERY)));
    assert_eq!(rows(), 2);
    assert_eq!(forget(start + 3 * DAY), Ok(Some(FORGET_EVERY)));
    assert_eq!(rows(), 1, "the account's own bucket stays");
    assert_eq!(forget(start + 32 * DAY), Ok(None));
    assert_eq!(rows(), 0);

    world.login("alice", RIGHT);
    assert_eq!(forget(start + 42 * DAY - 1), Ok(Some(FORGET_EVERY)), "trust stays for 40 days");
    assert_eq!(forget(start + 42 * DAY), Ok(None));
}

#[test]
fn a_full_table_is_forgotten_in_steps() {
    let sqlite = Sqlite::default();
    let counter = AttemptCounter::open(&sqlite).unwrap();
    // 30,000 accounts with two rows each, none of which counts, and two rows that count.
    let rows = "WITH RECURSIVE number (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM number WHERE n < 30000)
        INSERT INTO buckets SELECT printf('%016x', n * 7919), network, 1, 0, 0
        FROM number, (SELECT '' AS network UNION ALL SELECT 'n');
        INSERT INTO buckets VALUES ('0', 'n', 1, 0, 9000000000000), ('fffffff', 'n', 1, 0, 9000000000000)";
    sqlite.connection.execute_batch(rows).unwrap();
    let mut steps = 0;
    loop {
        let before = sqlite.rows("TRUE");
        let wait = counter.forget(100 * DAY).unwrap().unwrap();
        assert!(before - sqlite.rows("TRUE") <= 20_002, "20,000 rows, and those of one account");
        if wait == FORGET_EVERY {
            break;
        }
        steps += 1;
    }
    assert_eq!((steps, sqlite.rows("TRUE")), (2, 2));
    assert_eq!(counter.forget(200_000 * DAY), Ok(None), "an idle object has no alarm");
}

#[test]
fn a_table_of_an_earlier_version_is_used_as_it_is() {
    let sqlite = Sqlite::default();
    let earlier = "CREATE TABLE buckets (
        account TEXT NOT NULL, network TEXT NOT NULL,
        failures INTEGER NOT NULL, last INTEGER NOT NULL, trusted_until INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (account, network)) STRICT, WITHOUT ROWID;
        INSERT INTO buckets VALUES ('a', 'n', 5, 1000, 0), ('a', '', 5, 1000, 0), ('b', 'n', 0, 1000, 1000000)";
    sqlite.connection.execute_batch(earlier).unwrap();
    let ledger = Ledger::open(&sqlite).unwrap();
    let process = |account, now| attempt_at(account, "n", "wrong").process(&POLICY, &ledger, support::verify, now);
    assert_eq!(process("a", 1999), Ok(Verdict::Throttled { retry_after: 1, elsewhere: None }));
    assert_eq!(process("a", 2000), Ok(Verdict::Mismatch {}));
    assert_eq!(process("b", 2000), Ok(Verdict::Mismatch {}));
    assert_eq!(sqlite.rows("account = 'b' AND network = ''"), 0, "its network is trusted");
}

#[test]
fn a_refusal_of_the_account_holds_for_all_networks_that_it_does_not_trust() {
    let sqlite = Sqlite::default();
    let counter = AttemptCounter::open(&sqlite).unwrap();
    let [owner, attacker, stranger, other] =
        [(1, 1), (1, 2), (1, 3), (2, 3)].map(|(account, network)| names(&name(account), &name(network)));
    let Ok(Admission::Admitted(counts)) = counter.admit(&owner, &POLICY, 0) else { panic!() };
    counter.succeed(&owner, &counts, &POLICY, 0).unwrap();
    let now = 100;
    for guess in 0..100 {
        fail(&counter, &names(&name(1), &name(100 + guess)), now);
    }
    let Ok(Admission::Wait { elsewhere: Some(elsewhere), .. }) = counter.admit(&attacker, &POLICY, now) else {
        panic!()
    };
    assert_eq!(elsewhere.trusted, [name(1)]);

    let shards = Shards { regions: Regions::all(), per_region: 64 };
    let [near, far] = ["EU", "AS"].map(|continent| shards.of([0; 8], Some(continent)));
    let mut refusals = Refusals::new();
    refusals.remember(near, &attacker, (elsewhere.retry_after, Some(&elsewhere)), now);
    assert_eq!(refusals.wait(near, &stranger, now), Some(elsewhere.retry_after));
    assert_eq!(refusals.wait(near, &owner, now), None, "the owner's network is trusted");
    assert_eq!(refusals.wait(near, &other, now), None, "nor is another account delayed");
    assert_eq!(refusals.wait(far, &stranger, now), None, "regions count separately");
    let end = now + i64::from(elsewhere.retry_after) * SECOND;
    assert_eq!(refusals.wait(near, &stranger, end), None, "then the object is asked");
    for guess in 0..5 {
        fail(&counter, &names(&name(3), &name(7)), guess);
    }
    let Ok(Admission::Wait { elsewhere, .. }) = counter.admit(&names(&name(3), &name(7)), &POLICY, 5) else { panic!() };
    assert_eq!(elsewhere, None, "only this network is refused");
}

#[test]
fn a_refusal_is_remembered_until_its_time_is_over() {
    let shards = Shards { regions: Regions::all(), per_region: 64 };
    let [near, elsewhere] = ["EU", "AS"].map(|continent| shards.of([0; 8], Some(continent)));
    let [owner, other, stranger] =
        [(1, 1), (1, 2), (2, 1)].map(|(account, network)| names(&name(account), &name(network)));
    let mut refusals = Refusals::new();
    assert_eq!(refusals.wait(near, &owner, 0), None);
    refusals.remember(near, &owner, (2, None), 500);
    assert_eq!(refusals.wait(near, &owner, 500), Some(2));
    assert_eq!(refusals.wait(near, &owner, 2499), Some(1));
    assert_eq!(refusals.wait(near, &owner, 2500), None, "then the object is asked");
    assert_eq!(refusals.wait(near, &other, 500), None, "the account's other networks are not affected");
    assert_eq!(refusals.wait(near, &stranger, 500), None, "nor are other accounts");
    assert_eq!(refusals.wait(elsewhere, &owner, 500), None, "regions count separately");
    let confirming = BucketNames { already_counted: true, ..owner.clone() };
    assert_eq!(refusals.wait(near, &confirming, 500), None, "its first part was admitted");
    refusals.remember(near, &names("not", "hashes"), (2, None), 500);
    assert_eq!(refusals.wait(near, &names("not", "hashes"), 500), None);
}

#[test]
fn as_many_refusals_are_remembered_as_there_are_places() {
    let shard = Shards { regions: Regions::all(), per_region: 64 }.of([0; 8], None);
    let mut refusals = Refusals::new();
    let all: Vec<_> = (0..20_000).map(|number| names(&name(number), &name(0))).collect();
    for names in &all {
        refusals.remember(shard, names, (60, None), 0);
    }
    let remembered = all.iter().filter(|names| refusals.wait(shard, names, 1) == Some(60)).count();
    assert!((3900..=4096).contains(&remembered), "{remembered}");
}

/// A keyed hash of a number, as accounts and networks are named.
fn name(number: u64) -> String {
    // SplitMix64.
    let mut bits = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    format!("{:016x}", bits ^ (bits >> 31))
}

#[test]
fn made_up_names_never_evict_a_bucket_that_delays_among_90_000_trusted_networks() {
    let sqlite = Sqlite::default();
    let counter = AttemptCounter::open(&sqlite).unwrap();
    for number in 0..90_000 {
        let names = names(&name(number), &name(number));
        let Ok(Admission::Admitted(counts)) = counter.admit(&names, &POLICY, 0) else { panic!() };
        counter.succeed(&names, &counts, &POLICY, 0).unwrap();
    }
    let mut now = 0;
    for guess in 0..115 {
        fail(&counter, &names(&name(90_000), &name(1_000_000 + guess)), now);
        now += 3600 * SECOND;
    }
    let stranger = names(&name(90_000), &name(0));
    for number in 0..20_000 {
        fail(&counter, &names(&name(2_000_000 + number), &name(0)), now - 1);
    }
    assert!(matches!(counter.admit(&stranger, &POLICY, now - 1), Ok(Admission::Wait { millis: 1, .. })));
    assert_eq!(sqlite.rows("trusted_until > 0"), 90_000);
    assert_eq!(counter.take_evictions(), None);
}

/// Accounts of one slice of the table, whose bound is about a four-thousandth of the table's. All of
/// them have their slice tidied.
fn in_one_slice(number: u64) -> BucketNames {
    names(&format!("abc{number:012x}0"), "here")
}

#[test]
fn rows_that_delay_go_last_then_trusted_ones_and_what_is_evicted_is_counted() {
    let bound = MAX_ROWS / 4096;
    let sqlite = Sqlite::default();
    let counter = AttemptCounter::open(&sqlite).unwrap();
    let trusts = |number| {
        let Ok(Admission::Admitted(counts)) = counter.admit(&in_one_slice(number), &POLICY, 0) else { panic!() };
        counter.succeed(&in_one_slice(number), &counts, &POLICY, 0).unwrap();
    };
    for _ in 0..5 {
        fail(&counter, &in_one_slice(0), 0);
    }
    for number in 1..=100 {
        trusts(number);
    }
    assert_eq!(counter.take_evictions(), None);
    // Far more made-up names than there is room for: each has one failure in two buckets.
    for number in 1000..3000 {
        fail(&counter, &in_one_slice(number), 0);
    }
    let delaying = || matches!(counter.admit(&in_one_slice(0), &POLICY, 0), Ok(Admission::Wait { .. }));
    assert!(delaying());
    assert_eq!((sqlite.rows("TRUE"), sqlite.rows("trusted_until > 0")), (bound, 100));
    let evictions = counter.take_evictions().unwrap();
    assert_eq!(u64::from(evictions.rows), 2 + 100 + 2 * 2000 - bound);
    assert_eq!((evictions.delaying, evictions.trusted), (0, 0));

    // More trusted networks than there is room for. They displace each other, but neither the bucket
    // that delays nor one that an attacker has begun to fill.
    for number in 101..1000 {
        trusts(number);
    }
    assert!(delaying());
    assert_eq!(sqlite.rows("TRUE"), bound);
    let (trusted, evictions) = (sqlite.rows("trusted_until > 0"), counter.take_evictions().unwrap());
    assert!(trusted >= bound * 3 / 4 - 1, "{trusted}");
    assert_eq!((evictions.delaying, u64::from(evictions.trusted)), (0, 999 - trusted));
    for _ in 0..5 {
        assert!(!matches!(counter.admit(&in_one_slice(2000), &POLICY, 0), Ok(Admission::Wait { .. })));
        fail(&counter, &in_one_slice(2000), 1);
        fail(&counter, &in_one_slice(3000), 1);
    }
    assert!(matches!(counter.admit(&in_one_slice(2000), &POLICY, 0), Ok(Admission::Wait { .. })));

    // Only buckets that delay as well displace it, if there are enough of them.
    counter.take_evictions();
    for number in 4000..4800 {
        for _ in 0..5 {
            fail(&counter, &in_one_slice(number), number.cast_signed());
        }
    }
    assert!(!delaying());
    assert_eq!(sqlite.rows("trusted_until > 0"), 0);
    assert!(counter.take_evictions().unwrap().delaying > 0);
    // Even then, failures of another account are counted.
    for _ in 0..5 {
        fail(&counter, &in_one_slice(5000), 5000);
        fail(&counter, &in_one_slice(5001), 5000);
    }
    assert!(matches!(counter.admit(&in_one_slice(5000), &POLICY, 5000), Ok(Admission::Wait { .. })));
}

#[test]
fn a_full_slice_lets_go_first_of_what_no_longer_counts() {
    let sqlite = Sqlite::default();
    let counter = AttemptCounter::open(&sqlite).unwrap();
    for number in 0..50 {
        fail(&counter, &in_one_slice(number), 0);
    }
    fail(&counter, &in_one_slice(50), DAY);
    assert_eq!(sqlite.rows("network <> ''"), 1);
    assert_eq!(sqlite.rows("network = ''"), 51);
    assert_eq!(counter.take_evictions(), None, "none of them counted");
}

#[test]
fn a_million_made_up_names_leave_the_table_bounded() {
    let sqlite = Sqlite::default();
    let counter = AttemptCounter::open(&sqlite).unwrap();
    // 16 of the table's slices and as small a part of the names are enough to see it.
    for number in (0..u64::MAX)
        .map(|number| names(&name(number), "here"))
        .filter(|names| names.account.starts_with("7a"))
        .take(4000)
    {
        fail(&counter, &number, 0);
    }
    let rows = sqlite.rows("TRUE");
    assert!((MAX_ROWS / 256..MAX_ROWS / 256 * 12 / 10).contains(&rows), "{rows}");
    // Without a bound there would be 8,000.
    assert_eq!(u64::from(counter.take_evictions().unwrap().rows), 8000 - rows);
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
