//! `POST /api/users`: many users in one request, as JSON Lines.

use std::collections::{BTreeMap, BTreeSet};

use accounts::{
    Username, UsernameCase,
    change::{Change, Condition, Edit, NewUser, Outcome},
};
use serde::Serialize;

use super::{
    body::{Given, Members},
    change::make,
    error::UsersError,
    invalid::Invalid,
    username::username,
};
use crate::{
    config::Config,
    http::{Body, BodyError, Caching, RequestContext, Response, read_up_to},
    log::{RequestFields, UserCounts},
    platform::{Directory, Platform},
};

/// The longest body in bytes.
pub const MAX_MANY_BYTES: usize = 1024 * 1024;
/// The most users of one request who are changed one by one, because they are there already. Each takes up to ten
/// operations, and the free plan allows 1,000 of them.
const MAX_CHANGES: usize = 80;
/// The most lines of one request. Shorter lines than those of users would take much more memory than the body.
const MAX_LINES: usize = 20_000;

/// What came of a line.
#[derive(Serialize)]
struct Answered<'a> {
    username: Option<&'a str>,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

/// A line: the name if it has one, and the change or what is wrong.
type Line = (Option<Username>, Result<(Condition, Edit), String>);

/// Creates or replaces the user of each line, as `PUT` does. A line that names a version changes the user who has it, as
/// `PATCH` does. The answer says per line what came of it.
pub(super) async fn many(
    config: &Config,
    platform: &impl Platform,
    body: impl Body,
    context: &RequestContext<'_>,
    fields: &mut RequestFields<'_>,
) -> Result<Response, UsersError> {
    let body = read_up_to(MAX_MANY_BYTES, body).await.map_err(UsersError::Body)?;
    let lines = || body.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    if lines().nth(MAX_LINES).is_some() {
        return Err(UsersError::Body(BodyError::TooLarge));
    }
    let lines = without_repeated(lines().map(|line| parse(line, config.username_case)).collect());
    let may_be_new = lines.iter().filter_map(|line| match line {
        (Some(username), Ok((_, Edit::Put(user)))) => Some((username, user)),
        _ => None,
    });
    let users: Vec<(&Username, &NewUser)> = may_be_new.collect();
    let created = platform.directory().create_missing(&users).await.map_err(UsersError::Store)?;
    let created: BTreeMap<Username, i64> = created.into_iter().collect();

    let mut answer = String::new();
    let mut counts = UserCounts::default();
    let mut left = MAX_CHANGES;
    for (username, user) in &lines {
        let answered = match (username, user) {
            (Some(username), Ok(_)) if created.contains_key(username) => {
                Answered::of("created", username, created.get(username).copied())
            }
            (Some(username), Ok(_)) if left == 0 => {
                let detail =
                    format!("only {MAX_CHANGES} users who are there are changed at once: send this line again");
                Answered { detail: Some(detail), ..Answered::of("failed", username, None) }
            }
            (Some(username), Ok((condition, edit))) => {
                left -= 1;
                let change = Change { username: username.clone(), condition: condition.clone(), edit: edit.clone() };
                let outcome = make(config, platform, &change, context.now).await;
                fields.warning = fields.warning.take().or(outcome.as_ref().err().and_then(UsersError::fault));
                answered(username, &outcome)
            }
            (username, Err(why)) => Answered {
                username: username.as_ref().map(Username::as_str),
                status: "invalid",
                version: None,
                detail: Some(why.clone()),
            },
            (None, Ok(_)) => continue,
        };
        counts.count(answered.status);
        // What a line says always serialises.
        answer.push_str(&serde_json::to_string(&answered).unwrap_or_default());
        answer.push('\n');
    }
    fields.users = Some(counts);
    Ok(Response::new(200, Caching::NoStore, "application/x-ndjson", answer))
}

fn answered<'a>(username: &'a Username, outcome: &Result<Outcome, UsersError>) -> Answered<'a> {
    match outcome {
        Ok(Outcome::Created { version }) => Answered::of("created", username, Some(*version)),
        Ok(Outcome::Changed { version } | Outcome::VersionKept { version }) => {
            Answered::of("changed", username, Some(*version))
        }
        Ok(Outcome::Unchanged { version }) => Answered::of("unchanged", username, Some(*version)),
        Ok(Outcome::ConditionFailed { version }) => Answered::of("outdated", username, *version),
        // A failure of the store or the guard is in no answer, only in the log, which has the first one.
        _ => Answered { detail: Some("try again".to_owned()), ..Answered::of("failed", username, None) },
    }
}

fn parse(line: &[u8], case: UsernameCase) -> Line {
    let Ok(mut members) = Members::read(line) else {
        return (None, Err("the line is not a JSON object".to_owned()));
    };
    let username = match members.text("username") {
        Ok(Some(text)) => username(&text, case),
        Ok(None) => return (None, Err("username is missing".to_owned())),
        Err(why) => return (None, Err(why.line())),
    };
    let Some(username) = username else { return (None, Err("nobody can have this username".to_owned())) };
    let condition = match members.condition() {
        Ok(condition) => condition,
        Err(why) => return (Some(username), Err(why.line())),
    };
    let user = members.into_user(&username).map_err(|error| match error {
        UsersError::Invalid(wrong) => wrong.iter().map(Invalid::line).collect::<Vec<_>>().join("; "),
        _ => "the line can't be read".to_owned(),
    });
    let edit = user.and_then(|mut user| match (user.hash.take(), &condition) {
        (Some(Given::Password(_)), _) => Err("many users are created with password_hash alone".to_owned()),
        (Some(Given::Hash(hash)), Condition::Version(_)) => Ok(Edit::Patch(user.into_patch(Some(hash)))),
        (None, Condition::Version(_)) => Ok(Edit::Patch(user.into_patch(None))),
        (Some(Given::Hash(hash)), _) => Ok(Edit::Put(user.into_new_user(hash))),
        (None, _) => Err("password_hash is missing".to_owned()),
    });
    (Some(username), edit.map(|edit| (condition, edit)))
}

/// The second of two lines with one name is refused: which one counts would be a guess.
fn without_repeated(lines: Vec<Line>) -> Vec<Line> {
    let mut seen = BTreeSet::new();
    let repeated = |(username, user): Line| match username {
        Some(username) if !seen.insert(username.clone()) => {
            (Some(username), Err("another line has this username".to_owned()))
        }
        username => (username, user),
    };
    lines.into_iter().map(repeated).collect()
}

impl<'a> Answered<'a> {
    fn of(status: &'static str, username: &'a Username, version: Option<i64>) -> Self {
        Self { username: Some(username.as_str()), status, version, detail: None }
    }
}
