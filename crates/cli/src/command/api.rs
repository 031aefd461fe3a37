//! The commands about users and sessions, through the service API.

use std::process::ExitCode;

use accounts::{Subject, Username};
use serde::Serialize;

use super::user::{done, done_to_all};
use crate::{
    api::{Api, ApiError, User},
    args::PasswordSource,
    error::Error,
    output::Output,
    password,
    store::StoreError,
};

pub(super) fn add(
    api: &Api,
    username: &Username,
    subject: Option<&Subject>,
    source: &PasswordSource,
    output: &Output,
) -> Result<(), Error> {
    let password = password::obtain(source, username)?;
    api.add(username, password.expose(), subject).map_err(|error| match error {
        ApiError::ConditionFailed => Error::UserExists(username.as_str().to_owned()),
        error => error.into(),
    })?;
    done(username, "added", output)
}

pub(super) fn passwd(api: &Api, username: &Username, source: &PasswordSource, output: &Output) -> Result<(), Error> {
    api.get(username).map_err(of(username))?;
    let password = password::obtain(source, username)?;
    api.set_password(username, password.expose()).map_err(of(username))?;
    done(username, "given a new password", output)
}

pub(super) fn set_disabled(
    api: &Api,
    usernames: &[Username],
    disabled: bool,
    output: &Output,
) -> Result<ExitCode, Error> {
    let missing = missing(usernames, |username| api.set_disabled(username, disabled))?;
    done_to_all(usernames, &missing, if disabled { "disabled" } else { "enabled" }, output)
}

pub(super) fn delete(api: &Api, usernames: &[Username], output: &Output) -> Result<ExitCode, Error> {
    done_to_all(usernames, &missing(usernames, |username| api.delete(username))?, "deleted", output)
}

pub(super) fn show(api: &Api, username: &Username, output: &Output) -> Result<(), Error> {
    let user = api.get(username).map_err(of(username))?;
    Ok(output.answer(&user, || lines(&user))?)
}

pub(super) fn list(api: &Api, after: Option<&Username>, limit: u32, output: &Output) -> Result<(), Error> {
    #[derive(Serialize)]
    struct List {
        users: Vec<User>,
        more: bool,
    }
    let (users, more) = api.list(after, limit as usize)?;
    let list = List { users, more };
    Ok(output.answer(&list, || {
        let mut lines: Vec<String> = list.users.iter().map(line).collect();
        match list.users.last() {
            Some(user) if more => lines.push(format!("… more: --after {}", user.username)),
            Some(_) => {}
            None => lines.push("there are no users".to_owned()),
        }
        lines.join("\n")
    })?)
}

pub(super) fn list_sessions(api: &Api, username: &Username, output: &Output) -> Result<(), Error> {
    let list = api.sessions(username).map_err(of(username))?;
    Ok(output.answer(&list, || {
        let lines = list.sessions.iter().map(|session| {
            let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
            let (network, user_agent) = (text(&session.network), text(&session.user_agent));
            format!("{}  refreshed {}  {network}  {user_agent}", session.id, session.refreshed_at)
        });
        let lines: Vec<String> = lines.collect();
        if lines.is_empty() { "there are no sessions".to_owned() } else { lines.join("\n") }
    })?)
}

pub(super) fn end_sessions(api: &Api, username: &Username, output: &Output) -> Result<(), Error> {
    api.end_sessions(username).map_err(of(username))?;
    done(username, "logged out everywhere", output)
}

/// Names the user who is not there.
fn of(username: &Username) -> impl FnOnce(ApiError) -> Error {
    move |error| match error {
        ApiError::NoUser => StoreError::no_user(username).into(),
        error => error.into(),
    }
}

/// Does something to each user. Returns those who don't exist.
fn missing(usernames: &[Username], change: impl Fn(&Username) -> Result<(), ApiError>) -> Result<Vec<Username>, Error> {
    let mut missing = Vec::new();
    for username in usernames {
        match change(username) {
            Err(ApiError::NoUser) => missing.push(username.clone()),
            done => done?,
        }
    }
    Ok(missing)
}

fn line(user: &User) -> String {
    let format = user.format.as_deref().unwrap_or("can't be verified");
    format!("{}  {format}{}", user.username, if user.disabled { "  disabled" } else { "" })
}

fn lines(user: &User) -> String {
    let time = |time: Option<i64>| time.map_or("-".to_owned(), |time| time.to_string());
    format!(
        "username    {}\nformat      {}\ndisabled    {}\nsubject     {}\nclaims      {}\nemail       {}\ncreated_at  {}\nchanged_at  {}",
        user.username,
        user.format.as_deref().unwrap_or("unknown: the Worker can't verify it"),
        user.disabled,
        user.subject.as_deref().unwrap_or("-"),
        user.claims.as_ref().map_or_else(|| "-".to_owned(), ToString::to_string),
        user.email.as_deref().unwrap_or("-"),
        time(user.created_at),
        time(user.changed_at),
    )
}
