//! A whole service in memory: a user store and a guard that can be told to fail.
#![allow(dead_code, missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

pub mod fuzz;

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    pin::pin,
    task::{Context, Poll, Waker},
};

use chrono::{DateTime, Utc};
use login::{
    Answer, Attempt, Body, BodyError, Client, Config, Guard, GuardError, Level, Moment, Outcome, Replacement, Request,
    Response, Service, Shard, StoreError, UserRecord, Username, Users, Verdict,
    config::Variable,
    guard::{Bucketed, Hashing, Ledger, Policy},
    serve,
    sql::{Sql, SqlError, SqlValue},
    upgrade,
};
use passwords::{Nfkc, StoredHash};
use rusqlite::types::FromSql;
use serde_json::Value;

pub const SECRET: &str = "2b6c1fe0d95a4b4f97f0a1d3c8e7b65a0f1e2d3c4b5a69788796a5b4c3d2e1f0";
pub const RANDOM: [u8; 16] = [7; 16];
pub const SALT: [u8; 16] = [8; 16];

pub fn now() -> DateTime<Utc> {
    "2026-11-22T19:00:00.123Z".parse().unwrap()
}

pub fn config() -> Config {
    config_with(&[("SECRET_KEY", SECRET)])
}

pub fn config_with(variables: &[(&str, &str)]) -> Config {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    Config::parse(|name| text(variables.get(name).copied())).unwrap()
}

pub fn text(value: Option<&str>) -> Variable {
    value.map_or(Variable::Absent, |text| Variable::Text(text.to_owned()))
}

#[derive(Default)]
pub struct MemoryUsers {
    pub records: HashMap<String, UserRecord>,
    pub failure: Option<StoreError>,
    /// Records that only the copy that is written to has, or has otherwise.
    pub newest: HashMap<String, Option<UserRecord>>,
    pub lookups: RefCell<Vec<String>>,
    /// What it says to any upgrade, before it is made.
    pub refusal: Option<Outcome>,
    /// The new hashes of those that were upgraded.
    pub upgraded: RefCell<HashMap<String, String>>,
}

impl MemoryUsers {
    /// The users of the conformance data.
    pub fn recorded() -> Self {
        let users: Vec<HashMap<String, String>> =
            serde_json::from_str(include_str!("../../../../tests/conformance/users.json")).unwrap();
        let mut store = Self::default();
        for user in users {
            store.add(&user["username"], &user["password_hash"], false);
        }
        store
    }

    pub fn add(&mut self, username: &str, password_hash: &str, disabled: bool) {
        let record = UserRecord { password_hash: password_hash.to_owned(), disabled };
        self.records.insert(username.to_owned(), record);
    }
}

impl Users for &MemoryUsers {
    async fn find(&self, username: &Username) -> Result<Option<UserRecord>, StoreError> {
        self.lookups.borrow_mut().push(username.as_str().to_owned());
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let record = self.records.get(username.as_str()).cloned();
        let new = self.upgraded.borrow().get(username.as_str()).cloned();
        Ok(record.map(|record| UserRecord { password_hash: new.unwrap_or(record.password_hash), ..record }))
    }

    async fn find_newest(&self, username: &Username) -> Option<Result<Option<UserRecord>, StoreError>> {
        let found = self.find(username).await;
        Some(found.map(|found| self.newest.get(username.as_str()).cloned().unwrap_or(found)))
    }

    async fn refuses_upgrade(&self, _username: &Username) -> Result<Option<Outcome>, StoreError> {
        self.failure.clone().map_or(Ok(self.refusal), Err)
    }

    async fn upgrade(&self, Replacement { username, old, new }: &Replacement) -> Result<Outcome, StoreError> {
        match self.find_newest(username).await {
            Some(Ok(Some(record))) if record.password_hash == old.expose() => {
                self.upgraded.borrow_mut().insert(username.as_str().to_owned(), new.expose().to_owned());
                Ok(Outcome::Ok)
            }
            Some(Err(failure)) => Err(failure),
            _ => Ok(Outcome::ChangedMeanwhile),
        }
    }
}

/// Leaves texts as they are: no password here has another normal form.
pub const NFKC: Nfkc = |text| text.to_owned().into();

/// A guard in the same process, its messages written and read as if it weren't, its ledger in a
/// SQLite of its own.
pub struct LocalGuard {
    pub ledger: Ledger<Sqlite>,
    pub policy: Policy,
    pub now: Cell<i64>,
    pub failure: Option<GuardError>,
    /// What it says without verifying anything.
    pub verdict: Option<Verdict>,
    /// Whether its gate lets a network pass.
    pub admits: bool,
    /// The shard, the hash format and the buckets of every attempt.
    pub attempts: RefCell<Vec<(String, &'static str, Bucketed)>>,
    /// The shard and the salt of every password that was hashed.
    pub hashed: RefCell<Vec<(String, [u8; 16])>>,
}

impl Default for LocalGuard {
    fn default() -> Self {
        Self {
            ledger: Ledger::open(Sqlite::default()).unwrap(),
            policy: Policy::new(5, 100, 1),
            now: Cell::new(now().timestamp_millis()),
            failure: None,
            verdict: None,
            admits: true,
            attempts: RefCell::default(),
            hashed: RefCell::default(),
        }
    }
}

impl Guard for &LocalGuard {
    async fn admits(&self, _network: &str) -> bool {
        self.admits
    }

    async fn attempt(&self, shard: Shard, attempt: Attempt) -> Result<Verdict, GuardError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let entry = (shard.name(), attempt.hash.format().name(), attempt.bucketed.clone());
        self.attempts.borrow_mut().push(entry);
        if let Some(verdict) = self.verdict {
            return Ok(verdict);
        }
        let attempt = Attempt::from_message(&attempt.to_message()?)?;
        let verdict = attempt.judge(&self.policy, &self.ledger, NFKC, self.now.get());
        Verdict::from_message(&verdict.map_err(|error| GuardError::Unavailable(error.to_string()))?.to_message()?)
    }

    async fn hash(&self, shard: Shard, hashing: Hashing) -> Result<StoredHash, GuardError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        self.hashed.borrow_mut().push((shard.name(), hashing.salt));
        Hashing::answered(Hashing::from_message(&hashing.to_message()?)?.hash().unwrap().expose())
    }
}

/// The database of a guard object: the same SQLite that Durable Objects have.
pub struct Sqlite {
    pub connection: rusqlite::Connection,
    /// Fails the statement after so many, as a full disk would.
    pub fails_after: Cell<Option<u32>>,
}

impl Default for Sqlite {
    fn default() -> Self {
        Self { connection: rusqlite::Connection::open_in_memory().unwrap(), fails_after: Cell::new(None) }
    }
}

impl Sql for &Sqlite {
    fn run(&self, statement: &str, values: &[SqlValue<'_>]) -> Result<Vec<Vec<i64>>, SqlError> {
        self.rows(statement, values)
    }

    fn texts(&self, statement: &str, values: &[SqlValue<'_>]) -> Result<Vec<Vec<String>>, SqlError> {
        self.rows(statement, values)
    }
}

impl Sql for Sqlite {
    fn run(&self, statement: &str, values: &[SqlValue<'_>]) -> Result<Vec<Vec<i64>>, SqlError> {
        self.rows(statement, values)
    }

    fn texts(&self, statement: &str, values: &[SqlValue<'_>]) -> Result<Vec<Vec<String>>, SqlError> {
        self.rows(statement, values)
    }
}

impl Sqlite {
    fn rows<T: FromSql>(&self, statement: &str, values: &[SqlValue<'_>]) -> Result<Vec<Vec<T>>, SqlError> {
        match self.fails_after.get() {
            Some(0) => return Err(SqlError("database or disk is full: SQLITE_FULL".to_owned())),
            Some(left) => self.fails_after.set(Some(left - 1)),
            None => {}
        }
        let values = values.iter().map(|value| match value {
            SqlValue::Text(text) => rusqlite::types::Value::Text((*text).to_owned()),
            SqlValue::Integer(number) => rusqlite::types::Value::Integer(*number),
        });
        let mut statement = self.connection.prepare_cached(statement).unwrap();
        let columns = statement.column_count();
        let rows = statement
            .query_map(rusqlite::params_from_iter(values), |row| (0..columns).map(|column| row.get(column)).collect());
        Ok(rows.unwrap().collect::<Result<_, _>>().unwrap())
    }
}

/// A body in pieces, which may break off. Counts how many were asked for.
#[derive(Default)]
pub struct Pieces<'a> {
    pub left: Vec<Vec<u8>>,
    pub breaks_off: bool,
    pub read: Option<&'a Cell<usize>>,
}

impl Pieces<'_> {
    pub fn whole(body: &[u8]) -> Self {
        Self { left: vec![body.to_owned()], ..Self::default() }
    }
}

impl Body for Pieces<'_> {
    async fn chunk(&mut self) -> Result<Option<Vec<u8>>, BodyError> {
        if let Some(read) = self.read {
            read.set(read.get() + 1);
        }
        if self.left.is_empty() {
            return if self.breaks_off { Err(BodyError::Interrupted) } else { Ok(None) };
        }
        Ok(Some(self.left.remove(0)))
    }
}

/// A service over `users` and `guard` with the usual configuration.
pub struct World {
    pub config: Config,
    pub users: MemoryUsers,
    pub guard: LocalGuard,
}

impl Default for World {
    fn default() -> Self {
        Self { config: config(), users: MemoryUsers::recorded(), guard: LocalGuard::default() }
    }
}

impl World {
    pub fn serve(&self, request: &Request, body: Pieces<'_>) -> Answer {
        let service = Service { config: &self.config, users: &self.users, guard: &self.guard };
        finish(serve(&service, request, body, Moment { now: now(), random: RANDOM }))
    }

    pub fn login(&self, username: &str, password: &str) -> Answer {
        self.login_from("192.0.2.1", username, password)
    }

    /// Makes the upgrade that a login left to be done; gives what is logged of it.
    pub fn upgrade(&self, answer: Answer) -> (Level, Value) {
        let service = Service { config: &self.config, users: &self.users, guard: &self.guard };
        let moment = Moment { now: now(), random: SALT };
        let (level, line) = finish(upgrade(&service, answer.upgrade.unwrap(), moment)).unwrap();
        (level, serde_json::from_str(&line).unwrap())
    }

    pub fn login_from(&self, address: &str, username: &str, password: &str) -> Answer {
        let form = serde_urlencoded::to_string([("username", username), ("password", password)]).unwrap();
        let client = Client { address: Some(address.to_owned()), ..Client::default() };
        self.serve(&Request { client, ..post() }, Pieces::whole(form.as_bytes()))
    }
}

pub fn post() -> Request {
    Request {
        method: "POST".to_owned(),
        path: "/api/user/login".to_owned(),
        content_type: Some("application/x-www-form-urlencoded".to_owned()),
        ..Request::default()
    }
}

pub fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers.iter().find(|(header, _)| *header == name).map(|(_, value)| value.as_ref())
}

pub fn json(response: &Response) -> Value {
    serde_json::from_str(&response.body).unwrap()
}

pub fn log(answer: &Answer) -> Value {
    serde_json::from_str(&answer.log.as_ref().unwrap().1).unwrap()
}

/// Runs a future that never has to wait.
pub fn finish<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the domain waits for nothing of its own"),
    }
}
