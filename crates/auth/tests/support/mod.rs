//! A whole service in memory, for tests: its user store and its guard can be told to fail.
#![allow(dead_code, missing_docs, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

pub mod fuzz;
pub mod keys;
pub mod service;
mod soft_crypto;

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    pin::pin,
    task::{Context, Poll, Waker},
};

use accounts::{
    User, Username, Version,
    change::{self, Change, Condition, Edit, NewUser, Patch, Stored},
};
use auth::{
    After, Config, Handled, Level, Platform, Variable, after_response,
    http::{Body, BodyError, Client, Headers, Random, RandomError, Request, RequestContext, Response},
    platform::{
        Crypto, Directory, Guard, GuardError, Outgoing, Outside, OutsideError, Page, RehashStore, StoreError, Users,
    },
    serve,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use guard::{
    Attempt, BucketNames, HashRequest, Ledger, Policy, Shard, SignUp, SignUpAnswer, Verdict,
    rehash::{Outcome, Replacement},
    session::{Answer, NewSession, Newest, Question},
    sql::{Row, Sql, SqlError, Value as SqlValue},
};
use jwt_compact::{
    Algorithm, AlgorithmSignature,
    alg::{Hs256, Hs256Key},
};
use passwords::{Nfkc, NoMemory, Password, StoredHash};
use rusqlite::types::ValueRef;
use serde_json::Value;
pub use soft_crypto::SoftCrypto;

/// The salt of a new hash.
pub const SALT: [u8; 16] = [8; 16];
pub const SECRET: &str = "2b6c1fe0d95a4b4f97f0a1d3c8e7b65a0f1e2d3c4b5a69788796a5b4c3d2e1f0";

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
    pub records: HashMap<String, User>,
    pub failure: Option<StoreError>,
    /// What the newest copy has for these users, where it differs from `records`. `None` means that the
    /// user is gone.
    pub newest: HashMap<String, Option<User>>,
    pub lookups: RefCell<Vec<String>>,
    /// The answer to every question whether a hash can be replaced.
    pub refusal: Option<Outcome>,
    /// What somebody else stores before a password is changed.
    pub changes_meanwhile: Option<User>,
    /// The new hashes that were stored.
    pub rehashed: RefCell<HashMap<String, String>>,
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
        let record = User {
            password_hash: password_hash.to_owned(),
            disabled,
            subject: None,
            claims: None,
            version: 0,
            changed_at: 0,
        };
        self.records.insert(username.to_owned(), record);
    }
}

impl Users for &MemoryUsers {
    async fn find(&self, username: &Username) -> Result<Option<User>, StoreError> {
        self.lookups.borrow_mut().push(username.as_str().to_owned());
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let record = self.records.get(username.as_str()).cloned();
        let new = self.rehashed.borrow().get(username.as_str()).cloned();
        Ok(record.map(|record| User { password_hash: new.unwrap_or(record.password_hash), ..record }))
    }

    async fn find_newest(&self, username: &Username) -> Option<Result<Option<User>, StoreError>> {
        let found = self.find(username).await;
        Some(found.map(|found| self.newest.get(username.as_str()).cloned().unwrap_or(found)))
    }
}

impl RehashStore for &MemoryUsers {
    async fn refusal(&self, _username: &Username) -> Result<Option<Outcome>, StoreError> {
        self.failure.clone().map_or(Ok(self.refusal), Err)
    }

    async fn replace(&self, Replacement { username, old, new }: &Replacement) -> Result<Outcome, StoreError> {
        match self.find_newest(username).await {
            Some(Ok(Some(user))) if user.password_hash == old.expose() => {
                self.rehashed.borrow_mut().insert(username.as_str().to_owned(), new.expose().to_owned());
                Ok(Outcome::Ok)
            }
            Some(Err(failure)) => Err(failure),
            _ => Ok(Outcome::ChangedMeanwhile),
        }
    }
}

/// A service whose users nobody changes.
pub struct NoDirectory;

impl Directory for NoDirectory {
    async fn read(&self, _username: &Username) -> Result<Stored, StoreError> {
        Err(StoreError::Unavailable("no directory".to_owned()))
    }

    async fn page(&self, _after: Option<&str>, _limit: u32) -> Result<Page, StoreError> {
        Err(StoreError::Unavailable("no directory".to_owned()))
    }

    async fn change(&self, _change: &Change) -> Result<change::Outcome, StoreError> {
        Err(StoreError::Unavailable("no directory".to_owned()))
    }

    async fn create_missing(&self, _users: &[(&Username, &NewUser)]) -> Result<Vec<(Username, i64)>, StoreError> {
        Err(StoreError::Unavailable("no directory".to_owned()))
    }
}

/// Users change their passwords. Services manage users in tests with a database: see `users.rs`.
impl Directory for &MemoryUsers {
    async fn read(&self, username: &Username) -> Result<Stored, StoreError> {
        NoDirectory.read(username).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Page, StoreError> {
        NoDirectory.page(after, limit).await
    }

    async fn create_missing(&self, users: &[(&Username, &NewUser)]) -> Result<Vec<(Username, i64)>, StoreError> {
        NoDirectory.create_missing(users).await
    }

    async fn change(&self, change: &Change) -> Result<change::Outcome, StoreError> {
        let Change { username, condition: Condition::Hash(old), edit: Edit::Patch(Patch { hash: Some(new), .. }) } =
            change
        else {
            panic!("only passwords are changed here")
        };
        let found = match &self.changes_meanwhile {
            Some(other) => Some(Ok(Some(other.clone()))),
            None => self.find_newest(username).await,
        };
        match found {
            Some(Ok(Some(user))) if user.password_hash == *old => {
                self.rehashed.borrow_mut().insert(username.as_str().to_owned(), new.hash.clone());
                let version = Version::try_from(user.version).unwrap().after(now().timestamp_millis());
                Ok(change::Outcome::Changed { version: version.millis() })
            }
            Some(Err(failure)) => Err(failure),
            _ => Ok(change::Outcome::ConditionFailed { version: None }),
        }
    }
}

/// Leaves strings as they are, because all passwords in these tests are in normal form already.
pub const NFKC: Nfkc = |text| text.to_owned().into();

/// Verifies a password as the guard's object does.
pub fn verify(hash: &StoredHash, password: &Password) -> Result<bool, NoMemory> {
    hash.verify(password, NFKC)
}

/// A guard in the same process. Its messages are written and read all the same, and it counts in a
/// SQLite of its own.
pub struct LocalGuard {
    pub sqlite: &'static Sqlite,
    pub ledger: Ledger<&'static Sqlite>,
    pub policy: Policy,
    pub now: Cell<i64>,
    pub failure: Option<GuardError>,
    /// The answer to every attempt, in place of verifying it.
    pub verdict: Option<Verdict>,
    /// Whether its gate lets networks pass.
    pub admits: bool,
    /// What its gate was asked about.
    pub asked: RefCell<Vec<String>>,
    /// The shard, the hash format and the buckets of every attempt.
    pub attempts: RefCell<Vec<(String, &'static str, BucketNames)>>,
    /// The shard and the salt of every password that was hashed.
    pub hashed: RefCell<Vec<(String, [u8; 16])>>,
    /// The version of every record that this guard knows, and what the record is.
    pub knows: Option<(i64, Newest)>,
    /// The versions of every attempt's record.
    pub versions: RefCell<Vec<i64>>,
    /// The sessions of every attempt.
    pub begun: RefCell<Vec<Option<NewSession>>>,
    /// The answers to the next questions about sessions, the last one first, in place of the book's.
    pub answers: RefCell<Vec<Answer>>,
    /// The shard and the text of every question about sessions.
    pub questions: RefCell<Vec<(String, Question)>>,
}

impl Default for LocalGuard {
    fn default() -> Self {
        let sqlite: &Sqlite = Box::leak(Box::default());
        Self {
            sqlite,
            ledger: Ledger::open(sqlite).unwrap(),
            policy: Policy::new(5, 100, 1),
            now: Cell::new(now().timestamp_millis()),
            failure: None,
            verdict: None,
            admits: true,
            asked: RefCell::default(),
            attempts: RefCell::default(),
            hashed: RefCell::default(),
            knows: None,
            versions: RefCell::default(),
            begun: RefCell::default(),
            answers: RefCell::default(),
            questions: RefCell::default(),
        }
    }
}

impl Guard for &LocalGuard {
    async fn admits(&self, network: &str) -> bool {
        self.asked.borrow_mut().push(network.to_owned());
        self.admits
    }

    async fn attempt(&self, shard: Shard, attempt: Attempt) -> Result<Verdict, GuardError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let entry = (shard.name(), attempt.hash.format().name(), attempt.buckets.clone());
        self.attempts.borrow_mut().push(entry);
        self.begun.borrow_mut().push(attempt.session.clone());
        self.versions.borrow_mut().push(attempt.version.unwrap_or(-1));
        if let Some((version, newest)) = &self.knows
            && attempt.version < Some(*version)
        {
            return Ok(Verdict::Outdated { newest: newest.clone() });
        }
        if let Some(verdict) = &self.verdict {
            return Ok(verdict.clone());
        }
        let attempt = Attempt::from_message(&attempt.to_message()?)?;
        let verdict = attempt.process(&self.policy, &self.ledger, verify, self.now.get());
        let verdict = verdict.map_err(|error| GuardError::Unavailable(error.to_string()))?;
        Ok(Verdict::from_message(&verdict.to_message()?)?)
    }

    async fn hash(&self, shard: Shard, request: HashRequest) -> Result<StoredHash, GuardError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        self.hashed.borrow_mut().push((shard.name(), request.salt));
        Ok(HashRequest::read_answer(HashRequest::from_message(&request.to_message()?)?.process().unwrap().expose())?)
    }

    async fn sign_up(&self, shard: Shard, sign_up: SignUp) -> Result<SignUpAnswer, GuardError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        self.hashed.borrow_mut().push((shard.name(), sign_up.request.salt));
        let sign_up = SignUp::from_message(&sign_up.to_message()?)?;
        let answer = sign_up.process(&self.policy, &self.ledger.counter, self.now.get());
        let answer = answer.map_err(|error| GuardError::Unavailable(error.to_string()))?;
        Ok(SignUpAnswer::from_message(&answer.to_message())?)
    }

    async fn session(&self, shard: Shard, question: Question) -> Result<Answer, GuardError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let question = Question::from_message(&question.to_message()?)?;
        self.questions.borrow_mut().push((shard.name(), question.clone()));
        if let Some(answer) = self.answers.borrow_mut().pop() {
            return Ok(answer);
        }
        let answer = self.ledger.answer(&question, self.now.get());
        let answer = answer.map_err(|error| GuardError::Unavailable(error.to_string()))?;
        Ok(Answer::from_message(&answer.to_message()?)?)
    }
}

/// Services elsewhere, which give the answers that they are told to.
#[derive(Default)]
pub struct Elsewhere {
    /// The next answers, the last one first. Without one, no service can be reached.
    pub answers: RefCell<Vec<Result<String, OutsideError>>>,
    /// The URL, the header and the form of every request.
    pub asked: RefCell<Vec<(String, String, String)>>,
}

impl Outside for &Elsewhere {
    async fn ask(&self, question: &Outgoing<'_>) -> Result<String, OutsideError> {
        let Outgoing { url, header, form, .. } = question;
        let header = header.map(|(name, value)| format!("{name}: {value}")).unwrap_or_default();
        self.asked.borrow_mut().push(((*url).to_owned(), header, form.unwrap_or_default().to_owned()));
        self.answers.borrow_mut().pop().unwrap_or_else(|| Err(OutsideError("no answer within 1 s".to_owned())))
    }
}

/// The database of an object. Durable Objects have SQLite too.
pub struct Sqlite {
    pub connection: rusqlite::Connection,
    /// How many more statements succeed before all fail, as on a full disk. `None` fails none.
    pub fails_after: Cell<Option<u32>>,
    /// Whether statements that write fail.
    pub is_read_only: Cell<bool>,
}

impl Default for Sqlite {
    fn default() -> Self {
        let connection = rusqlite::Connection::open_in_memory().unwrap();
        Self { connection, fails_after: Cell::new(None), is_read_only: Cell::new(false) }
    }
}

impl Sqlite {
    /// How many rows were written so far.
    pub fn rows_written(&self) -> u64 {
        self.connection.total_changes()
    }

    /// How many rows of the guard's table fulfil a condition.
    pub fn rows(&self, condition: &str) -> u64 {
        let count = format!("SELECT COUNT(*) FROM buckets WHERE {condition}");
        self.connection.query_row(&count, [], |row| row.get::<_, i64>(0)).unwrap().cast_unsigned()
    }
}

impl Sql for &Sqlite {
    fn query(&self, statement: &str, values: &[SqlValue<'_>]) -> Result<Vec<Row>, SqlError> {
        match self.fails_after.get() {
            Some(0) => return Err(SqlError::Failed("database or disk is full: SQLITE_FULL".to_owned())),
            Some(left) => self.fails_after.set(Some(left - 1)),
            None => {}
        }
        // To create a table that is there writes nothing.
        if self.is_read_only.get() && !statement.starts_with("SELECT") && !statement.starts_with("CREATE") {
            return Err(SqlError::Failed("the day's rows are used up".to_owned()));
        }
        let values = values.iter().map(|value| match value {
            SqlValue::Null => rusqlite::types::Value::Null,
            SqlValue::Integer(integer) => rusqlite::types::Value::Integer(*integer),
            SqlValue::Text(text) => rusqlite::types::Value::Text(text.clone().into_owned()),
        });
        let mut statement = self.connection.prepare_cached(statement).unwrap();
        let columns = statement.column_count();
        let value = |value: ValueRef<'_>| match value {
            ValueRef::Null => SqlValue::Null,
            ValueRef::Integer(integer) => SqlValue::Integer(integer),
            value => SqlValue::Text(value.as_str().unwrap().to_owned().into()),
        };
        let rows = statement.query_map(rusqlite::params_from_iter(values), |row| {
            (0..columns).map(|column| row.get_ref(column).map(value)).collect::<Result<_, _>>().map(Row)
        });
        Ok(rows.unwrap().collect::<Result<_, _>>().unwrap())
    }
}

impl Sql for Sqlite {
    fn query(&self, statement: &str, values: &[SqlValue<'_>]) -> Result<Vec<Row>, SqlError> {
        Sql::query(&self, statement, values)
    }
}

/// A body in pieces, which may fail after them. It counts in `read` how many pieces were asked for.
#[derive(Default)]
pub struct Pieces<'a> {
    pub left: Vec<Vec<u8>>,
    pub fails: Option<BodyError>,
    pub announced: Option<u64>,
    pub read: Option<&'a Cell<usize>>,
}

impl Pieces<'_> {
    pub fn whole(body: &[u8]) -> Self {
        Self { left: vec![body.to_owned()], ..Self::default() }
    }
}

impl Body for Pieces<'_> {
    fn announced(&self) -> Option<u64> {
        self.announced
    }

    async fn chunk(&mut self) -> Result<Option<Vec<u8>>, BodyError> {
        if let Some(read) = self.read {
            read.set(read.get() + 1);
        }
        if self.left.is_empty() {
            return self.fails.map_or(Ok(None), Err);
        }
        Ok(Some(self.left.remove(0)))
    }
}

/// A service with its configuration, its users and its guard.
pub struct World {
    pub config: Config,
    pub users: MemoryUsers,
    pub guard: LocalGuard,
    pub outside: Elsewhere,
}

impl Default for World {
    fn default() -> Self {
        Self {
            config: config(),
            users: MemoryUsers::recorded(),
            guard: LocalGuard::default(),
            outside: Elsewhere::default(),
        }
    }
}

impl Platform for World {
    fn users(&self) -> impl Users {
        &self.users
    }

    fn guard(&self) -> impl Guard {
        &self.guard
    }

    fn rehash(&self) -> impl RehashStore {
        &self.users
    }

    fn directory(&self) -> impl Directory {
        &self.users
    }

    fn crypto(&self) -> impl Crypto {
        SoftCrypto
    }

    fn outside(&self) -> impl Outside {
        &self.outside
    }
}

impl World {
    pub fn serve(&self, request: &Sent, mut body: Pieces<'_>) -> Handled {
        body.announced = request.headers.get("content-length").and_then(|length| length.parse().ok());
        finish(serve(&self.config, self, &request.head(), body, &context(&Repeated(7))))
    }

    pub fn login(&self, username: &str, password: &str) -> Handled {
        self.login_from("192.0.2.1", username, password)
    }

    /// Does the rehash that a login left, and returns what is logged about it.
    pub fn rehash(&self, handled: Handled) -> (Level, Value) {
        assert!(matches!(handled.after[..], [After::Rehash(_)]));
        let log = finish(after_response(&self.config, self, handled.after, &context(&Repeated(8))));
        (log[0].level, serde_json::from_str(&log[0].json).unwrap())
    }

    /// A request to `path` with a bearer token, unless that is empty.
    pub fn get(&self, path: &str, token: &str) -> Handled {
        self.serve(&bearing("GET", path, token), Pieces::default())
    }

    /// A form to `path`, with a bearer token, unless that is empty.
    pub fn form(&self, path: &str, token: &str, fields: &[(&str, &str)]) -> Handled {
        let form = serde_urlencoded::to_string(fields).unwrap();
        self.serve(&bearing("POST", path, token), Pieces::whole(form.as_bytes()))
    }

    /// Alice's access token.
    pub fn token(&self) -> String {
        let answer = json(&self.login("alice", "correct horse battery staple").response);
        answer["access_token"].as_str().unwrap().to_owned()
    }

    pub fn login_from(&self, address: &str, username: &str, password: &str) -> Handled {
        let form = serde_urlencoded::to_string([("username", username), ("password", password)]).unwrap();
        self.serve(&post().header("cf-connecting-ip", address), Pieces::whole(form.as_bytes()))
    }
}

/// The context of a request: a fixed time, and bytes that are not random.
pub fn context(random: &dyn Random) -> RequestContext<'_> {
    RequestContext { now: now(), random }
}

/// A source of randomness that repeats one byte.
pub struct Repeated(pub u8);

impl Random for Repeated {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        bytes.fill(self.0);
        Ok(())
    }
}

/// A source of randomness that fails.
pub struct NoRandomness;

impl Random for NoRandomness {
    fn fill(&self, _bytes: &mut [u8]) -> Result<(), RandomError> {
        Err(RandomError)
    }
}

/// A request's head, as a client sends it.
#[derive(Clone, Default)]
pub struct Sent {
    pub method: String,
    pub path: String,
    pub query: Option<String>,
    pub headers: HeaderList,
    pub client: Client,
}

#[derive(Clone, Default)]
pub struct HeaderList(Vec<(&'static str, String)>);

impl Headers for HeaderList {
    fn get(&self, name: &str) -> Option<String> {
        self.0.iter().find(|(header, _)| *header == name).map(|(_, value)| value.clone())
    }
}

impl Sent {
    /// The request with this header, which replaces any other of the same name.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.0.retain(|(header, _)| *header != name);
        self.headers.0.push((name, value.to_owned()));
        self
    }

    pub fn head(&self) -> Request<'_> {
        let Self { method, path, query, client, .. } = self.clone();
        Request { method, origin: ORIGIN.to_owned(), path, query, headers: &self.headers, client }
    }
}

/// A login without a body.
pub fn post() -> Sent {
    let sent = Sent { method: "POST".to_owned(), path: "/api/user/login".to_owned(), ..Sent::default() };
    sent.header("content-type", FORM)
}

/// What a request was answered.
#[derive(Debug)]
pub struct Answered(pub Handled);

impl Answered {
    pub fn status(&self) -> u16 {
        self.0.response.status
    }

    pub fn json(&self) -> Value {
        json(&self.0.response)
    }

    /// The outcome in the only line of the log.
    pub fn outcome(&self) -> String {
        log(&self.0)["outcome"].as_str().unwrap().to_owned()
    }
}

/// A request with a bearer token, unless that is empty.
pub fn bearing(method: &str, path: &str, token: &str) -> Sent {
    let sent = Sent { method: method.to_owned(), path: path.to_owned(), ..post() };
    let sent = sent.header("cf-connecting-ip", "192.0.2.1");
    if token.is_empty() { sent } else { sent.header("authorization", &format!("Bearer {token}")) }
}

/// A token with these claims, signed with the secret.
pub fn signed(claims: &Value) -> String {
    signed_as(r#"{"alg":"HS256","typ":"JWT"}"#, &claims.to_string())
}

/// A token with this header and these claims, signed with the secret.
pub fn signed_as(header: &str, claims: &str) -> String {
    let part = |json: &str| BASE64_URL_SAFE_NO_PAD.encode(json);
    mac(SECRET.as_bytes(), &format!("{}.{}", part(header), part(claims)))
}

/// What is signed, and its HMAC.
pub fn mac(key: &[u8], signed: &str) -> String {
    let signature = Hs256.sign(&Hs256Key::new(key), signed.as_bytes());
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature.as_bytes()))
}

/// A token's claims.
pub fn claims(token: &str) -> Value {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap()
}

pub const ORIGIN: &str = "https://login.example.com";
pub const FORM: &str = "application/x-www-form-urlencoded";

pub fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers.iter().find(|(header, _)| *header == name).map(|(_, value)| value.as_ref())
}

pub fn json(response: &Response) -> Value {
    serde_json::from_str(&response.body).unwrap()
}

pub fn log(handled: &Handled) -> Value {
    assert_eq!(handled.log.len(), 1);
    serde_json::from_str(&handled.log[0].json).unwrap()
}

/// Runs a future that never has to wait.
pub fn finish<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("nothing here should have to wait"),
    }
}
