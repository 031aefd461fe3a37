use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::{config::ConfigError, error::LoginError, request::Client, response::Response};

/// Who should see a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Expected.
    Info,
    /// An operator has something to mend.
    Error,
}

/// The line for one login attempt. It has no field for a username, a password, a hash or a token.
#[derive(Debug, Serialize)]
pub(crate) struct LoginLine<'a> {
    pub(crate) event: &'static str,
    #[serde(serialize_with = "rfc3339")]
    pub(crate) time: DateTime<Utc>,
    pub(crate) outcome: &'static str,
    /// The username's keyed hash: the same user has the same name in every line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) country: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) colo: Option<&'a str>,
    /// The format of the user's hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

impl<'a> LoginLine<'a> {
    pub(crate) fn new(time: DateTime<Utc>, client: &'a Client) -> Self {
        Self {
            event: "login",
            time,
            outcome: "ok",
            user: None,
            country: client.country.as_deref(),
            colo: client.colo.as_deref(),
            format: None,
            error: None,
        }
    }

    /// Says that the attempt failed; gives the answer to it.
    pub(crate) fn failed(&mut self, error: &LoginError) -> Response {
        self.outcome = error.outcome();
        self.error = error.fault();
        error.response()
    }

    pub(crate) fn level(&self) -> Level {
        if self.error.is_some() { Level::Error } else { Level::Info }
    }
}

/// The line for an attempt to replace an old hash. It has no field for a username, a password or a
/// hash either.
#[derive(Debug, Serialize)]
pub(crate) struct UpgradeLine {
    pub(crate) event: &'static str,
    #[serde(serialize_with = "rfc3339")]
    pub(crate) time: DateTime<Utc>,
    pub(crate) outcome: &'static str,
    /// The user, named as in their logins.
    pub(crate) user: String,
    /// The format of the old hash.
    pub(crate) format: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

/// The line for a Worker that refuses to serve.
#[derive(Debug, Serialize)]
pub(crate) struct ConfigLine {
    event: &'static str,
    #[serde(serialize_with = "rfc3339")]
    time: DateTime<Utc>,
    error: String,
}

impl ConfigLine {
    pub(crate) fn new(time: DateTime<Utc>, error: &ConfigError) -> Self {
        Self { event: "configuration", time, error: error.to_string() }
    }
}

fn rfc3339<S: serde::Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// A line as text. One of plain fields always serialises.
pub(crate) fn logged(level: Level, line: &impl Serialize) -> Option<(Level, String)> {
    serde_json::to_string(line).ok().map(|line| (level, line))
}
