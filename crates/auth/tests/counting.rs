//! Any attempts in any order and at any time are counted as a simple model of the rules counts them.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use std::collections::HashMap;

use guard::{AttemptCounter, BucketNames, Policy, counter::Admission, policy::Limit};
use proptest::{collection::vec, prelude::*};
use support::Sqlite;

const DAY: i64 = 86_400_000;
const POLICY: Policy =
    Policy { network: Limit { free: 3, longest_ms: 900_000 }, account: Limit { free: 6, longest_ms: 3_600_000 } };

/// What happens, and how many tenths of a second after what came before.
#[derive(Debug, Clone)]
struct Step {
    after: i64,
    event: Event,
}

#[derive(Debug, Clone, Copy)]
enum Event {
    /// An attempt at an account, with the right password or a wrong one. Network 0 is not known.
    Attempt { account: u8, network: u8, is_right: bool },
    /// The last attempt once more, with a hash from a fresher copy, if it was verified and failed.
    Confirmation { is_right: bool },
    /// The object's alarm.
    Alarm,
    /// The object is started anew.
    Restart,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let after = prop_oneof![
        6 => 0..50_i64,
        2 => 0..40_000_i64,
        1 => 0..40 * DAY / 100,
        1 => -40_000..0_i64,
    ];
    let event = prop_oneof![
        12 => (0..2_u8, 0..12_u8, prop::bool::weighted(0.3))
            .prop_map(|(account, network, is_right)| Event::Attempt { account, network, is_right }),
        1 => any::<bool>().prop_map(|is_right| Event::Confirmation { is_right }),
        1 => Just(Event::Alarm),
        1 => Just(Event::Restart),
    ];
    vec((after, event).prop_map(|(after, event)| Step { after, event }), 0..100)
}

/// The rules, with maps that forget nothing.
#[derive(Default)]
struct Model {
    /// Failures and the time of the last one, by account and network.
    networks: HashMap<(u8, u8), (u32, i64)>,
    /// The same, by account.
    accounts: HashMap<u8, (u32, i64)>,
    trusted_until: HashMap<(u8, u8), i64>,
}

impl Model {
    fn is_trusted(&self, pair: (u8, u8), now: i64) -> bool {
        self.trusted_until.get(&pair).is_some_and(|until| *until > now)
    }

    fn failures(counted: Option<&(u32, i64)>, days: i64, now: i64) -> (u32, i64) {
        counted.copied().filter(|(_, last)| *last + days * DAY > now).unwrap_or_default()
    }

    /// Whether something ends after `now` and by `latest`. When the clock goes back from `latest` to `now`, the table may
    /// have forgotten it or not.
    fn ends_between(&self, now: i64, latest: i64) -> bool {
        let networks = self.networks.values().map(|(_, last)| last + DAY);
        let accounts = self.accounts.values().map(|(_, last)| last + 30 * DAY);
        let mut ends = networks.chain(accounts).chain(self.trusted_until.values().copied());
        ends.any(|end| now < end && end <= latest)
    }

    fn wait_ms(&self, pair: (u8, u8), now: i64) -> i64 {
        let wait = |(failures, last): (u32, i64), limit: Limit| {
            if failures < limit.free {
                return 0;
            }
            last + limit.longest_ms.min(1000 << (failures - limit.free).min(20)) - now
        };
        let network = wait(Self::failures(self.networks.get(&pair), 1, now), POLICY.network);
        let account = wait(Self::failures(self.accounts.get(&pair.0), 30, now), POLICY.account);
        network.max(if self.is_trusted(pair, now) { 0 } else { account }).max(0)
    }

    fn fail(&mut self, pair: (u8, u8), now: i64) {
        let (failures, _) = Self::failures(self.networks.get(&pair), 1, now);
        self.networks.insert(pair, (failures + 1, now));
        if !self.is_trusted(pair, now) {
            let (failures, _) = Self::failures(self.accounts.get(&pair.0), 30, now);
            self.accounts.insert(pair.0, (failures + 1, now));
        }
    }

    fn succeed(&mut self, pair: (u8, u8), now: i64) {
        let was_trusted = self.is_trusted(pair, now);
        let (failures, _) = Self::failures(self.networks.get(&pair), 1, now);
        self.networks.remove(&pair);
        let lasts = self.trusted_until.get(&pair).is_some_and(|until| *until > now + 30 * DAY);
        if pair.1 > 0 && (failures > 0 || !lasts) {
            self.trusted_until.insert(pair, now + 40 * DAY);
        }
        if !was_trusted {
            self.accounts.remove(&pair.0);
            let mut trusted: Vec<i64> =
                self.trusted_until.iter().filter(|(key, _)| key.0 == pair.0).map(|(_, until)| *until).collect();
            trusted.sort_unstable();
            if let Some(bound) = trusted.len().checked_sub(8).map(|bound| trusted[bound]) {
                self.trusted_until.retain(|key, until| key.0 != pair.0 || *until >= bound);
            }
        }
    }
}

fn names((account, network): (u8, u8), already_counted: bool) -> BucketNames {
    // All accounts are in one slice, which is tidied with each new row.
    let (account, network_name) = (format!("abc{account:012x}0"), format!("{network:016x}"));
    BucketNames { account, network: network_name, network_is_known: network > 0, already_counted }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn any_attempts_are_counted_as_the_rules_say(steps in steps()) {
        let sqlite = Sqlite::default();
        let mut counter = AttemptCounter::open(&sqlite).unwrap();
        let (mut model, mut clock, mut latest, mut failed) = (Model::default(), 0, 0, None);
        for (number, Step { after, event }) in (0..).zip(steps) {
            // No two steps have the same time.
            clock += after;
            let now = 100 * clock + number;
            if model.ends_between(now, latest) {
                break;
            }
            latest = latest.max(now);
            let (pair, is_right, already_counted) = match event {
                Event::Attempt { account, network, is_right } => ((account, network), is_right, false),
                Event::Confirmation { is_right } => match failed.take() {
                    Some(pair) => (pair, is_right, true),
                    None => continue,
                },
                Event::Alarm => {
                    counter.forget(now).unwrap();
                    continue;
                }
                Event::Restart => {
                    counter = AttemptCounter::open(&sqlite).unwrap();
                    continue;
                }
            };
            let names = names(pair, already_counted);
            let wait_ms = if already_counted { 0 } else { model.wait_ms(pair, now) };
            failed = None;
            let before = sqlite.rows_written();
            match counter.admit(&names, &POLICY, now).unwrap() {
                Admission::Wait { millis, .. } => {
                    prop_assert_eq!(millis, wait_ms, "at {}", now);
                    prop_assert_eq!(sqlite.rows_written(), before);
                }
                Admission::Admitted(counts) => {
                    prop_assert_eq!(0, wait_ms, "at {}", now);
                    if is_right {
                        counter.succeed(&names, &counts, &POLICY, now).unwrap();
                        model.succeed(pair, now);
                    } else {
                        counter.fail(&names, &counts, &POLICY, now).unwrap();
                        if !already_counted {
                            model.fail(pair, now);
                            failed = Some(pair);
                        }
                    }
                }
            }
            prop_assert_eq!(counter.take_evictions(), None);
        }
    }
}
