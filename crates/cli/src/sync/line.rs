//! A user as the service is sent one: a line of JSON.

use accounts::{Account, Claims, Subject, hash_digest};
use serde::Serialize;
use serde_json::Value;

use crate::api::User;

/// Everything of a user that a table may say.
#[derive(Serialize)]
struct Line<'a> {
    username: &'a str,
    password_hash: &'a str,
    disabled: bool,
    subject: Option<&'a Subject>,
    claims: Option<&'a Claims>,
    version: Option<i64>,
}

/// The line of a user, without its end. The hash is the one of the row: the service keeps its own if that was upgraded from it.
/// The line counts only if the user still has this version, or if there still is no such user. An address stays.
pub(super) fn line(account: &Account, password_hash: &str, version: Option<i64>) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Line {
        username: account.username.as_str(),
        password_hash,
        disabled: account.disabled,
        subject: account.subject.as_ref(),
        claims: account.claims.as_ref(),
        version,
    })
}

/// A user of the service as a row is compared with. The hash is not known, only the digest of the one that was given.
pub(super) fn stored(user: &User) -> Account {
    Account {
        username: user.username.clone(),
        password_hash: String::new(),
        disabled: user.disabled,
        subject: user.subject.clone(),
        claims: user.claims.as_ref().and_then(|claims| Claims::parse(&claims.to_string()).ok()),
        imported_hash: user.imported_hash.clone(),
        created_at: user.created_at,
        changed_at: user.changed_at,
    }
}

/// A row as the service keeps it: with a digest of this hash, and claims in its spelling.
pub(super) fn as_kept(mut row: Account) -> Account {
    row.imported_hash = Some(hash_digest::of(&row.password_hash));
    let respelt = |claims: Claims| {
        let value: Option<Value> = serde_json::from_str(claims.as_json()).ok();
        value.and_then(|value| Claims::parse(&value.to_string()).ok()).unwrap_or(claims)
    };
    row.claims = row.claims.map(respelt);
    row
}
