//! Log lines, which are JSON objects without secrets.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::{config::ConfigError, http::Client};

/// Who should see a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// The line reports something expected.
    Info,
    /// The line reports something that an operator has to repair.
    Error,
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Who should see it.
    pub level: Level,
    /// A JSON object without secrets.
    pub json: String,
}

impl LogLine {
    /// A line with these fields, or `None` if they can't be serialised, which no fields here cause.
    pub(crate) fn new(level: Level, fields: &impl Serialize) -> Option<Self> {
        serde_json::to_string(fields).ok().map(|json| Self { level, json })
    }
}

/// The fields of the line that says why the Worker refuses to serve.
#[derive(Debug, Serialize)]
pub(crate) struct ConfigFields {
    event: &'static str,
    #[serde(serialize_with = "rfc3339")]
    time: DateTime<Utc>,
    error: String,
}

impl ConfigFields {
    pub(crate) fn new(time: DateTime<Utc>, error: &ConfigError) -> Self {
        Self { event: "configuration", time, error: error.to_string() }
    }
}

/// The fields of the line about a request. There is none for a username, a password, a hash or a token.
#[derive(Debug, Serialize)]
pub(crate) struct RequestFields<'a> {
    pub(crate) event: &'static str,
    #[serde(serialize_with = "rfc3339")]
    time: DateTime<Utc>,
    outcome: &'static str,
    /// The keyed hash of the username. A user has the same one in every line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    colo: Option<&'a str>,
    /// The format of the user's hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) format: Option<&'static str>,
    /// The name of the service's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    /// What came of many users.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) users: Option<UserCounts>,
    /// What an operator has to look into although the request was answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) warning: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// How many lines of a request with many users ended in which way.
#[derive(Debug, Default, Serialize)]
pub(crate) struct UserCounts {
    created: usize,
    changed: usize,
    unchanged: usize,
    outdated: usize,
    invalid: usize,
    failed: usize,
}

impl UserCounts {
    pub(crate) fn count(&mut self, status: &str) {
        let counted = match status {
            "created" => &mut self.created,
            "changed" => &mut self.changed,
            "unchanged" => &mut self.unchanged,
            "outdated" => &mut self.outdated,
            "invalid" => &mut self.invalid,
            _ => &mut self.failed,
        };
        *counted += 1;
    }
}

impl<'a> RequestFields<'a> {
    pub(crate) fn new(event: &'static str, time: DateTime<Utc>, client: &'a Client) -> Self {
        Self {
            event,
            time,
            outcome: "ok",
            user: None,
            country: client.country.as_deref(),
            colo: client.colo.as_deref(),
            format: None,
            key: None,
            users: None,
            warning: None,
            error: None,
        }
    }

    /// Records how the request failed, and what an operator has to look into, if there is something.
    pub(crate) fn fail(&mut self, outcome: &'static str, fault: Option<String>) {
        self.outcome = outcome;
        self.error = fault;
    }

    pub(crate) fn is_fault(&self) -> bool {
        self.error.is_some()
    }

    pub(crate) fn line(&self) -> Option<LogLine> {
        LogLine::new(if self.is_fault() { Level::Error } else { Level::Info }, self)
    }
}

/// Writes a time in the format of RFC 3339, with milliseconds.
pub(crate) fn rfc3339<S: serde::Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Millis, true))
}
