//! Log lines, which are JSON objects without secrets.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use crate::config::ConfigError;

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

/// Writes a time in the format of RFC 3339, with milliseconds.
pub(crate) fn rfc3339<S: serde::Serializer>(time: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.to_rfc3339_opts(SecondsFormat::Millis, true))
}
