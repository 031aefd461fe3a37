//! Requests to the service API.

use std::{fmt::Write as _, path::Path, thread, time::Duration};

use accounts::{Subject, Username};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ureq::{
    Agent, Body,
    http::{HeaderValue, Request, Response, header},
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
    pub(crate) username: String,
    pub(crate) format: Option<String>,
    pub(crate) disabled: bool,
    pub(crate) subject: Option<String>,
    pub(crate) claims: Option<Value>,
    pub(crate) email: Option<String>,
    pub(crate) created_at: Option<i64>,
    pub(crate) changed_at: Option<i64>,
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

#[derive(Deserialize)]
struct Page {
    users: Vec<User>,
    next: Option<String>,
}

#[derive(Deserialize, Serialize)]
pub(crate) struct Sessions {
    pub(crate) sessions: Vec<Session>,
}

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
        read(self.send("GET", &user(username), None, true)?)
    }

    /// Adds a user who does not exist yet. A creation that was answered 503 may have been made, and would then be refused
    /// the second time: so it is not sent again.
    pub(crate) fn add(&self, username: &Username, password: &str, subject: Option<&Subject>) -> Result<(), ApiError> {
        let body = Secret { password, subject }.json()?;
        self.send("PUT", &user(username), Some(&body), false).map(drop)
    }

    pub(crate) fn set_password(&self, username: &Username, password: &str) -> Result<(), ApiError> {
        let body = Secret { password, subject: None }.json()?;
        self.send("PATCH", &user(username), Some(&body), true).map(drop)
    }

    pub(crate) fn set_disabled(&self, username: &Username, disabled: bool) -> Result<(), ApiError> {
        let body = json!({ "disabled": disabled }).to_string();
        self.send("PATCH", &user(username), Some(&body), true).map(drop)
    }

    pub(crate) fn delete(&self, username: &Username) -> Result<(), ApiError> {
        self.send("DELETE", &user(username), None, true).map(drop)
    }

    /// The users after a name, at most `limit` of them, and whether there are more.
    pub(crate) fn list(&self, after: Option<&Username>, limit: usize) -> Result<(Vec<User>, bool), ApiError> {
        let mut users = Vec::new();
        let mut after = after.map(|after| after.as_str().to_owned());
        loop {
            let mut path = format!("/api/users?limit={}", PAGE.min(limit - users.len()));
            if let Some(after) = &after {
                path.push_str("&after=");
                path.push_str(&encoded(after));
            }
            let page: Page = read(self.send("GET", &path, None, true)?)?;
            users.extend(page.users);
            after = page.next;
            if after.is_none() || users.len() >= limit {
                return Ok((users, after.is_some()));
            }
        }
    }

    pub(crate) fn sessions(&self, username: &Username) -> Result<Sessions, ApiError> {
        read(self.send("GET", &format!("{}/sessions", user(username)), None, true)?)
    }

    pub(crate) fn end_sessions(&self, username: &Username) -> Result<(), ApiError> {
        self.send("DELETE", &format!("{}/sessions", user(username)), None, true).map(drop)
    }

    /// Sends a request, again after 429, and after 503 if it `is_repeatable`. One that is not is to create a user.
    fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&str>,
        is_repeatable: bool,
    ) -> Result<Response<Body>, ApiError> {
        let mut retries = 0;
        loop {
            let response = self.send_once(method, path, body, !is_repeatable)?;
            let status = response.status().as_u16();
            let wait = retry_after(&response).unwrap_or(1);
            let is_worth_it = (status == 429 || status == 503 && is_repeatable) && wait <= LONGEST_WAIT;
            if !is_worth_it || retries == RETRIES {
                return accepted(response, wait);
            }
            retries += 1;
            thread::sleep(Duration::from_secs(wait));
        }
    }

    fn send_once(
        &self,
        method: &str,
        path: &str,
        body: Option<&str>,
        creates: bool,
    ) -> Result<Response<Body>, ApiError> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.origin.text))
            .header(header::AUTHORIZATION, self.key.authorization()?);
        if creates {
            request = request.header(header::IF_NONE_MATCH, HeaderValue::from_static("*"));
        }
        let sent = match body {
            Some(body) => {
                let request = request.header(header::CONTENT_TYPE, "application/json").body(body);
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
