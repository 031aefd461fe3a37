//! From the command that was typed to the function that does it.

use std::{collections::BTreeSet, env, fs, io, path::Path, process::ExitCode};

use accounts::Username;
use clap::CommandFactory;

use super::{api, export, import, key, plan, secret, user};
use crate::{
    api::Api,
    args::{Args, Command, PlaceArgs, SecretCommand, SessionArgs, SessionCommand, SomeUsers, StoreArgs, UserCommand},
    error::Error,
    io_error::IoError,
    output::Output,
    store::{self, Store},
    wrangler::{Place, Wrangler},
};

pub(crate) fn run(command: Command, output: &Output) -> Result<ExitCode, Error> {
    match command {
        Command::Secret { command: None } => secret::secret(output)?,
        Command::Secret { command: Some(SecretCommand::Rotate) } => secret::rotate(output)?,
        Command::Key { command } => key::key(&command, output)?,
        Command::Plan(args) => return plan::plan(&args, output),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Args::command(), "edge-login", &mut io::stdout());
        }
        Command::Session { command } => session_command(command, output)?,
        Command::User { command } => return user_command(command, output),
    }
    Ok(ExitCode::SUCCESS)
}

fn user_command(command: UserCommand, output: &Output) -> Result<ExitCode, Error> {
    match command {
        UserCommand::Add { username, subject, password, place } => match open_place(place)? {
            Opened::Store(store) => user::add(&store, &parse(&store, &username)?, subject, &password, output)?,
            Opened::Api(api) => api::add(&api, &sent(&username)?, subject.as_ref(), &password, output)?,
        },
        UserCommand::Passwd { username, password, place } => match open_place(place)? {
            Opened::Store(store) => user::passwd(&store, &parse(&store, &username)?, &password, output)?,
            Opened::Api(api) => api::passwd(&api, &sent(&username)?, &password, output)?,
        },
        UserCommand::Disable(args) => return set_disabled(args, true, output),
        UserCommand::Enable(args) => return set_disabled(args, false, output),
        UserCommand::Delete(SomeUsers { usernames, from, place }) => {
            let names = names(usernames, from.as_deref())?;
            return match open_place(place)? {
                Opened::Store(store) => user::delete(&store, &each(&names, |name| parse(&store, name))?, output),
                Opened::Api(api) => api::delete(&api, &each(&names, sent)?, output),
            };
        }
        UserCommand::List { after, limit, place } => match open_place(place)? {
            Opened::Store(store) => {
                let after = after.map(|after| parse(&store, &after)).transpose()?;
                return user::list(&store, after.as_ref(), limit, output);
            }
            Opened::Api(api) => api::list(&api, after.as_deref().map(sent).transpose()?.as_ref(), limit, output)?,
        },
        UserCommand::Show { username, place } => match open_place(place)? {
            Opened::Store(store) => user::show(&store, &parse(&store, &username)?, output)?,
            Opened::Api(api) => api::show(&api, &sent(&username)?, output)?,
        },
        UserCommand::Import(args) => return import::import(&open(&args.store)?, args, output),
        UserCommand::Export { file, store } => export::export(&open(&store)?, &file, output)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn session_command(command: SessionCommand, output: &Output) -> Result<(), Error> {
    let open =
        |args: SessionArgs| Ok::<_, Error>((sent(&args.username)?, Api::new(args.api, args.key_file.as_deref())?));
    match command {
        SessionCommand::List(args) => open(args).and_then(|(user, api)| api::list_sessions(&api, &user, output)),
        SessionCommand::End(args) => open(args).and_then(|(user, api)| api::end_sessions(&api, &user, output)),
    }
}

fn set_disabled(args: SomeUsers, disabled: bool, output: &Output) -> Result<ExitCode, Error> {
    let names = names(args.usernames, args.from.as_deref())?;
    match open_place(args.place)? {
        Opened::Store(store) => {
            user::set_disabled(&store, &each(&names, |name| parse(&store, name))?, disabled, output)
        }
        Opened::Api(api) => api::set_disabled(&api, &each(&names, sent)?, disabled, output),
    }
}

/// Where the users of a command are.
enum Opened {
    Store(Store),
    Api(Api),
}

fn open_place(args: PlaceArgs) -> Result<Opened, Error> {
    Ok(match args.api {
        Some(origin) => Opened::Api(Api::new(origin, args.key_file.as_deref())?),
        None => Opened::Store(open(&args.store)?),
    })
}

/// A username for the service, which applies its own `USERNAME_CASE`. A URL can't have `.` and `..`.
fn sent(username: &str) -> Result<Username, Error> {
    Username::parse(username).filter(|_| !matches!(username, "." | "..")).ok_or(Error::Username)
}

fn open(args: &StoreArgs) -> Result<Store, Error> {
    let folder = env::current_dir().map_err(IoError::of("the current folder can't be read"))?;
    let wrangler = Wrangler::find(&folder, if args.remote { Place::Remote } else { Place::Local })?;
    let kind = args.store.map_or_else(|| store::user_store(&wrangler), Ok)?;
    Ok(Store::new(kind, wrangler))
}

fn parse(store: &Store, username: &str) -> Result<Username, Error> {
    store::username_case(store.wrangler())?.username(username).ok_or(Error::Username)
}

/// The names that were typed, and those of the file.
fn names(mut names: Vec<String>, from: Option<&Path>) -> Result<Vec<String>, Error> {
    let failed = |path: &Path| IoError::of(format!("{} can't be read", path.display()));
    let file = match from {
        None => String::new(),
        Some(path) if path.as_os_str() == "-" => io::read_to_string(io::stdin()).map_err(failed(path))?,
        Some(path) => fs::read_to_string(path).map_err(failed(path))?,
    };
    let lines = file.trim_start_matches('\u{feff}').lines().filter(|line| !line.is_empty());
    names.extend(lines.map(str::to_owned));
    Ok(names)
}

/// The users of these names, each once.
fn each(names: &[String], parse: impl Fn(&str) -> Result<Username, Error>) -> Result<Vec<Username>, Error> {
    let users = names.iter().map(|name| parse(name));
    Ok(users.collect::<Result<BTreeSet<_>, _>>()?.into_iter().collect())
}
