//! From the command that was typed to the function that does it.

use std::{env, io, process::ExitCode};

use accounts::Username;
use clap::CommandFactory;

use super::{export, import, plan, secret, user};
use crate::{
    args::{Args, Command, StoreArgs, UserCommand},
    error::Error,
    io_error::IoError,
    output::Output,
    store::{self, Store},
    wrangler::{Place, Wrangler},
};

pub(crate) fn run(command: Command, output: &Output) -> Result<ExitCode, Error> {
    match command {
        Command::Secret => secret::secret(output)?,
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
        UserCommand::Add { username, password, store } => {
            user::add(&open(&store)?, &parse(&username)?, &password, output)?;
        }
        UserCommand::Passwd { username, password, store } => {
            user::passwd(&open(&store)?, &parse(&username)?, &password, output)?;
        }
        UserCommand::Disable { username, store } => {
            user::set_disabled(&open(&store)?, &parse(&username)?, true, output)?;
        }
        UserCommand::Enable { username, store } => {
            user::set_disabled(&open(&store)?, &parse(&username)?, false, output)?;
        }
        UserCommand::Delete { username, store } => user::delete(&open(&store)?, &parse(&username)?, output)?,
        UserCommand::List { after, limit, store } => {
            let after = after.as_deref().map(parse).transpose()?;
            return user::list(&open(&store)?, after.as_ref(), limit, output);
        }
        UserCommand::Show { username, store } => user::show(&open(&store)?, &parse(&username)?, output)?,
        UserCommand::Import(args) => return import::import(&open(&args.store)?, args, output),
        UserCommand::Export { file, store } => export::export(&open(&store)?, &file, output)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn open(args: &StoreArgs) -> Result<Store, Error> {
    let folder = env::current_dir().map_err(IoError::of("the current folder can't be read"))?;
    let wrangler = Wrangler::find(&folder, if args.remote { Place::Remote } else { Place::Local })?;
    let kind = args.store.unwrap_or_else(|| store::configured(&wrangler));
    Ok(Store::new(kind, wrangler))
}

fn parse(username: &str) -> Result<Username, Error> {
    Username::parse(username).ok_or(Error::Username)
}
