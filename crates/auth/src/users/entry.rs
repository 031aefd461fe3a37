//! A user as services see one: everything but the hash.

use accounts::{Claims, Email, Subject, Username, change::Stored, kv::Record};
use passwords::StoredHash;
use serde::Serialize;

/// A user in an answer. Times are in Unix seconds.
#[derive(Serialize)]
pub(super) struct Entry<'a> {
    username: &'a str,
    disabled: bool,
    subject: Option<&'a Subject>,
    claims: Option<&'a Claims>,
    email: Option<&'a Email>,
    /// The format of the hash; `null` if no login can verify it.
    format: Option<&'static str>,
    created_at: Option<i64>,
    changed_at: Option<i64>,
    /// The same as in the `ETag`.
    version: i64,
    /// A digest of the hash that another application gave, by which it sees which of its users differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    imported_hash: Option<&'a str>,
}

impl<'a> Entry<'a> {
    pub(super) fn of(username: &'a Username, record: &'a Record, stored: &'a Stored) -> Self {
        Self {
            username: username.as_str(),
            disabled: record.disabled,
            subject: record.subject.as_ref(),
            claims: record.claims.as_ref(),
            email: stored.email.as_ref(),
            format: StoredHash::parse(&record.password_hash).ok().map(|hash| hash.format().name()),
            created_at: record.created_at.as_i64(),
            changed_at: record.changed_at.as_i64().filter(|time| *time != 0),
            version: stored.version.millis(),
            imported_hash: None,
        }
    }

    /// The same, for a service that may replace the hash anyway.
    pub(super) fn with_digest(self, record: &'a Record) -> Self {
        Self { imported_hash: record.imported_hash.as_deref(), ..self }
    }
}
