//! Users in Workers KV: the key `user:<username>`, and a JSON object with `password_hash` and, where
//! needed, `disabled`, `subject`, `claims`, `imported_hash`, `created_at` and `changed_at`.
//!
//! The reader is strict. A field of another name is an error, because it may be a misspelt
//! `disabled`: reading past it would let a disabled user in.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{account::Account, claims::Claims, subject::Subject, user::User, username::Username};

/// What every key of a user begins with.
pub const PREFIX: &str = "user:";

/// The key of a user.
#[must_use]
pub fn key(username: &Username) -> String {
    format!("{PREFIX}{}", username.as_str())
}

/// The user that a key belongs to; `None` if no user can have this key.
#[must_use]
pub fn username(key: &str) -> Option<Username> {
    Username::parse(key.strip_prefix(PREFIX)?)
}

/// A user's whole record. The times are Unix seconds; nothing reads them at a login, so any JSON
/// value is kept as it is.
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

    /// The record of a new user. Where a time is missing, it is `now`, in Unix seconds.
    #[must_use]
    pub fn new(account: &Account, now: i64) -> Self {
        Self {
            password_hash: account.password_hash.clone(),
            disabled: account.disabled,
            subject: account.subject.clone(),
            claims: account.claims.clone(),
            imported_hash: account.imported_hash.clone(),
            created_at: account.created_at.unwrap_or(now).into(),
            changed_at: account.changed_at.or(account.created_at).unwrap_or(now).into(),
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
            changed_at: self.changed_at.as_i64(),
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
    fn from(Record { password_hash, disabled, subject, claims, changed_at, .. }: Record) -> Self {
        Self { password_hash, disabled, subject, claims, version: 0, changed_at: changed_at.as_i64().unwrap_or(0) }
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
            r#"{"password_hash":"x","disabled":false,"subject":"42","claims":{"n": 1.0,"r\u006fle":"admin"}}"#,
        ] {
            assert_eq!(Record::parse(json).unwrap().to_json().unwrap(), json);
        }
        assert!(!Record::parse(r#"{"password_hash":"x"}"#).unwrap().disabled);
    }

    #[test]
    fn a_new_record_has_both_times() {
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
            (account(None, None), account(Some(9), Some(9))),
            (account(Some(5), None), account(Some(5), Some(5))),
            (account(None, Some(6)), account(Some(9), Some(6))),
        ] {
            assert_eq!(Record::new(&given, 9).into_account(given.username.clone()), stored);
        }
    }

    #[test]
    fn a_key_names_its_user() {
        let alice = Username::parse("al:ice").unwrap();
        assert_eq!(username(&key(&alice)), Some(alice));
        assert_eq!(username("user:"), None);
        assert_eq!(username("session:alice"), None);
    }
}
