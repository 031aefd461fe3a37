//! A whole service in memory: a user store and a guard that can be told to fail.
#![allow(dead_code, missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    pin::pin,
    task::{Context, Poll, Waker},
};

use chrono::{DateTime, Utc};
use login::{
    Answer, Attempt, Body, BodyError, Config, Guard, GuardError, Moment, Request, Response, Service, Shard, StoreError,
    UserRecord, Username, Users, Verdict, config::Variable, serve,
};
use serde_json::Value;

pub const SECRET: &str = "2b6c1fe0d95a4b4f97f0a1d3c8e7b65a0f1e2d3c4b5a69788796a5b4c3d2e1f0";
pub const RANDOM: [u8; 16] = [7; 16];

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
    pub lookups: RefCell<Vec<String>>,
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
        match &self.failure {
            Some(failure) => Err(failure.clone()),
            None => Ok(self.records.get(username.as_str()).cloned()),
        }
    }
}

/// A guard in the same process, its messages written and read as if it weren't.
#[derive(Default)]
pub struct LocalGuard {
    pub failure: Option<GuardError>,
    /// What it says without verifying anything.
    pub verdict: Option<Verdict>,
    /// The shard and the hash format of every attempt.
    pub attempts: RefCell<Vec<(String, &'static str)>>,
}

impl Guard for &LocalGuard {
    async fn attempt(&self, shard: Shard, attempt: Attempt) -> Result<Verdict, GuardError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        self.attempts.borrow_mut().push((shard.name(), attempt.hash.format().name()));
        if let Some(verdict) = self.verdict {
            return Ok(verdict);
        }
        let attempt = Attempt::from_message(&attempt.to_message()?)?;
        Verdict::from_message(&attempt.judge().to_message()?)
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
        let form = serde_urlencoded::to_string([("username", username), ("password", password)]).unwrap();
        self.serve(&post(), Pieces::whole(form.as_bytes()))
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
