//! From the command that was typed to the function that does it.

use std::{collections::BTreeSet, env, fs, io, path::Path, process::ExitCode};

use accounts::Username;
use clap::CommandFactory;

use super::{export, import, key, plan, secret, user};
use crate::{
    args::{Args, Command, SecretCommand, SomeUsers, StoreArgs, UserCommand},
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
        Command::User { command } => return user_command(command, output),
    }
    Ok(ExitCode::SUCCESS)
}

fn user_command(command: UserCommand, output: &Output) -> Result<ExitCode, Error> {
    match command {
        UserCommand::Add { username, subject, password, store } => {
            let store = open(&store)?;
            user::add(&store, &parse(&store, &username)?, subject, &password, output)?;
        }
        UserCommand::Passwd { username, password, store } => {
            let store = open(&store)?;
            user::passwd(&store, &parse(&store, &username)?, &password, output)?;
        }
        UserCommand::Disable(args) => {
            let store = open(&args.store)?;
            return user::set_disabled(&store, &usernames(&store, &args)?, true, output);
        }
        UserCommand::Enable(args) => {
            let store = open(&args.store)?;
            return user::set_disabled(&store, &usernames(&store, &args)?, false, output);
        }
        UserCommand::Delete(args) => {
            let store = open(&args.store)?;
            return user::delete(&store, &usernames(&store, &args)?, output);
        }
        UserCommand::List { after, limit, store } => {
            let store = open(&store)?;
            let after = after.map(|after| parse(&store, &after)).transpose()?;
            return user::list(&store, after.as_ref(), limit, output);
        }
        UserCommand::Show { username, store } => {
            let store = open(&store)?;
            user::show(&store, &parse(&store, &username)?, output)?;
        }
        UserCommand::Import(args) => return import::import(&open(&args.store)?, args, output),
        UserCommand::Export { file, store } => export::export(&open(&store)?, &file, output)?,
    }
    Ok(ExitCode::SUCCESS)
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

/// The users that were named, and those of the file, each once.
fn usernames(store: &Store, args: &SomeUsers) -> Result<Vec<Username>, Error> {
    let failed = |path: &Path| IoError::of(format!("{} can't be read", path.display()));
    let file = match args.from.as_deref() {
        None => String::new(),
        Some(path) if path.as_os_str() == "-" => io::read_to_string(io::stdin()).map_err(failed(path))?,
        Some(path) => fs::read_to_string(path).map_err(failed(path))?,
    };
    let lines = file.trim_start_matches('\u{feff}').lines().filter(|line| !line.is_empty());
    let names = args.usernames.iter().map(String::as_str).chain(lines).map(|name| parse(store, name));
    Ok(names.collect::<Result<BTreeSet<_>, _>>()?.into_iter().collect())
}
