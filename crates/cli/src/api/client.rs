//! Requests to the service API.

use std::{fmt::Write as _, path::Path, thread, time::Duration};

use accounts::{Subject, Username, UsernameCase};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ureq::{
    Agent, Body,
    http::{Request, Response, header},
};
use zeroize::Zeroizing;

use super::{error::ApiError, key::Key, origin::Origin};

/// How often a request is made again, at most.
const RETRIES: u32 = 3;
/// The longest wait that is worth it, in seconds.
const LONGEST_WAIT: u64 = 60;
/// The most users of a page.
const PAGE: usize = 1000;

/// The service API of a Worker.
#[derive(Debug)]
pub(crate) struct Api {
    agent: Agent,
    origin: Origin,
    key: Key,
}

/// A user as the service tells of one. Times are in Unix seconds.
#[derive(Deserialize, Serialize)]
pub(crate) struct User {
    pub(crate) username: Username,
    pub(crate) format: Option<String>,
    pub(crate) disabled: bool,
    pub(crate) subject: Option<Subject>,
    pub(crate) claims: Option<Value>,
    pub(crate) email: Option<String>,
    pub(crate) created_at: Option<i64>,
    pub(crate) changed_at: Option<i64>,
    pub(crate) version: i64,
    /// A digest of the hash that a table gave, which only lists have.
    #[serde(default, skip_serializing)]
    pub(crate) imported_hash: Option<String>,
}

/// What came of a line of many.
#[derive(Deserialize)]
pub(crate) struct Answered {
    pub(crate) username: Option<String>,
    pub(crate) status: Status,
    pub(crate) detail: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Created,
    Changed,
    Unchanged,
    Outdated,
    Invalid,
    Failed,
}

/// A session that has a refresh token. Times are in Unix seconds.
#[derive(Deserialize, Serialize)]
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) network: Option<String>,
    pub(crate) user_agent: Option<String>,
    pub(crate) refreshed_at: i64,
    pub(crate) expires_at: i64,
}

/// Some of the users, and what the next ones are after, if there are any.
#[derive(Deserialize, Serialize)]
pub(crate) struct Page {
    pub(crate) users: Vec<User>,
    pub(crate) next: Option<String>,
}

#[derive(Deserialize, Serialize)]
pub(crate) struct Sessions {
    pub(crate) sessions: Vec<Session>,
}

/// A request.
struct Asked<'a> {
    method: &'static str,
    path: &'a str,
    /// The body and its type.
    body: Option<(&'static str, &'a str)>,
    condition: Condition,
}

/// What has to hold for a change to be made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Condition {
    None,
    /// There is no such user. Such a request is to create one.
    Absent,
    /// The user has this version.
    Version(i64),
}

const JSON: &str = "application/json";
const JSON_LINES: &str = "application/x-ndjson";

impl Api {
    pub(crate) fn new(origin: Origin, key_file: Option<&Path>) -> Result<Self, ApiError> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .https_only(!origin.is_plain)
            // The key is for this origin alone.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(Duration::from_mins(1)));
        let config = if origin.is_plain { config.proxy(None) } else { config };
        Ok(Self { agent: config.build().into(), origin, key: Key::obtain(key_file)? })
    }

    pub(crate) fn get(&self, username: &Username) -> Result<User, ApiError> {
        read(self.send("GET", &user(username), None)?)
    }

    /// Adds a user who does not exist yet. A creation that was answered 503 may have been made, and would then be refused
    /// the second time: so it is not sent again.
    pub(crate) fn add(&self, username: &Username, password: &str, subject: Option<&Subject>) -> Result<(), ApiError> {
        let body = Secret { password, subject }.json()?;
        let (path, body) = (user(username), Some((JSON, body.as_str())));
        self.ask(&Asked { method: "PUT", path: &path, body, condition: Condition::Absent }).map(drop)
    }

    pub(crate) fn set_password(&self, username: &Username, password: &str) -> Result<(), ApiError> {
        let body = Secret { password, subject: None }.json()?;
        self.send("PATCH", &user(username), Some(&body)).map(drop)
    }

    pub(crate) fn set_disabled(&self, username: &Username, disabled: bool) -> Result<(), ApiError> {
        let body = json!({ "disabled": disabled }).to_string();
        self.send("PATCH", &user(username), Some(&body)).map(drop)
    }

    /// Disables a user who still has this version. Returns whether the user can't log in now: nobody has changed the user
    /// meanwhile, or whoever did has disabled or deleted the user.
    pub(crate) fn disable(&self, username: &Username, version: i64) -> Result<bool, ApiError> {
        let (path, body) = (user(username), json!({ "disabled": true }).to_string());
        let body = Some((JSON, body.as_str()));
        let asked = Asked { method: "PATCH", path: &path, body, condition: Condition::Version(version) };
        match self.ask(&asked) {
            Ok(_) | Err(ApiError::NoUser) => Ok(true),
            // An earlier try may have been made, though it was answered 503.
            Err(ApiError::ConditionFailed) => Ok(self.get(username)?.disabled),
            Err(error) => Err(error),
        }
    }

    /// Creates or replaces many users, each of whom is a line. Tells what came of each line, in their order.
    pub(crate) fn put_many(&self, lines: &str) -> Result<Vec<Answered>, ApiError> {
        let body = Some((JSON_LINES, lines));
        let asked = Asked { method: "POST", path: "/api/users", body, condition: Condition::None };
        let answer = self.ask(&asked)?.body_mut().read_to_string()?;
        Ok(answer.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
    }

    /// The Worker's `USERNAME_CASE`. It is asked what it makes of a name in a line that has no hash, so that nothing is
    /// changed.
    pub(crate) fn username_case(&self) -> Result<UsernameCase, ApiError> {
        let answers = self.put_many(r#"{"username":"A"}"#)?;
        let Some(name) = answers.first().and_then(|answer| answer.username.as_deref()) else {
            return Err(ApiError::Lines);
        };
        Ok(if name == "A" { UsernameCase::Exact } else { UsernameCase::Lower })
    }

    pub(crate) fn delete(&self, username: &Username) -> Result<(), ApiError> {
        self.send("DELETE", &user(username), None).map(drop)
    }

    /// At most `limit` users, and what the next ones are after. `after` is what an earlier answer said, or with D1 any name.
    pub(crate) fn list(&self, after: Option<&str>, limit: usize) -> Result<Page, ApiError> {
        let mut users = Vec::new();
        let mut next = after.map(str::to_owned);
        loop {
            let page = self.page(next.as_deref(), limit - users.len())?;
            users.extend(page.users);
            next = page.next;
            if next.is_none() || users.len() >= limit {
                return Ok(Page { users, next });
            }
        }
    }

    /// A page of at most `limit` users, in order of username.
    pub(crate) fn page(&self, after: Option<&str>, limit: usize) -> Result<Page, ApiError> {
        let after = after.map_or_else(String::new, |after| format!("&after={}", encoded(after)));
        read(self.send("GET", &format!("/api/users?limit={}{after}", PAGE.min(limit)), None)?)
    }

    pub(crate) fn sessions(&self, username: &Username) -> Result<Sessions, ApiError> {
        read(self.send("GET", &format!("{}/sessions", user(username)), None)?)
    }

    pub(crate) fn end_sessions(&self, username: &Username) -> Result<(), ApiError> {
        self.send("DELETE", &format!("{}/sessions", user(username)), None).map(drop)
    }

    fn send(&self, method: &'static str, path: &str, json: Option<&str>) -> Result<Response<Body>, ApiError> {
        self.ask(&Asked { method, path, body: json.map(|json| (JSON, json)), condition: Condition::None })
    }

    /// Sends a request, and sends it again after 429 and 503. One that is to create a user is not sent again after 503.
    fn ask(&self, asked: &Asked<'_>) -> Result<Response<Body>, ApiError> {
        let mut retries = 0;
        loop {
            let response = self.ask_once(asked)?;
            let status = response.status().as_u16();
            let wait = retry_after(&response).unwrap_or(1);
            let is_repeatable = status == 429 || status == 503 && asked.condition != Condition::Absent;
            if !is_repeatable || wait > LONGEST_WAIT || retries == RETRIES {
                return accepted(response, wait);
            }
            retries += 1;
            thread::sleep(Duration::from_secs(wait));
        }
    }

    fn ask_once(&self, asked: &Asked<'_>) -> Result<Response<Body>, ApiError> {
        let request = Request::builder()
            .method(asked.method)
            .uri(format!("{}{}", self.origin.text, asked.path))
            .header(header::AUTHORIZATION, self.key.authorization()?);
        let request = match asked.condition {
            Condition::None => request,
            Condition::Absent => request.header(header::IF_NONE_MATCH, "*"),
            Condition::Version(version) => request.header(header::IF_MATCH, format!("\"{version}\"")),
        };
        let sent = match asked.body {
            Some((kind, body)) => {
                let request = request.header(header::CONTENT_TYPE, kind).body(body);
                self.agent.run(request.map_err(ureq::Error::from)?)
            }
            None => self.agent.run(request.body(()).map_err(ureq::Error::from)?),
        };
        Ok(sent?)
    }
}

#[derive(Serialize)]
struct Secret<'a> {
    password: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a Subject>,
}

impl Secret<'_> {
    fn json(&self) -> Result<Zeroizing<String>, ApiError> {
        Ok(Zeroizing::new(serde_json::to_string(self)?))
    }
}

/// The answer, if it is that the request was done. `wait` is after how many seconds another would be.
fn accepted(mut response: Response<Body>, wait: u64) -> Result<Response<Body>, ApiError> {
    Err(match response.status().as_u16() {
        200..=299 => return Ok(response),
        401 => ApiError::UnknownKey,
        403 => ApiError::ReadOnly,
        404 => ApiError::NoUser,
        412 => ApiError::ConditionFailed,
        422 => {
            ApiError::Refused(response.body_mut().read_to_string().map_or_else(|_| String::new(), |body| why(&body)))
        }
        429 => ApiError::TooMany(wait),
        503 => ApiError::Unavailable,
        status => ApiError::Unexpected(status),
    })
}

/// The messages of FastAPI's list of what is wrong.
fn why(body: &str) -> String {
    let body: Value = serde_json::from_str(body).unwrap_or_default();
    let messages = body
        .get("detail")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|detail| detail.get("msg")?.as_str());
    messages.collect::<Vec<_>>().join("; ")
}

fn retry_after(response: &Response<Body>) -> Option<u64> {
    response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()
}

fn read<T: for<'de> Deserialize<'de>>(mut response: Response<Body>) -> Result<T, ApiError> {
    Ok(serde_json::from_str(&response.body_mut().read_to_string()?)?)
}

fn user(username: &Username) -> String {
    format!("/api/users/{}", encoded(username.as_str()))
}

/// Percent-encodes all but RFC 3986's unreserved characters.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte.into());
        } else {
            // Writing to a string can't fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
