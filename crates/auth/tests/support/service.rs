//! A service whose users are in a database with the real tables and D1's SQL, and which may be managed by services.

use std::cell::{Cell, RefCell};

use accounts::{
    User, Username,
    change::{Change, NewUser, Outcome, Stored},
    d1::{self, CREATE_MISSING, FIND, PAGE, READ, StoredRow},
};
use auth::{
    Config, Platform,
    http::Response,
    platform::{Crypto, Directory, Guard, Outside, Page, RehashStore, StoreError, Users},
    serve,
    users::{Records, compare_and_set},
};
use guard::session::Question;
use rusqlite::{Connection, Row, params, params_from_iter, types::Value as SqlValue};
use serde_json::Value;

use super::{
    Answered, Elsewhere, LocalGuard, MemoryUsers, Pieces, Repeated, SECRET, Sent, SoftCrypto, bearing, config_with,
    context, finish, header, now, post,
};

pub const KEY: &str = "a7c1f0e2b4d6987850413223645f6b7c";
pub const READ_KEY: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
pub const BCRYPT: &str = "$2b$04$Jte.uR9poaOdL2O50kAEEOr4G4A9wYKrmNsAselZYSndFrvG4T5Qy";
pub const PASSWORD: &str = "correct horse battery staple";

/// A service whose users are in a database with the real tables.
pub struct Service {
    pub config: Config,
    pub database: Connection,
    pub guard: LocalGuard,
    /// What somebody else does between reading and writing, as often as it is given.
    pub meanwhile: RefCell<Vec<&'static str>>,
    pub fails: Cell<bool>,
    pub outside: Elsewhere,
}

impl Service {
    pub fn new() -> Self {
        Self::with(&[])
    }

    pub fn with(variables: &[(&str, &str)]) -> Self {
        let database = Connection::open_in_memory().unwrap();
        for migration in [
            "0001_users",
            "0002_subject_claims",
            "0003_imported_hash",
            "0004_version",
            "0005_service_api",
            "0006_resets",
        ] {
            let path = format!("{}/../../migrations/{migration}.sql", env!("CARGO_MANIFEST_DIR"));
            database.execute_batch(&std::fs::read_to_string(path).unwrap()).unwrap();
        }
        let keys = format!("shop:{KEY},reports:{READ_KEY}:read");
        let all = [("SECRET_KEY", SECRET), ("SERVICE_KEYS", &keys), ("REFRESH_TOKEN_EXPIRE_MINUTES", "1440")];
        Self {
            config: config_with(&[&all, variables].concat()),
            database,
            guard: LocalGuard::default(),
            meanwhile: RefCell::default(),
            fails: Cell::default(),
            outside: Elsewhere::default(),
        }
    }

    pub fn send(&self, sent: &Sent, body: &str) -> Answered {
        let answer = Answered(finish(serve(
            &self.config,
            self,
            &sent.head(),
            Pieces::whole(body.as_bytes()),
            &context(&Repeated(7)),
        )));
        for line in &answer.0.log {
            for secret in [KEY, READ_KEY, PASSWORD, BCRYPT, "alice"] {
                assert!(!line.json.contains(secret), "{} has {secret}", line.json);
            }
        }
        answer
    }

    pub fn ask(&self, method: &str, path: &str, body: &Value) -> Answered {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(&json_request(method, path, KEY), &body)
    }

    pub fn ask_if(&self, method: &str, header: (&'static str, &str), body: &Value) -> Answered {
        self.send(&json_request(method, "/api/users/alice", KEY).header(header.0, header.1), &body.to_string())
    }

    pub fn login(&self) -> Answered {
        let form = serde_urlencoded::to_string([("username", "alice"), ("password", PASSWORD)]).unwrap();
        self.send(&post().header("cf-connecting-ip", "192.0.2.1"), &form)
    }

    pub fn me(&self, token: &str) -> u16 {
        self.send(&bearing("GET", "/api/user/me", token), "").status()
    }

    pub fn questions(&self) -> Vec<Option<i64>> {
        let questions = self.guard.questions.borrow_mut().drain(..).collect::<Vec<_>>();
        let version = |(_, question)| match question {
            Question::EndAll { change, .. } => Some(change.map(|change| change.version)),
            Question::EndOlder { version, .. } => Some(Some(version)),
            _ => None,
        };
        questions.into_iter().filter_map(version).collect()
    }
}

pub fn json_request(method: &str, path: &str, key: &str) -> Sent {
    let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query.to_owned())));
    Sent { query, ..bearing(method, path, key) }.header("content-type", "application/json")
}

pub fn etag(response: &Response) -> String {
    header(response, "etag").unwrap().to_owned()
}

pub fn stored(row: &Row<'_>, first: usize) -> Stored {
    let row = StoredRow {
        password_hash: row.get(first).unwrap(),
        disabled: row.get(first + 1).unwrap(),
        subject: row.get(first + 2).unwrap(),
        claims: row.get(first + 3).unwrap(),
        imported_hash: row.get(first + 4).unwrap(),
        created_at: row.get(first + 5).unwrap(),
        changed_at: row.get(first + 6).unwrap(),
        version: row.get(first + 7).unwrap(),
        email: row.get(first + 8).unwrap(),
        reset: row.get(first + 9).unwrap(),
    };
    row.into_stored().unwrap()
}

impl Records for Service {
    async fn read(&self, username: &Username) -> Result<Stored, StoreError> {
        if self.fails.get() {
            return Err(StoreError::TimedOut);
        }
        let mut statement = self.database.prepare(READ).unwrap();
        let mut rows = statement.query([username.as_str()]).unwrap();
        Ok(rows.next().unwrap().map_or_else(Stored::default, |row| stored(row, 0)))
    }

    async fn set(&self, username: &Username, old: &Stored, new: &Stored) -> Result<bool, StoreError> {
        if let Some(other) = self.meanwhile.borrow_mut().pop() {
            self.database.execute(other, []).unwrap();
        }
        let mut is_set = false;
        for (statement, values) in d1::set(username, old, new) {
            let values = values.into_iter().map(|value| match value {
                d1::Value::Null => SqlValue::Null,
                d1::Value::Integer(integer) => SqlValue::Integer(integer),
                d1::Value::Text(text) => SqlValue::Text(text),
            });
            is_set = self.database.prepare(statement).unwrap().exists(params_from_iter(values)).unwrap();
        }
        Ok(is_set)
    }
}

impl Directory for &Service {
    async fn read(&self, username: &Username) -> Result<Stored, StoreError> {
        Records::read(*self, username).await
    }

    async fn page(&self, after: Option<&str>, limit: u32) -> Result<Page, StoreError> {
        let mut statement = self.database.prepare(PAGE).unwrap();
        let user = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, stored(row, 1)));
        let users = statement.query_map(params![after.unwrap_or_default(), limit], user).unwrap().map(Result::unwrap);
        let users: Vec<_> = users.map(|(name, stored)| (Username::parse(&name).unwrap(), stored)).collect();
        let next = users.last().filter(|_| users.len() == limit as usize).map(|(name, _)| name.as_str().to_owned());
        Ok(Page { users, next })
    }

    async fn change(&self, change: &Change) -> Result<Outcome, StoreError> {
        compare_and_set(*self, change, now().timestamp_millis()).await
    }

    async fn create_missing(&self, users: &[(&Username, &NewUser)]) -> Result<Vec<(Username, i64)>, StoreError> {
        let mut statement = self.database.prepare(CREATE_MISSING).unwrap();
        let values = params![d1::new_users(users.iter().copied()), now().timestamp_millis()];
        let row = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get(1)?));
        let created = statement.query_map(values, row).unwrap().map(Result::unwrap);
        Ok(created.map(|(name, version)| (Username::parse(&name).unwrap(), version)).collect())
    }
}

impl Users for &Service {
    async fn find(&self, username: &Username) -> Result<Option<User>, StoreError> {
        let user = |row: &Row<'_>| {
            let claims: Option<String> = row.get(3)?;
            let user = d1::user(row.get(0)?, row.get(1)?, row.get(2)?, claims.as_deref(), row.get(4)?, row.get(5)?);
            Ok(user.unwrap())
        };
        Ok(self.database.query_row(FIND, [username.as_str()], user).ok())
    }

    async fn find_newest(&self, username: &Username) -> Option<Result<Option<User>, StoreError>> {
        Some(self.find(username).await)
    }
}

impl Platform for Service {
    fn users(&self) -> impl Users {
        self
    }

    fn guard(&self) -> impl Guard {
        &self.guard
    }

    fn rehash(&self) -> impl RehashStore {
        let users: &MemoryUsers = Box::leak(Box::default());
        users
    }

    fn directory(&self) -> impl Directory {
        self
    }

    fn crypto(&self) -> impl Crypto {
        SoftCrypto
    }

    fn outside(&self) -> impl Outside {
        &self.outside
    }
}
