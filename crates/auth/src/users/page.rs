//! `GET /api/users`: the users, page by page.

use serde::Serialize;

use super::{entry::Entry, error::UsersError, invalid::Invalid};
use crate::{
    http::{Request, Response},
    platform::{Directory, Platform},
};

/// How many users a page has if nothing else is asked for.
const LIMIT: u32 = 100;
/// The most users of a page.
const MAX_LIMIT: u32 = 1000;

pub(super) async fn page(
    platform: &impl Platform,
    request: &Request<'_>,
    may_write: bool,
) -> Result<Response, UsersError> {
    #[derive(Serialize)]
    struct Users<'a> {
        users: Vec<Entry<'a>>,
        next: Option<&'a str>,
    }
    let query: Vec<(String, String)> =
        request.query.as_deref().map(serde_urlencoded::from_str).transpose().ok().flatten().unwrap_or_default();
    let parameter = |name| query.iter().rev().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
    let limit = match parameter("limit") {
        None => LIMIT,
        Some(text) => {
            let limit = text.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
            let wrong = || Invalid::value("query", "limit", &format!("it must be from 1 to {MAX_LIMIT}"));
            limit.ok_or_else(|| UsersError::Invalid(vec![wrong()]))?
        }
    };
    let page = platform.directory().page(parameter("after"), limit).await.map_err(UsersError::Store)?;
    let entry = |(username, stored)| match stored {
        stored @ &accounts::change::Stored { record: Some(ref record), .. } => {
            let entry = Entry::of(username, record, stored);
            Some(if may_write { entry.with_digest(record) } else { entry })
        }
        _ => None,
    };
    let users = page.users.iter().map(|(username, stored)| (username, stored)).filter_map(entry).collect();
    Ok(Response::json(200, &Users { users, next: page.next.as_deref() }))
}
