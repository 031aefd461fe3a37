//! The commands about users by name, and `edge-login user list`.

use std::process::ExitCode;

use accounts::{Account, Claims, Subject, Username};
use passwords::StoredHash;
use serde::Serialize;

use super::clock::{now, now_ms};
use crate::{
    args::PasswordSource,
    error::Error,
    exit_code,
    output::Output,
    password,
    store::{MalformedUser, Store, StoreError},
};

/// What was done to a user.
#[derive(Serialize)]
struct Done<'a> {
    username: &'a str,
    done: &'static str,
}

/// What was done to some users.
#[derive(Serialize)]
struct DoneToAll<'a> {
    done: &'static str,
    usernames: Vec<&'a str>,
    /// Those who don't exist.
    missing: Vec<&'a str>,
}

/// What is shown of a user: anything but the hash.
#[derive(Serialize)]
struct Shown {
    username: String,
    /// The format of the hash; `None` if the Worker can't verify it.
    format: Option<&'static str>,
    /// What verifying it costs.
    cost: Option<String>,
    disabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Subject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<Claims>,
    created_at: Option<i64>,
    changed_at: Option<i64>,
}

/// A user in the list.
#[derive(Serialize)]
#[serde(untagged)]
enum Listed {
    User(Shown),
    /// A user whose record is malformed, so that only the name is known.
    Malformed {
        username: String,
        malformed: bool,
    },
}

#[derive(Serialize)]
struct List {
    users: Vec<Listed>,
    /// Whether there are users after the last one.
    more: bool,
}

pub(super) fn add(
    store: &Store,
    username: &Username,
    subject: Option<Subject>,
    source: &PasswordSource,
    output: &Output,
) -> Result<(), Error> {
    if store.exists(username)? {
        return Err(Error::UserExists(username.as_str().to_owned()));
    }
    let hash = password::hash(&password::obtain(source, username)?)?;
    // Somebody may have added the user while the password was typed, and KV would overwrite that user.
    if store.exists(username)? {
        return Err(Error::UserExists(username.as_str().to_owned()));
    }
    let account = Account {
        username: username.clone(),
        password_hash: hash.expose().to_owned(),
        disabled: false,
        subject,
        claims: None,
        imported_hash: None,
        created_at: None,
        changed_at: Some(now()),
    };
    store.add(&account, now_ms())?;
    done(username, "added", output)
}

pub(super) fn passwd(
    store: &Store,
    username: &Username,
    source: &PasswordSource,
    output: &Output,
) -> Result<(), Error> {
    store.get(username)?;
    let hash = password::hash(&password::obtain(source, username)?)?;
    store.set_password(username, hash.expose(), now_ms())?;
    done(username, "given a new password", output)
}

pub(super) fn set_disabled(
    store: &Store,
    usernames: &[Username],
    disabled: bool,
    output: &Output,
) -> Result<ExitCode, Error> {
    let missing = store.set_disabled(usernames, disabled, now_ms())?;
    done_to_all(usernames, &missing, if disabled { "disabled" } else { "enabled" }, output)
}

pub(super) fn delete(store: &Store, usernames: &[Username], output: &Output) -> Result<ExitCode, Error> {
    let missing = store.delete(usernames)?;
    done_to_all(usernames, &missing, "deleted", output)
}

pub(super) fn show(store: &Store, username: &Username, output: &Output) -> Result<(), Error> {
    let user = Shown::of(&store.get(username)?);
    Ok(output.answer(&user, || user.lines())?)
}

/// Lists users. Those whose record is malformed are shown as such in their places.
pub(super) fn list(store: &Store, after: Option<&Username>, limit: u32, output: &Output) -> Result<ExitCode, Error> {
    let limit = limit as usize;
    // One more than the limit tells whether there are more.
    let mut users: Vec<Listed> = store.page(after, limit + 1)?.into_iter().map(Listed::of).collect();
    let more = users.len() > limit;
    users.truncate(limit);
    let is_complete = users.iter().all(|user| matches!(user, Listed::User(_)));
    let list = List { users, more };
    output.answer(&list, || list.table())?;
    Ok(if is_complete { ExitCode::SUCCESS } else { exit_code::INCOMPLETE.into() })
}

pub(super) fn done(username: &Username, done: &'static str, output: &Output) -> Result<(), Error> {
    let username = username.as_str();
    Ok(output.answer(&Done { username, done }, || format!("{username} was {done}"))?)
}

/// Says what was done to which users, and which users don't exist.
pub(super) fn done_to_all(
    usernames: &[Username],
    missing: &[Username],
    done: &'static str,
    output: &Output,
) -> Result<ExitCode, Error> {
    if let [missing] = missing
        && usernames.len() == 1
    {
        return Err(StoreError::no_user(missing).into());
    }
    let usernames = usernames.iter().filter(|username| !missing.contains(username)).map(Username::as_str).collect();
    let all = DoneToAll { done, usernames, missing: missing.iter().map(Username::as_str).collect() };
    output.answer(&all, || {
        let done = all.usernames.iter().map(|username| format!("{username} was {done}"));
        done.chain(all.missing.iter().map(|username| format!("there is no user {username:?}")))
            .collect::<Vec<_>>()
            .join("\n")
    })?;
    Ok(if missing.is_empty() { ExitCode::SUCCESS } else { exit_code::WRONG_USER.into() })
}

impl Shown {
    fn of(user: &Account) -> Self {
        let hash = StoredHash::parse(&user.password_hash).ok();
        Self {
            username: user.username.as_str().to_owned(),
            format: hash.as_ref().map(|hash| hash.format().name()),
            cost: hash.map(|hash| hash.cost().to_string()),
            disabled: user.disabled,
            subject: user.subject.clone(),
            claims: user.claims.clone(),
            created_at: user.created_at,
            changed_at: user.changed_at,
        }
    }

    fn lines(&self) -> String {
        let time = |time: Option<i64>| time.map_or("-".to_owned(), |time| time.to_string());
        format!(
            "username    {}\nformat      {}\ncost        {}\ndisabled    {}\nsubject     {}\nclaims      {}\ncreated_at  {}\nchanged_at  {}",
            self.username,
            self.format.unwrap_or("unknown: the Worker can't verify it"),
            self.cost.as_deref().unwrap_or("-"),
            self.disabled,
            self.subject.as_ref().map_or("-", Subject::as_str),
            self.claims.as_ref().map_or("-", Claims::as_json),
            time(self.created_at),
            time(self.changed_at),
        )
    }
}

impl Listed {
    fn of(user: Result<Account, MalformedUser>) -> Self {
        match user {
            Ok(account) => Self::User(Shown::of(&account)),
            Err(MalformedUser(username)) => Self::Malformed { username: username.as_str().to_owned(), malformed: true },
        }
    }

    fn username(&self) -> &str {
        match self {
            Self::User(Shown { username, .. }) | Self::Malformed { username, .. } => username,
        }
    }

    fn line(&self) -> String {
        match self {
            Self::User(Shown { username, cost, disabled, .. }) => {
                let cost = cost.as_deref().unwrap_or("can't be verified");
                format!("{username}  {cost}{}", if *disabled { "  disabled" } else { "" })
            }
            Self::Malformed { username, .. } => format!("{username}  malformed record"),
        }
    }
}

impl List {
    fn table(&self) -> String {
        let mut lines: Vec<String> = self.users.iter().map(Listed::line).collect();
        match self.users.last() {
            Some(last) if self.more => lines.push(format!("… more: --after {}", last.username())),
            Some(_) => {}
            None => lines.push("there are no users".to_owned()),
        }
        lines.join("\n")
    }
}
