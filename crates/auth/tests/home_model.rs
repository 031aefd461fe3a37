//! The home of an account in Workers KV, beside a model: changes, upgrades, logins, refreshes and `me` at the same time,
//! in several regions, with copies in KV that are up to 90 s old, guards and writes that fail, and a home that is killed
//! wherever it waits. What a change was answered holds everywhere from then on.
#![allow(missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod support;

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
    future::poll_fn,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use accounts::{
    User, Username,
    change::{Applied, Change, Condition, Edit, NewHash, NewUser, Outcome, Patch, Stored},
    kv::Record,
};
use auth::{
    Config, Handled, Platform,
    home::{HomeError, HomePlatform, Keeper},
    http::{Client, RequestContext},
    platform::{Crypto, Directory, Guard, GuardError, Outside, RehashStore, StoreError, Users},
    serve,
};
use chrono::{DateTime, Utc};
use guard::{
    Attempt, HashRequest, Ledger, Policy, Shard, SignUp, SignUpAnswer, Verdict,
    home::{Home, RecordWrite, Write},
    rehash::{Outcome as RehashOutcome, Replacement},
    session::{Answer, Question},
};
use passwords::{Password, StoredHash};
use proptest::{collection::vec, prelude::*};
use support::{
    Elsewhere, NoDirectory, Pieces, Repeated, SECRET, Sent, SoftCrypto, Sqlite, bearing, claims, config_with, json, now,
};

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
/// How old a copy in KV may be.
const STALE: i64 = 90 * SECOND;
/// How long a guard can't be reached at most.
const LONGEST_BREAK: i64 = 5 * MINUTE;
const CONTINENTS: [(&str, &str); 3] = [("EU", "weur"), ("NA", "enam"), ("AS", "apac")];
const ALICE: &str = "alice";

fn alice() -> Username {
    Username::parse(ALICE).unwrap()
}

/// The hash of a password, which is a number. There are several for each.
fn hash(password: u32, upgraded: u32) -> String {
    format!("$2b$04$Jte.uR9poaOdL2O50kAEEO{:08}KrmNsAselZYSndFrvG4T5Qy", password * 100 + upgraded % 100)
}

fn password_of(hash: &str) -> Option<u32> {
    Some(hash.strip_prefix("$2b$04$Jte.uR9poaOdL2O50kAEEO")?.get(..8)?.parse::<u32>().ok()? / 100)
}

/// What a key has, and since when.
type Value = (i64, Option<String>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// Nothing comes to pass.
    Refused,
    /// It comes to pass, and nobody learns of it.
    Lost,
}

/// Everything outside the home: KV, the guards, the clock.
struct World {
    config: Config,
    now: Cell<i64>,
    random: Cell<u64>,
    /// What each key had since when.
    kv: RefCell<HashMap<String, Vec<Value>>>,
    kv_fault: Cell<Fault>,
    /// The write that was sent and has not come to pass.
    sent: RefCell<Option<(String, Option<String>)>>,
    guards: HashMap<&'static str, Ledger<&'static Sqlite>>,
    broken: RefCell<HashSet<&'static str>>,
    alarm: Cell<Option<i64>>,
}

impl World {
    fn new(seed: u64) -> &'static Self {
        let variables = [
            ("SECRET_KEY", SECRET),
            ("USER_STORE", "kv"),
            ("GUARD_REGIONS", "weur,enam,apac"),
            ("GUARD_SHARDS", "1"),
            ("ACCESS_TOKEN_EXPIRE_MINUTES", "600"),
            ("REFRESH_TOKEN_EXPIRE_MINUTES", "600"),
        ];
        let ledger = || Ledger::open(&*Box::leak(Box::<Sqlite>::default())).unwrap();
        Box::leak(Box::new(Self {
            config: config_with(&variables),
            now: Cell::new(now().timestamp_millis()),
            random: Cell::new(seed | 1),
            kv: RefCell::default(),
            kv_fault: Cell::new(Fault::None),
            sent: RefCell::default(),
            guards: CONTINENTS.iter().map(|(_, region)| (*region, ledger())).collect(),
            broken: RefCell::default(),
            alarm: Cell::default(),
        }))
    }

    fn any(&self, of: usize) -> usize {
        let mut number = self.random.get();
        number ^= number << 13;
        number ^= number >> 7;
        number ^= number << 17;
        self.random.set(number);
        usize::try_from(number % u64::try_from(of).unwrap()).unwrap()
    }

    /// What some location still has of a key.
    fn copy(&self, key: &str) -> Option<String> {
        let kv = self.kv.borrow();
        let history = kv.get(key)?;
        let oldest = history.iter().rposition(|(since, _)| *since <= self.now.get() - STALE).unwrap_or(0);
        history[oldest + self.any(history.len() - oldest)].1.clone()
    }

    fn put(&self, key: String, value: Option<String>) {
        self.kv.borrow_mut().entry(key).or_default().push((self.now.get(), value));
    }

    fn newest(&self, key: &str) -> Option<String> {
        self.kv.borrow().get(key)?.last()?.1.clone()
    }

    async fn record(&self) -> Result<Option<Record>, StoreError> {
        pause().await;
        let copy = self.copy("user:alice");
        pause().await;
        Ok(copy.map(|json| Record::parse(&json).unwrap()))
    }
}

/// Others get their turn.
async fn pause() {
    let mut has_paused = false;
    poll_fn(|_| if std::mem::replace(&mut has_paused, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

impl Users for &World {
    async fn find(&self, _username: &Username) -> Result<Option<User>, StoreError> {
        Ok(self.record().await?.map(User::from))
    }

    async fn find_newest(&self, _username: &Username) -> Option<Result<Option<User>, StoreError>> {
        None
    }
}

impl Guard for &World {
    async fn admits(&self, _network: &str) -> bool {
        true
    }

    async fn attempt(&self, shard: Shard, attempt: Attempt) -> Result<Verdict, GuardError> {
        pause().await;
        let attempt = Attempt::from_message(&attempt.to_message()?)?;
        let verify = |hash: &StoredHash, password: &Password| {
            Ok(password_of(hash.expose()).is_some_and(|number| format!("password {number}") == password.expose()))
        };
        let policy = Policy::new(100, 10_000, 3);
        let verdict = attempt.process(&policy, &self.guards[shard.region.hint()], verify, self.now.get()).unwrap();
        pause().await;
        Ok(verdict)
    }

    async fn hash(&self, _shard: Shard, _request: HashRequest) -> Result<StoredHash, GuardError> {
        panic!("nothing is hashed here")
    }

    async fn sign_up(&self, _shard: Shard, _sign_up: SignUp) -> Result<SignUpAnswer, GuardError> {
        panic!("nobody signs up here")
    }

    async fn session(&self, shard: Shard, question: Question) -> Result<Answer, GuardError> {
        pause().await;
        let region = shard.region.hint();
        let is_broken = self.broken.borrow().contains(region);
        let is_lost = is_broken && self.any(2) == 0;
        if is_lost {
            return Err(GuardError::Unavailable("it can't be reached".into()));
        }
        let answer = self.guards[region].sessions.answer(&question, self.now.get()).unwrap();
        pause().await;
        if is_broken { Err(GuardError::Unavailable("its answer was lost".into())) } else { Ok(answer) }
    }
}

impl RehashStore for &World {
    async fn refusal(&self, _username: &Username) -> Result<Option<RehashOutcome>, StoreError> {
        panic!("upgrades are steps of their own")
    }

    async fn replace(&self, _replacement: &Replacement) -> Result<RehashOutcome, StoreError> {
        panic!("upgrades are steps of their own")
    }
}

impl Platform for World {
    fn users(&self) -> impl Users {
        self
    }

    fn guard(&self) -> impl Guard {
        self
    }

    fn rehash(&self) -> impl RehashStore {
        self
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

impl HomePlatform for World {
    fn guard(&self) -> impl Guard {
        self
    }

    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.now.get()).unwrap()
    }

    async fn read(&self, _username: &Username) -> Result<Stored, StoreError> {
        if self.kv_fault.get() != Fault::None && self.any(4) == 0 {
            return Err(StoreError::TimedOut);
        }
        let record = self.record().await?;
        Ok(Stored {
            version: record.as_ref().map(|record| record.version).unwrap_or_default(),
            record,
            email: None,
            reset: None,
        })
    }

    async fn write(&self, _username: &Username, write: &Write) -> Result<(), StoreError> {
        let failed = Err(StoreError::Unavailable("429 Too Many Requests".into()));
        let value = match write.record.as_ref().unwrap() {
            RecordWrite::Put { record, .. } => Some(record.clone()),
            RecordWrite::Delete => None,
        };
        *self.sent.borrow_mut() = Some(("user:alice".into(), value));
        pause().await;
        let (key, value) = self.sent.borrow_mut().take().unwrap();
        if self.kv_fault.get() == Fault::Refused {
            return failed;
        }
        self.put(key, value);
        pause().await;
        if self.kv_fault.get() == Fault::Lost { failed } else { Ok(()) }
    }

    async fn wake_at(&self, time: i64) -> Result<(), String> {
        self.alarm.set(Some(time));
        pause().await;
        Ok(())
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Create(u32),
    Password(u32),
    /// The user's own change, with the hash of the state before so many changes.
    OwnPassword(u32, usize),
    Disable(bool),
    Delete,
    Upgrade(u32),
    /// Asks once more for what was asked last.
    Again,
    Login {
        password: u32,
        location: usize,
    },
    Me(usize),
    Refresh(usize),
    /// Lets something that runs go on until it waits.
    Poll(usize),
    /// Lets everything that runs come to its end.
    Run,
    Kill,
    Guard {
        region: usize,
        is_broken: bool,
    },
    Kv(Fault),
    Wait(i64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let password = 0_u32..4;
    let step = prop_oneof![
        2 => password.clone().prop_map(Step::Create),
        4 => password.clone().prop_map(Step::Password),
        2 => (password.clone(), 0_usize..2).prop_map(|(password, back)| Step::OwnPassword(password, back)),
        2 => any::<bool>().prop_map(Step::Disable),
        1 => Just(Step::Delete),
        2 => (0_u32..100).prop_map(Step::Upgrade),
        3 => Just(Step::Again),
        8 => (password, 0_usize..3).prop_map(|(password, location)| Step::Login { password, location }),
        4 => any::<usize>().prop_map(Step::Me),
        2 => any::<usize>().prop_map(Step::Refresh),
        20 => any::<usize>().prop_map(Step::Poll),
        6 => Just(Step::Run),
        2 => Just(Step::Kill),
        2 => (0_usize..3, prop::bool::weighted(0.7)).prop_map(|(region, is_broken)| Step::Guard { region, is_broken }),
        2 => prop_oneof![1 => Just(Fault::None), 2 => Just(Fault::Refused), 1 => Just(Fault::Lost)].prop_map(Step::Kv),
        6 => prop_oneof![0..SECOND, 0..20 * SECOND, 0..2 * MINUTE, 0..HOUR, 0..HOUR].prop_map(Step::Wait),
    ];
    vec(step, 1..120)
}

enum Ended {
    Change(Result<Outcome, HomeError>),
    Alarm,
    Request(Handled),
}

/// Something that runs.
struct Running {
    future: Pin<Box<dyn Future<Output = Ended>>>,
    what: What,
    /// The latest state that was answered when this began.
    answered: usize,
    /// Whether nothing else has happened since.
    is_alone: bool,
}

#[derive(Clone)]
enum What {
    Change(Change),
    Alarm,
    Login { password: u32 },
    Me { token: usize },
    Refresh { token: usize },
}

impl What {
    fn is_of_home(&self) -> bool {
        matches!(self, Self::Change(_) | Self::Alarm)
    }
}

struct Token {
    access: String,
    refresh: Option<String>,
    version: i64,
    expires: i64,
    /// Whether its state was answered before, so that all guards knew it. Otherwise one that is told later ends the session.
    is_told: bool,
    /// Whether its refresh token was used. To use it again may end the session.
    is_refreshed: bool,
}

/// What happens, and what the model knows of it.
struct Model {
    world: &'static World,
    disk: &'static Sqlite,
    home: Rc<Home<&'static Sqlite>>,
    running: Vec<Running>,
    /// Every state that the user had. Their versions differ.
    states: Vec<Stored>,
    /// The latest state that was answered.
    answered: usize,
    last: Option<Change>,
    tokens: Vec<Token>,
    broken_since: Option<i64>,
}

impl Model {
    fn new(seed: u64) -> Self {
        let (world, disk) = (World::new(seed), &*Box::leak(Box::<Sqlite>::default()));
        let record = format!(r#"{{"password_hash":"{}","disabled":false,"version":1000}}"#, hash(0, 0));
        world.kv.borrow_mut().insert("user:alice".into(), vec![(0, Some(record.clone()))]);
        let record = Record::parse(&record).unwrap();
        let first = Stored { version: record.version, record: Some(record), email: None, reset: None };
        Self {
            world,
            disk,
            home: Rc::new(Home::open(disk).unwrap()),
            running: Vec::new(),
            states: vec![first],
            answered: 0,
            last: None,
            tokens: Vec::new(),
            broken_since: None,
        }
    }

    fn now(&self) -> i64 {
        self.world.now.get()
    }

    fn current(&self) -> &Stored {
        self.states.last().unwrap()
    }

    fn index(&self, version: i64) -> usize {
        let found = self.states.iter().position(|state| state.version.millis() == version);
        found.unwrap_or_else(|| panic!("nothing had the version {version}"))
    }

    /// Whether the newest state holds everywhere, and no part is broken.
    fn is_quiet(&self) -> bool {
        self.answered + 1 == self.states.len()
            && !self.running.iter().any(|running| matches!(running.what, What::Change(_)))
    }

    fn begin(&mut self, what: What, future: impl Future<Output = Ended> + 'static) {
        let is_alone = self.is_quiet();
        if matches!(what, What::Change(_)) {
            self.running.iter_mut().for_each(|running| running.is_alone = false);
        }
        let answered = self.answered;
        self.running.push(Running { future: Box::pin(future), what, answered, is_alone });
    }

    fn change(&mut self, condition: Condition, edit: Edit) {
        self.ask(Change { username: alice(), condition, edit });
    }

    fn ask(&mut self, change: Change) {
        let (world, home) = (self.world, self.home.clone());
        self.last = Some(change.clone());
        self.begin(What::Change(change.clone()), async move {
            Ended::Change(Keeper { config: &world.config, home: &home, platform: world }.change(&change).await)
        });
    }

    fn request(&mut self, what: What, sent: Sent, form: &[(&str, &str)]) {
        let (world, form) = (self.world, serde_urlencoded::to_string(form).unwrap());
        self.begin(what, async move {
            let context = RequestContext { now: HomePlatform::now(world), random: &Repeated(7) };
            Ended::Request(serve(&world.config, world, &sent.head(), Pieces::whole(form.as_bytes()), &context).await)
        });
    }

    fn login(&mut self, password: u32, location: usize) {
        let mut sent = bearing("POST", "/api/user/login", "");
        // The networks don't wait for each other.
        let network = format!("192.0.{}.{}", self.world.any(256), self.world.any(256));
        sent = sent.header("cf-connecting-ip", &network);
        sent.client = Client { continent: Some(CONTINENTS[location].0.to_owned()), ..Client::default() };
        let form = [("username", ALICE), ("password", &format!("password {password}"))];
        self.request(What::Login { password }, sent, &form);
    }

    fn me(&mut self, token: usize) {
        let sent = bearing("GET", "/api/user/me", &self.tokens[token].access);
        self.request(What::Me { token }, sent, &[]);
    }

    fn ring(&mut self) {
        self.world.alarm.set(None);
        let (world, home) = (self.world, self.home.clone());
        self.begin(What::Alarm, async move {
            let failed = Keeper { config: &world.config, home: &home, platform: world }.finish().await.unwrap();
            drop(failed);
            Ended::Alarm
        });
    }

    fn rings(&self) -> bool {
        self.running.iter().any(|running| matches!(running.what, What::Alarm))
    }

    fn poll(&mut self, index: usize) {
        let index = index % self.running.len();
        let polled = self.running[index].future.as_mut().poll(&mut Context::from_waker(Waker::noop()));
        self.observe(index);
        if let Poll::Ready(ended) = polled {
            let running = self.running.remove(index);
            self.ended(&running, ended);
        }
    }

    /// Whatever the home has recorded by now is the change that ran, made of what was there before.
    fn observe(&mut self, index: usize) {
        let Some((stored, _)) = self.home.read(&alice()).unwrap() else { return };
        if stored == *self.current() {
            return;
        }
        let What::Change(change) = &self.running[index].what else { panic!("only a change changes something") };
        let Applied::Write { new, .. } = change.apply(self.current(), self.now()) else {
            panic!("the change should have changed nothing");
        };
        assert!(new == stored, "a change is made of the newest state");
        if stored.version == self.current().version {
            *self.states.last_mut().unwrap() = stored;
        } else {
            assert!(stored.version > self.current().version, "versions rise");
            self.states.push(stored);
        }
    }

    fn ended(&mut self, Running { what, answered, is_alone, .. }: &Running, ended: Ended) {
        match (what, ended) {
            (What::Change(_), Ended::Change(Ok(outcome))) => {
                let version = match outcome {
                    Outcome::Created { version }
                    | Outcome::Changed { version }
                    | Outcome::VersionKept { version }
                    | Outcome::Unchanged { version }
                    | Outcome::Deleted { version } => Some(version),
                    Outcome::Missing { deleted: version } | Outcome::ConditionFailed { version } => version,
                };
                if let Some(version) = version {
                    self.answered = self.answered.max(self.index(version));
                }
            }
            (What::Login { password }, Ended::Request(handled)) => {
                let status = handled.response.status;
                if status == 200 {
                    let body = json(&handled.response);
                    let text = |name: &str| body[name].as_str().map(str::to_owned);
                    let access = text("access_token").unwrap();
                    let version = claims(&access)["ver"].as_i64().unwrap();
                    let state = self.index(version);
                    assert!(state >= *answered, "a state that was changed before let somebody in");
                    let record = self.states[state].record.as_ref().unwrap();
                    assert!(!record.disabled && password_of(&record.password_hash) == Some(*password));
                    let expires = self.now() + 9 * HOUR;
                    self.tokens.push(Token {
                        access,
                        refresh: text("refresh_token"),
                        version,
                        expires,
                        is_told: state == *answered,
                        is_refreshed: false,
                    });
                    self.me(self.tokens.len() - 1);
                }
                if *is_alone && self.is_quiet() {
                    let lets_in = self.current().record.as_ref().is_some_and(|record| {
                        !record.disabled && password_of(&record.password_hash) == Some(*password)
                    });
                    assert_eq!(status, if lets_in { 200 } else { 401 });
                }
            }
            (What::Me { token } | What::Refresh { token }, Ended::Request(handled)) => {
                let status = handled.response.status;
                let Token { version, expires, is_told, is_refreshed, .. } = self.tokens[*token];
                let state = self.index(version);
                if status == 200 {
                    assert!(state >= *answered, "a token from before a change is good");
                }
                let is_newest = state + 1 == self.states.len() && is_told && !is_refreshed && self.now() < expires;
                if *is_alone && self.is_quiet() && is_newest && matches!(what, What::Me { .. }) {
                    let is_broken = status == 503 && !self.world.broken.borrow().is_empty();
                    assert!(status == 200 || is_broken, "a good token is refused: {status}");
                }
            }
            _ => {}
        }
    }

    fn run(&mut self) {
        while !self.running.is_empty() {
            self.poll(self.world.any(1000));
        }
    }

    /// The object is gone, and everything in its memory. The runtime calls the alarm again that it was in.
    fn kill(&mut self) {
        if self.rings() {
            let next = self.world.alarm.get().unwrap_or(i64::MAX);
            self.world.alarm.set(Some(next.min(self.now() + 2 * SECOND)));
        }
        self.running.retain(|running| !running.what.is_of_home());
        if let Some((key, value)) = self.world.sent.borrow_mut().take()
            && self.world.any(2) == 0
        {
            self.world.put(key, value);
        }
        self.home = Rc::new(Home::open(self.disk).unwrap());
    }

    /// The clock moves, and alarms ring. Nothing runs for longer than a second.
    fn wait(&mut self, millis: i64) {
        let then = self.now() + millis;
        if millis > SECOND {
            self.run();
        }
        while let Some(alarm) = self.world.alarm.get().filter(|alarm| *alarm <= then) {
            if self.rings() {
                self.run();
                continue;
            }
            self.world.now.set(self.now().max(alarm));
            self.heal_in_time();
            self.ring();
            if millis > SECOND {
                self.run();
            }
        }
        self.world.now.set(self.now().max(then));
        self.heal_in_time();
    }

    fn heal_in_time(&mut self) {
        if self.broken_since.is_some_and(|since| self.now() - since > LONGEST_BREAK) {
            self.heal();
        }
    }

    fn heal(&mut self) {
        self.world.broken.borrow_mut().clear();
        self.broken_since = None;
    }

    fn step(&mut self, step: Step) {
        if self.world.alarm.get().is_some_and(|alarm| alarm <= self.now()) && !self.rings() {
            self.ring();
        }
        match step {
            Step::Create(password) => {
                let hash = NewHash { hash: hash(password, 0), digest: None };
                let user = NewUser { hash, disabled: false, subject: None, claims: None, email: None };
                self.change(Condition::Always, Edit::Put(user));
            }
            Step::Password(password) => self.change(Condition::Present, patch(password)),
            Step::OwnPassword(password, back) => {
                let state = &self.states[self.states.len().saturating_sub(1 + back)];
                let Some(record) = &state.record else { return };
                self.change(Condition::Hash(record.password_hash.clone()), patch(password));
            }
            Step::Disable(disabled) => {
                let patch = Patch { disabled: Some(disabled), ..Patch::default() };
                self.change(Condition::Always, Edit::Patch(patch));
            }
            Step::Delete => self.change(Condition::Always, Edit::Delete),
            Step::Upgrade(upgraded) => {
                let Some(record) = &self.current().record else { return };
                let old = record.password_hash.clone();
                let new = hash(password_of(&old).unwrap(), upgraded);
                self.change(Condition::Hash(old), Edit::Upgrade(new));
            }
            Step::Again => {
                if let Some(change) = self.last.clone() {
                    self.ask(change);
                }
            }
            Step::Login { password, location } => self.login(password, location),
            Step::Me(token) if !self.tokens.is_empty() => self.me(token % self.tokens.len()),
            Step::Refresh(token) if !self.tokens.is_empty() => {
                let token = token % self.tokens.len();
                self.tokens[token].is_refreshed = true;
                let refresh = self.tokens[token].refresh.clone().unwrap();
                let form = [("grant_type", "refresh_token"), ("refresh_token", refresh.as_str())];
                self.request(What::Refresh { token }, bearing("POST", "/api/user/refresh", ""), &form);
            }
            Step::Poll(index) if !self.running.is_empty() => self.poll(index),
            Step::Run => self.run(),
            Step::Kill => self.kill(),
            Step::Guard { region, is_broken } => {
                let region = CONTINENTS[region].1;
                let mut broken = self.world.broken.borrow_mut();
                if is_broken {
                    broken.insert(region)
                } else {
                    broken.remove(region)
                };
                let is_any = !broken.is_empty();
                self.broken_since = is_any.then(|| self.broken_since.unwrap_or_else(|| self.world.now.get()));
            }
            Step::Kv(fault) => self.world.kv_fault.set(fault),
            Step::Wait(millis) => self.wait(millis),
            Step::Me(_) | Step::Refresh(_) | Step::Poll(_) => {}
        }
    }

    /// Tries every password everywhere, and every token.
    fn try_all(&mut self) {
        (0..self.tokens.len()).for_each(|token| self.me(token));
        self.run();
        for location in 0..CONTINENTS.len() {
            for password in 0..4 {
                self.login(password, location);
                self.run();
            }
        }
    }

    /// Some hours pass, perhaps without KV, and then everything is in order again.
    fn settle(&mut self) {
        self.run();
        self.try_all();
        self.wait(self.world.any(3).try_into().map(|hours: i64| hours * HOUR + 2 * SECOND).unwrap());
        self.try_all();
        self.heal();
        self.world.kv_fault.set(Fault::None);
        self.run();
        self.wait(20 * MINUTE);
        assert!(self.home.read(&alice()).unwrap().is_none_or(|(_, tell)| tell.is_none()), "the guards know");
        self.answered = self.states.len() - 1;
        let json = self.current().record.as_ref().map(|record| record.to_json().unwrap());
        assert_eq!(self.world.newest("user:alice"), json, "KV has the newest state");
        for hours in [0, 2] {
            self.wait(hours * HOUR);
            self.try_all();
        }
        assert_eq!((self.home.next_due(), self.world.alarm.get()), (Ok(None), None), "it is forgotten");
    }
}

fn patch(password: u32) -> Edit {
    let hash = Some(NewHash { hash: hash(password, 0), digest: None });
    Edit::Patch(Patch { hash, ..Patch::default() })
}

#[test]
fn a_version_far_ahead_of_the_clock_wakes_the_object_once_a_day() {
    let mut model = Model::new(1);
    let far = (1 << 53) - 10;
    let record = format!(r#"{{"password_hash":"{}","disabled":false,"version":{far}}}"#, hash(0, 0));
    model.world.kv.borrow_mut().insert("user:alice".into(), vec![(0, Some(record.clone()))]);
    let record = Record::parse(&record).unwrap();
    model.states = vec![Stored { version: record.version, record: Some(record), email: None, reset: None }];
    model.change(Condition::Present, patch(1));
    model.run();
    model.wait(MINUTE);
    assert_eq!(model.current().version.millis(), far + 1);
    let sleeps = model.world.alarm.get().unwrap() - model.now();
    assert!((23 * HOUR..=24 * HOUR).contains(&sleeps), "{sleeps}");
}

#[test]
fn a_record_that_somebody_wrote_around_the_home_is_not_overwritten_by_an_older_one() {
    let record = |version: i64| format!(r#"{{"password_hash":"{}","disabled":true,"version":{version}}}"#, hash(0, 0));
    let mut model = Model::new(1);
    model.world.kv.borrow_mut().insert("user:alice".into(), vec![(0, Some(record(7)))]);
    let first = Record::parse(&record(7)).unwrap();
    model.states = vec![Stored { version: first.version, record: Some(first), email: None, reset: None }];
    model.world.kv_fault.set(Fault::Refused);
    model.change(Condition::Present, patch(1));
    model.run();
    let around = record(model.now() + HOUR);
    model.world.put("user:alice".into(), Some(around.clone()));
    model.wait(2 * STALE);
    model.world.kv_fault.set(Fault::None);
    model.wait(20 * MINUTE);
    assert_eq!(model.world.newest("user:alice"), Some(around));
    assert!(model.home.read(&alice()).unwrap().is_none(), "nothing is left to be written");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    #[test]
    fn what_a_change_was_answered_holds_everywhere_whatever_happens(seed: u64, steps in steps()) {
        let mut model = Model::new(seed);
        for step in steps {
            model.step(step);
        }
        model.settle();
    }
}
