use std::path::PathBuf;

use accounts::UserStore;
use clap::{
    Args as Arguments, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use clap_complete::Shell;

const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  the store, wrangler or a file failed
  2  the command was typed wrong
  3  the input can't be used: a table, or a password
  4  there is no such user, or there is one already
  5  it went through, but the table has rows that can't be used
  130  interrupted

Example:
  edge-login user import users.csv --remote";

/// Looks after the users of edge-login
#[derive(Debug, Parser)]
#[command(name = "edge-login", version, after_help = EXIT_CODES)]
pub(crate) struct Args {
    /// Answer in JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Print a new secret to sign tokens with
    #[command(after_help = "Example:\n  edge-login secret | npx wrangler secret put SECRET_KEY")]
    Secret,
    /// Add, change, list, import and export users
    #[command(after_help = "Example:\n  edge-login user add alice --local")]
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Say what moving a table of users here means, without storing it
    #[command(after_help = "\
Reads the table that `edge-login user import` would and says how many users have which hashes, what
each costs in CPU and memory, which can't be used and why, how long until old hashes are replaced,
and what that costs. What a login takes was measured; the rest is a model that says what it assumes.

Example:
  edge-login plan users.csv --logins-per-day 5000 --html plan.html")]
    Plan(PlanArgs),
    /// Print a script that completes commands in a shell
    #[command(
        after_help = "Example:\n  edge-login completions bash > ~/.local/share/bash-completion/completions/edge-login"
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Add a user, with a password from a prompt
    #[command(
        after_help = "Example:\n  edge-login user add alice\n  pass show alice | edge-login user add alice --password-stdin --remote"
    )]
    Add {
        /// The name to log in with
        username: String,
        #[command(flatten)]
        password: PasswordSource,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Give a user a new password
    #[command(after_help = "Example:\n  edge-login user passwd alice --remote")]
    Passwd {
        /// The user
        username: String,
        #[command(flatten)]
        password: PasswordSource,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Keep a user from logging in
    #[command(after_help = "Example:\n  edge-login user disable alice --remote")]
    Disable {
        /// The user
        username: String,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Let a disabled user log in again
    #[command(after_help = "Example:\n  edge-login user enable alice --remote")]
    Enable {
        /// The user
        username: String,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Delete a user
    #[command(after_help = "Example:\n  edge-login user delete alice --remote")]
    Delete {
        /// The user
        username: String,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// List users in the order of their names
    #[command(after_help = "Example:\n  edge-login user list --after alice --limit 20")]
    List {
        /// Begin after this name
        #[arg(long)]
        after: Option<String>,
        /// At most so many
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Show what is stored of a user, but for the hash
    #[command(after_help = "Example:\n  edge-login user show alice --json")]
    Show {
        /// The user
        username: String,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Load a table of users with their password hashes
    #[command(after_help = "\
The table is CSV with a header, or JSON Lines: username,password_hash and, if there are, disabled, is_active,
created_at, changed_at. The names of Django's, fastapi-users', Flask's and Better Auth's columns are understood too.
Users who are there already stay as they are: running it again changes nothing. Interrupted, it goes on where it was.

Example:
  edge-login user import users.csv
  psql -c \"COPY (SELECT username, password FROM auth_user) TO STDOUT CSV HEADER\" | edge-login user import - --remote")]
    Import {
        /// The table; `-` for standard input
        file: PathBuf,
        /// Where to write rows that can't be used [default: FILE.rejected.csv]
        #[arg(long, value_name = "FILE")]
        rejected: Option<PathBuf>,
        #[command(flatten)]
        store: StoreArgs,
    },
    /// Write all users as CSV that can be imported again
    #[command(after_help = "Example:\n  edge-login user export users.csv --remote")]
    Export {
        /// The file to write, which must not be there yet; `-` for standard output
        file: PathBuf,
        #[command(flatten)]
        store: StoreArgs,
    },
}

#[derive(Debug, Arguments)]
pub(crate) struct PlanArgs {
    /// The table, CSV or JSON Lines; `-` for standard input
    pub(crate) file: PathBuf,
    /// Logins of all users together [default: one a week for each user]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(crate) logins_per_day: Option<f64>,
    /// The store that the users are to be in
    #[arg(long, value_parser = store_parser(), default_value = UserStore::D1.name())]
    pub(crate) store: UserStore,
    /// The `KV_UPGRADES_PER_DAY` that is to be set, for KV
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub(crate) kv_upgrades_per_day: u32,
    /// Write the plan as a page with charts, too
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

#[derive(Debug, Arguments)]
pub(crate) struct PasswordSource {
    /// Read the password from standard input, its first line
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Arguments)]
pub(crate) struct StoreArgs {
    /// The store of `wrangler dev` on this machine (the default)
    #[arg(long, conflicts_with = "remote")]
    pub(crate) local: bool,
    /// The deployed store
    #[arg(long)]
    pub(crate) remote: bool,
    /// Which store [default: the one that is configured]
    #[arg(long, value_parser = store_parser())]
    pub(crate) store: Option<UserStore>,
}

fn store_parser() -> impl TypedValueParser<Value = UserStore> {
    let names = PossibleValuesParser::new(UserStore::ALL.map(UserStore::name));
    names.try_map(|name| UserStore::parse(&name).ok_or("there is no such store"))
}

fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "it is no number above 0".to_owned())
}
