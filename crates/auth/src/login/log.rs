//! The log line of one attempt to log in.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::error::LoginError;
use crate::{
    http::Client,
    log::{Level, LogLine, rfc3339},
};

/// The fields of the line. There is none for a username, a password, a hash or a token.
#[derive(Debug, Serialize)]
pub(crate) struct LoginFields<'a> {
    event: &'static str,
    #[serde(serialize_with = "rfc3339")]
    time: DateTime<Utc>,
    outcome: &'static str,
    /// The keyed hash of the username. A user has the same one in every line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    country: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    colo: Option<&'a str>,
    /// The format of the user's hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl<'a> LoginFields<'a> {
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

    /// Records that the attempt failed.
    pub(crate) fn fail(&mut self, error: &LoginError) {
        self.outcome = error.outcome();
        self.error = error.fault();
    }

    pub(crate) fn line(&self) -> Option<LogLine> {
        LogLine::new(if self.error.is_some() { Level::Error } else { Level::Info }, self)
    }
}
