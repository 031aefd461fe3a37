//! Users in Workers KV: the key `user:<username>`, and a JSON object with `password_hash` and, where
//! needed, `disabled`, `subject`, `claims`, `imported_hash`, `created_at`, `changed_at` and `version`. An email address is
//! the value of another key, `email:<username>`.
//!
//! The reader is strict. A field of another name is an error, because it may be a misspelt
//! `disabled`: reading past it would let a disabled user in.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{account::Account, claims::Claims, subject::Subject, user::User, username::Username, version::Version};

/// What every key of a user begins with.
pub const PREFIX: &str = "user:";

/// The key of a user.
#[must_use]
pub fn key(username: &Username) -> String {
    format!("{PREFIX}{}", username.as_str())
}

/// The key of a user's email address, which is beside the record.
#[must_use]
pub fn email_key(username: &Username) -> String {
    format!("email:{}", username.as_str())
}

/// The user that a key belongs to; `None` if no user can have this key.
#[must_use]
pub fn username(key: &str) -> Option<Username> {
    Username::parse(key.strip_prefix(PREFIX)?)
}

/// A user's whole record. The times are Unix seconds. Any JSON value is kept as it is, but a time that is not
/// a whole number counts as unknown.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// The stored hash, in any format.
    pub password_hash: String,
    /// A disabled user can't log in.
    #[serde(default)]
    pub disabled: bool,
    /// The `sub` of the user's tokens, if it isn't the username.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<Subject>,
    /// What else the user's tokens carry: an object, not a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<Claims>,
    /// A digest of the hash in the table that the user was last imported from, for the command line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported_hash: Option<String>,
    /// When the user was created.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub created_at: Value,
    /// When the password, or whether the user is disabled, last changed.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub changed_at: Value,
    /// The version of the record.
    #[serde(default, skip_serializing_if = "Version::is_first")]
    pub version: Version,
}

/// The record is not a JSON object of the documented fields. Its text quotes nothing of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the record does not have the documented fields")]
pub struct MalformedRecord;

impl Record {
    /// Reads a record.
    ///
    /// # Errors
    /// The text is not a JSON object, a field is missing or has another type, or there is an
    /// unknown field.
    pub fn parse(json: &str) -> Result<Self, MalformedRecord> {
        // Serde would take an array of the fields' values for an object.
        let is_object = json.trim_start().starts_with('{');
        is_object.then(|| serde_json::from_str(json).ok()).flatten().ok_or(MalformedRecord)
    }

    /// The record of a user who is new at `now`, in Unix milliseconds.
    #[must_use]
    pub fn new(account: &Account, now: i64) -> Self {
        Self {
            password_hash: account.password_hash.clone(),
            disabled: account.disabled,
            subject: account.subject.clone(),
            claims: account.claims.clone(),
            imported_hash: account.imported_hash.clone(),
            created_at: account.created_at.unwrap_or(now / 1000).into(),
            changed_at: account.changed_at.map_or(Value::Null, Into::into),
            version: Version::default().after(now),
        }
    }

    /// The user whose record this is. A time that is not a whole number is left out.
    #[must_use]
    pub fn into_account(self, username: Username) -> Account {
        Account {
            username,
            password_hash: self.password_hash,
            disabled: self.disabled,
            subject: self.subject,
            claims: self.claims,
            imported_hash: self.imported_hash,
            created_at: self.created_at.as_i64(),
            changed_at: self.changed_at.as_i64().filter(|time| *time != 0),
        }
    }

    /// Writes the record as [`parse`](Self::parse) reads it.
    ///
    /// # Errors
    /// A record of these fields always serialises; the error is there so that nothing can panic.
    pub fn to_json(&self) -> Result<String, MalformedRecord> {
        serde_json::to_string(self).map_err(|_| MalformedRecord)
    }
}

impl From<Record> for User {
    fn from(Record { password_hash, disabled, subject, claims, changed_at, version, .. }: Record) -> Self {
        let changed_at = changed_at.as_i64().unwrap_or_default();
        Self { password_hash, disabled, subject, claims, version: version.millis(), changed_at }
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record").field("disabled", &self.disabled).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_record_with_another_field_or_type_is_refused() {
        for record in [
            json!({ "password_hash": "x", "Disabled": true }),
            json!({ "password_hash": "x", "disabled": 1 }),
            json!({ "password_hash": "x", "disabled": null }),
            json!({ "password_hash": null }),
            json!({ "disabled": true }),
            json!({ "password_hash": "x", "subject": 42 }),
            json!({ "password_hash": "x", "subject": "" }),
            json!({ "password_hash": "x", "claims": { "sub": "bob" } }),
            json!({ "password_hash": "x", "claims": "{}" }),
            json!({ "password_hash": "x", "claims": [] }),
            json!({ "password_hash": "x", "version": -1 }),
            json!({ "password_hash": "x", "version": 1.5 }),
            json!({ "password_hash": "x", "version": 9_007_199_254_740_992_i64 }),
            json!({ "password_hash": "x", "version": null }),
            json!(["x", true]),
            json!("x"),
        ] {
            assert_eq!(Record::parse(&record.to_string()), Err(MalformedRecord), "{record}");
        }
        assert_eq!(Record::parse(r#"{"password_hash":"x","disabled":true,"disabled":false}"#), Err(MalformedRecord));
    }

    #[test]
    fn what_is_written_is_what_was_read() {
        for json in [
            r#"{"password_hash":"x","disabled":false}"#,
            r#"{"password_hash":"x","disabled":true,"created_at":1700000000,"changed_at":"last week"}"#,
            r#"{"password_hash":"x","disabled":false,"changed_at":5,"version":7}"#,
            r#"{"password_hash":"x","disabled":false,"subject":"42","claims":{"n": 1.0,"r\u006fle":"admin"}}"#,
        ] {
            assert_eq!(Record::parse(json).unwrap().to_json().unwrap(), json);
        }
        assert!(!Record::parse(r#"{"password_hash":"x"}"#).unwrap().disabled);
    }

    #[test]
    fn a_new_record_says_when_the_user_was_created_and_the_password_changed_if_somebody_knows() {
        let account = |created_at, changed_at| Account {
            username: Username::parse("alice").unwrap(),
            password_hash: "x".to_owned(),
            disabled: true,
            subject: Some("42".to_owned().try_into().unwrap()),
            claims: Some(Claims::parse(r#"{"role":"admin"}"#).unwrap()),
            imported_hash: None,
            created_at,
            changed_at,
        };
        for (given, stored) in [
            (account(None, None), account(Some(9), None)),
            (account(Some(5), None), account(Some(5), None)),
            (account(None, Some(6)), account(Some(9), Some(6))),
        ] {
            let record = Record::new(&given, 9001);
            assert_eq!(record.version.millis(), 11_001);
            assert_eq!(record.into_account(given.username.clone()), stored);
        }
    }

    #[test]
    fn a_login_sees_the_version_and_when_the_password_changed() {
        let seen = |json| {
            let user = User::from(Record::parse(json).unwrap());
            (user.version, user.changed_at)
        };
        assert_eq!(seen(r#"{"password_hash":"x"}"#), (0, 0));
        assert_eq!(seen(r#"{"password_hash":"x","changed_at":"last week","version":7}"#), (7, 0));
        assert_eq!(
            seen(r#"{"password_hash":"x","changed_at":5,"version":9007199254740991}"#),
            (9_007_199_254_740_991, 5)
        );
    }

    #[test]
    fn a_key_names_its_user() {
        let alice = Username::parse("al:ice").unwrap();
        assert_eq!(username(&key(&alice)), Some(alice));
        assert_eq!(username("user:"), None);
        assert_eq!(username("session:alice"), None);
    }
}
