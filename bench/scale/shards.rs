//! A simulation of how busy logins keep the guard's shards. `bench/scale/run.mjs` runs it.
//!
//! Requests go to the real `auth::serve`, one after the other, in virtual time. An object serves
//! attempts in order of arrival, and is busy for as long as a verification or a refusal takes: nothing
//! is hashed. Its attempt counter is the real one, in SQLite, and decides who is refused. There is one
//! region. Clients are in [`LOCATIONS`] of Cloudflare's, whose isolates remember refusals. All randomness
//! follows from one seed.
//!
//! A second simulation fills the table of one shard with trusted networks, lets an attacker try made-up
//! names, and counts the networks that are still trusted.
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)]
#![allow(clippy::indexing_slicing, clippy::print_stdout, clippy::unreachable, clippy::unwrap_used)]

#[path = "../../crates/auth/tests/support/mod.rs"]
mod support;

use std::{
    cell::{Cell, RefCell},
    net::Ipv4Addr,
    time::Duration,
};

use accounts::{User, Username};
use auth::{
    Config, Platform,
    platform::{ATTEMPT_TIMEOUT, Crypto, Directory, Guard, GuardError, Outside, RehashStore, StoreError, Users},
    serve,
};
use guard::{
    Attempt, AttemptCounter, BucketNames, HashRequest, Refusals, Shard, SignUp, SignUpAnswer, Verdict,
    counter::Admission,
    rehash::{Outcome, Replacement},
    session::{Answer, Question},
};
use passwords::StoredHash;
use serde_json::{Value, json};
use support::{Elsewhere, NoDirectory, Pieces, Repeated, SoftCrypto, Sqlite, config_with, context, finish, now, post};

const USERS: usize = 1_000_000;
/// The length of a simulation, in seconds.
const SECONDS: f64 = 120.0;
/// How many seconds queues fill before requests are measured.
const WARM_UP: f64 = 20.0;
const RIGHT: &str = "right";
/// How many locations the clients are in. Each has one isolate, and a network is in one location.
const LOCATIONS: usize = 20;
/// How many networks a user logs in from.
const NETWORKS_PER_USER: f64 = 1.5;
/// How many made-up names an attacker tries at one shard. At the gate's 100 attempts a minute, 1,000
/// networks need 11 hours for this at each of 64 shards.
const MADE_UP: u64 = 1_000_000;
/// The account that an attacker guesses at. Other users share its shard.
const VICTIM: &str = "user0";

/// What one simulation serves.
struct Scenario {
    name: &'static str,
    shards: usize,
    /// How many objects share a thread.
    objects_per_thread: usize,
    /// How many users log in per second.
    logins: f64,
    /// The n-th user's share of the logins is proportional to n^-skew.
    skew: f64,
    attack: Attack,
}

/// An attack with so many attempts per second, from so many networks.
enum Attack {
    None,
    /// All attempts are for one account.
    Guessing {
        attempts: f64,
        networks: u32,
    },
    /// Each attempt is for another account.
    Stuffing {
        attempts: f64,
        networks: u32,
    },
}

impl Attack {
    fn attempts(&self) -> f64 {
        match *self {
            Self::None => 0.0,
            Self::Guessing { attempts, .. } | Self::Stuffing { attempts, .. } => attempts,
        }
    }
}

fn scenarios() -> Vec<Scenario> {
    let usual =
        |name, logins, skew| Scenario { name, shards: 64, objects_per_thread: 1, logins, skew, attack: Attack::None };
    let guessing = |attempts, networks| Attack::Guessing { attempts, networks };
    let stuffing = |attempts, networks| Attack::Stuffing { attempts, networks };
    vec![
        usual("100/s, skew 1", 100.0, 1.0),
        usual("500/s, even", 500.0, 0.0),
        usual("500/s, skew 0.8", 500.0, 0.8),
        usual("500/s, skew 1", 500.0, 1.0),
        usual("1,000/s, even", 1000.0, 0.0),
        usual("1,000/s, skew 0.8", 1000.0, 0.8),
        usual("2,000/s, even", 2000.0, 0.0),
        Scenario { shards: 256, ..usual("2,000/s, even, 256 shards", 2000.0, 0.0) },
        Scenario { objects_per_thread: 8, ..usual("100/s, even, 8 shards a thread", 100.0, 0.0) },
        Scenario { objects_per_thread: 8, ..usual("500/s, even, 8 shards a thread", 500.0, 0.0) },
        Scenario { attack: guessing(100.0, 1000), ..usual("500/s, even; 100/s guess one account", 500.0, 0.0) },
        Scenario { attack: guessing(1000.0, 10_000), ..usual("500/s, even; 1,000/s guess one account", 500.0, 0.0) },
        Scenario { attack: stuffing(500.0, 10_000), ..usual("500/s, even; 500/s try leaked passwords", 500.0, 0.0) },
        Scenario { attack: stuffing(2000.0, 10_000), ..usual("500/s, even; 2,000/s try leaked passwords", 500.0, 0.0) },
    ]
}

/// How many milliseconds an object is busy with one attempt.
#[derive(Clone, Copy)]
struct Cost {
    verified: f64,
    refused: f64,
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<f64>().unwrap());
    let cost = Cost { verified: arguments.next().unwrap(), refused: arguments.next().unwrap() };
    let shards: Vec<Value> = scenarios().iter().map(|scenario| simulate(scenario, cost)).collect();
    // The rest are numbers of users a shard.
    let trust: Vec<Value> = arguments.map(survival).collect();
    println!("{}", json!({ "shards": shards, "trust": trust }));
}

fn simulate(scenario: &Scenario, cost: Cost) -> Value {
    let config = config_with(&[("SECRET_KEY", support::SECRET), ("GUARD_SHARDS", &scenario.shards.to_string())]);
    let objects = Objects::new(scenario, &config, cost);
    let popularity = Popularity::new(scenario.skew);
    let mut random = Random(42);
    let (mut waits, mut own) = (Vec::new(), Outcomes::default());
    let (mut attack, mut tried) = (Outcomes::default(), 0u32);
    let rate = scenario.logins + scenario.attack.attempts();
    let mut second = 0.0;
    loop {
        // Arrivals are independent, so the time between two is distributed exponentially.
        second -= (1.0 - random.part()).ln() / rate;
        if second > SECONDS {
            break;
        }
        objects.arrival.set(1000.0 * second);
        let is_own = random.part() * rate < scenario.logins;
        let (username, password, network) = if is_own {
            let user = popularity.pick(&mut random);
            (format!("user{user}"), RIGHT, user as u32)
        } else {
            tried += 1;
            match scenario.attack {
                Attack::Guessing { networks, .. } => (VICTIM.to_owned(), "wrong", u32::MAX - tried % networks),
                Attack::None => continue,
                Attack::Stuffing { networks, .. } => {
                    let user = (random.part() * USERS as f64) as usize;
                    (format!("user{user}"), "wrong", u32::MAX - tried % networks)
                }
            }
        };
        let status = login(&objects, &username, password, network);
        if second > WARM_UP {
            if is_own && status == 200 {
                waits.push(objects.waited.get());
            }
            if is_own { own.add(status) } else { attack.add(status) }
        }
    }
    waits.sort_by(f64::total_cmp);
    let wait = |part: f64| waits.get((part * (waits.len() as f64 - 1.0)) as usize).map(|wait| rounded(*wait));
    let busy: Vec<f64> = objects.busy.borrow().iter().map(|busy| busy / (1000.0 * SECONDS)).collect();
    json!({
        "name": scenario.name,
        "busy_mean": rounded(busy.iter().sum::<f64>() / busy.len() as f64),
        "busy_most": rounded(busy.iter().copied().fold(0.0, f64::max)),
        "wait_ms": { "median": wait(0.5), "p99": wait(0.99) },
        "users": own.parts(),
        "attack": attack.parts(),
    })
}

/// The share of trusted networks that a shard with so many users still knows after an attack.
fn survival(users: f64) -> Value {
    let sqlite = Sqlite::default();
    let counter = AttemptCounter::open(&sqlite).unwrap();
    let policy = config_with(&[("SECRET_KEY", support::SECRET)]).policy;
    let mut random = Random(7);
    let networks = (users * NETWORKS_PER_USER) as u64;
    sqlite.connection.execute_batch("BEGIN").unwrap();
    let attempt = |account: u64, network: u64, now: i64, is_right: bool| {
        let (account, network) = (format!("{account:016x}"), format!("{network:016x}"));
        let names = BucketNames { account, network, network_is_known: true, already_counted: false };
        let Ok(Admission::Admitted(counts)) = counter.admit(&names, &policy, now) else { return };
        if is_right {
            counter.succeed(&names, &counts, &policy, now).unwrap();
        } else {
            counter.fail(&names, &counts, &policy, now).unwrap();
        }
    };
    for login in 0..networks {
        attempt(random.bits(), random.bits(), login.cast_signed(), true);
    }
    let trusted = || sqlite.rows("trusted_until > 0") as f64;
    let before = trusted();
    for guess in 0..MADE_UP {
        attempt(random.bits(), guess % 1000, (networks + guess).cast_signed(), false);
    }
    let rows = sqlite.rows("TRUE");
    json!({ "users": users, "networks": networks, "kept": rounded(before / networks as f64), "kept_after_attack": rounded(trusted() / networks as f64), "rows": rows })
}

fn login(objects: &Objects<'_>, username: &str, password: &str, network: u32) -> u16 {
    let form = format!("username={username}&password={password}");
    let request = post().header("cf-connecting-ip", &Ipv4Addr::from_bits(network).to_string());
    let body = Pieces::whole(form.as_bytes());
    finish(serve(objects.config, objects, &request.head(), body, &context(&Repeated(7)))).response.status
}

fn rounded(number: f64) -> f64 {
    (1000.0 * number).round() / 1000.0
}

#[derive(Default)]
struct Outcomes {
    all: u32,
    in_time: u32,
    throttled: u32,
    unavailable: u32,
}

impl Outcomes {
    fn add(&mut self, status: u16) {
        self.all += 1;
        match status {
            200 | 401 => self.in_time += 1,
            429 => self.throttled += 1,
            503 => self.unavailable += 1,
            _ => unreachable!("{status}"),
        }
    }

    /// The shares of the requests that were verified, told to wait, and given up.
    fn parts(&self) -> Option<Value> {
        let part = |count: u32| rounded(f64::from(count) / f64::from(self.all));
        (self.all > 0).then(
            || json!({ "verified": part(self.in_time), "429": part(self.throttled), "503": part(self.unavailable) }),
        )
    }
}

/// The guard objects of one region, in virtual time.
struct Objects<'a> {
    config: &'a Config,
    cost: Cost,
    per_thread: usize,
    counters: Vec<AttemptCounter<Sqlite>>,
    /// What the isolate of each location remembers.
    refusals: RefCell<Vec<Refusals>>,
    /// When each thread is free again, in milliseconds.
    free_at: RefCell<Vec<f64>>,
    /// How many milliseconds each thread was busy.
    busy: RefCell<Vec<f64>>,
    /// When the current request arrived, in milliseconds.
    arrival: Cell<f64>,
    /// How many milliseconds the current request waited.
    waited: Cell<f64>,
}

impl<'a> Objects<'a> {
    fn new(scenario: &Scenario, config: &'a Config, cost: Cost) -> Self {
        let threads = scenario.shards / scenario.objects_per_thread;
        Self {
            config,
            cost,
            per_thread: scenario.objects_per_thread,
            counters: (0..scenario.shards).map(|_| AttemptCounter::open(Sqlite::default()).unwrap()).collect(),
            refusals: RefCell::new((0..LOCATIONS).map(|_| Refusals::new()).collect()),
            free_at: vec![0.0; threads].into(),
            busy: vec![0.0; threads].into(),
            arrival: Cell::default(),
            waited: Cell::default(),
        }
    }
}

impl Platform for Objects<'_> {
    fn users(&self) -> impl Users {
        Anyone
    }

    fn guard(&self) -> impl Guard {
        self
    }

    fn rehash(&self) -> impl RehashStore {
        Anyone
    }

    fn directory(&self) -> impl Directory {
        NoDirectory
    }

    fn crypto(&self) -> impl Crypto {
        SoftCrypto
    }

    fn outside(&self) -> impl Outside {
        let outside: &Elsewhere = Box::leak(Box::default());
        outside
    }
}

impl Guard for &Objects<'_> {
    /// No network here sends more than the gate lets pass.
    async fn admits(&self, _network: &str) -> bool {
        true
    }

    async fn attempt(&self, shard: Shard, attempt: Attempt) -> Result<Verdict, GuardError> {
        let arrival = now().timestamp_millis() + self.arrival.get() as i64;
        let location = u64::from_str_radix(&attempt.buckets.network, 16).unwrap() as usize % LOCATIONS;
        if let Some(retry_after) = self.refusals.borrow()[location].wait(shard, &attempt.buckets, arrival) {
            return Ok(Verdict::Throttled { retry_after, elsewhere: None });
        }
        let name = shard.name();
        let number: usize = name.rsplit('-').next().unwrap().parse().unwrap();
        let thread = number / self.per_thread;
        let starts = self.free_at.borrow()[thread].max(self.arrival.get());
        let counter = &self.counters[number];
        let now = now().timestamp_millis() + starts as i64;
        let unavailable = |error| GuardError::Unavailable(format!("{error:?}"));
        let admission = counter.admit(&attempt.buckets, &self.config.policy, now).map_err(unavailable)?;
        let takes = match &admission {
            Admission::Admitted(_) => self.cost.verified,
            Admission::Wait { .. } => self.cost.refused,
        };
        self.free_at.borrow_mut()[thread] = starts + takes;
        self.busy.borrow_mut()[thread] += takes;
        self.waited.set(starts - self.arrival.get());
        let verdict = match admission {
            Admission::Wait { millis, elsewhere } => {
                let retry_after = (millis / 1000) as u32 + 1;
                let (answered, refusal) = (now + takes as i64, (retry_after, elsewhere.as_ref()));
                self.refusals.borrow_mut()[location].remember(shard, &attempt.buckets, refusal, answered);
                Verdict::Throttled { retry_after, elsewhere }
            }
            Admission::Admitted(counts) if attempt.password.expose() == RIGHT => {
                counter.succeed(&attempt.buckets, &counts, &self.config.policy, now).map_err(unavailable)?;
                Verdict::Match { number: None }
            }
            Admission::Admitted(counts) => {
                counter.fail(&attempt.buckets, &counts, &self.config.policy, now).map_err(unavailable)?;
                Verdict::Mismatch {}
            }
        };
        // An object finishes an attempt even if its client has given up.
        let is_late = Duration::from_millis((self.waited.get() + takes) as u64) > ATTEMPT_TIMEOUT;
        if is_late { Err(GuardError::TimedOut(ATTEMPT_TIMEOUT)) } else { Ok(verdict) }
    }

    async fn hash(&self, _shard: Shard, _request: HashRequest) -> Result<StoredHash, GuardError> {
        unreachable!("no hash is an old one")
    }

    async fn sign_up(&self, _shard: Shard, _sign_up: SignUp) -> Result<SignUpAnswer, GuardError> {
        unreachable!("nobody signs up here")
    }

    async fn session(&self, _shard: Shard, _question: Question) -> Result<Answer, GuardError> {
        Err(GuardError::Unavailable("a login asks nothing about sessions".to_owned()))
    }
}

/// A store that has every user, each with a hash that needs no replacement.
struct Anyone;

impl Users for Anyone {
    async fn find(&self, _username: &Username) -> Result<Option<User>, StoreError> {
        let password_hash =
            "$argon2id$v=19$m=19456,t=2,p=1$OOY0GHo6SbXSlO44AAAAAA$p7FY5BJ0aHKyK3Pl7t8scd9pE4lL/v4E/jowMsjbnMQ";
        Ok(Some(User {
            password_hash: password_hash.to_owned(),
            disabled: false,
            subject: None,
            claims: None,
            version: 0,
            changed_at: 0,
        }))
    }

    async fn find_newest(&self, _username: &Username) -> Option<Result<Option<User>, StoreError>> {
        None
    }
}

impl RehashStore for Anyone {
    async fn refusal(&self, _username: &Username) -> Result<Option<Outcome>, StoreError> {
        Ok(None)
    }

    async fn replace(&self, _replacement: &Replacement) -> Result<Outcome, StoreError> {
        unreachable!("no hash is an old one")
    }
}

/// Chooses who logs in. For each user it holds the sum of the weights up to that user.
struct Popularity(Vec<f64>);

impl Popularity {
    fn new(skew: f64) -> Self {
        let mut sum = 0.0;
        Self(
            (1..=USERS)
                .map(|rank| {
                    sum += (rank as f64).powf(-skew);
                    sum
                })
                .collect(),
        )
    }

    fn pick(&self, random: &mut Random) -> usize {
        let at = random.part() * self.0.last().unwrap();
        self.0.partition_point(|sum| *sum <= at)
    }
}

/// The generator `SplitMix64`.
struct Random(u64);

impl Random {
    /// A number from 0 up to, but not including, 1.
    fn part(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }
}
