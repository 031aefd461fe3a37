//! What can be typed, and the help.

use std::{num::NonZeroUsize, path::PathBuf};

use accounts::{InvalidSubject, Subject, UserStore};
use clap::{
    Args as Arguments, Parser, Subcommand,
    builder::{PossibleValuesParser, TypedValueParser},
};
use clap_complete::Shell;

use crate::{api::Origin, signing_keys::Algorithm, sync::Share};

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    the store, wrangler or a file failed
  2    the arguments are invalid
  3    a table, a username or a password can't be used
  4    the user does not exist, or exists already
  5    done, but some rows or users can't be used
  130  interrupted

Example:
  edge-login user import users.csv --remote";

/// Manage the users of edge-login
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
    /// Print a new secret for signing tokens
    #[command(after_help = "Example:\n  edge-login secret | npx wrangler secret put SECRET_KEY")]
    Secret {
        #[command(subcommand)]
        command: Option<SecretCommand>,
    },
    /// Make keys for signatures that everyone can verify, and take them through their life
    #[command(after_help = "\
A key is on standby, then current, then previous, then revoked. Services learn the keys from /.well-known/jwks.json, \
and may keep them for ten minutes: that is how long a key has to be on standby before it signs. Without a current key, \
tokens are signed with HS256 and SECRET_KEY.

Example:
  edge-login key new
  npx wrangler secret put SIGNING_KEYS < signing-keys.json")]
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Add, change, list, import and export users
    #[command(after_help = "Example:\n  edge-login user add alice --local")]
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// List where a user is logged in, or log the user out everywhere
    #[command(after_help = "Example:\n  edge-login session list alice --api https://login.example.com")]
    Session {
        #[command(subcommand)]
        command: SessionCommand,
    },
    /// Show what moving a table of users here means, without storing it
    #[command(after_help = "\
Reads the same tables as `edge-login user import`. Shows how many users have which hashes, what each \
hash costs in CPU and memory, which rows can't be used and why, how long it takes until old hashes are \
replaced, and what that costs. The CPU and memory of a login were measured; the rest is a model, and \
the plan says what it assumes.

Example:
  edge-login plan users.csv --logins-per-day 5000 --html plan.html")]
    Plan(PlanArgs),
    /// Print a completion script for a shell
    #[command(
        after_help = "Example:\n  edge-login completions bash > ~/.local/share/bash-completion/completions/edge-login"
    )]
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum SecretCommand {
    /// Print the steps for replacing the secret: planned, and after it leaked
    #[command(after_help = "Example:\n  edge-login secret rotate")]
    Rotate,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key, on standby
    #[command(after_help = "Example:\n  edge-login key new --algorithm EdDSA")]
    New {
        /// What it signs with
        #[arg(long, value_name = "NAME", default_value = "ES256", value_enum)]
        algorithm: Algorithm,
        #[command(flatten)]
        keys: KeysFile,
    },
    /// Make the key on standby sign
    #[command(after_help = "Example:\n  edge-login key use")]
    Use {
        /// The key [default: the one on standby]
        kid: Option<String>,
        #[command(flatten)]
        keys: KeysFile,
    },
    /// End a key, and all tokens that it signed
    #[command(after_help = "Example:\n  edge-login key revoke kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    Revoke {
        /// The key
        kid: String,
        #[command(flatten)]
        keys: KeysFile,
    },
    /// List the keys of the file
    #[command(after_help = "Example:\n  edge-login key list")]
    List {
        #[command(flatten)]
        keys: KeysFile,
    },
}

#[derive(Debug, Arguments)]
pub(crate) struct KeysFile {
    /// The file of keys, which only you can read. Keep it out of version control
    #[arg(long = "keys", value_name = "FILE", default_value = Self::DEFAULT)]
    pub(crate) file: PathBuf,
}

impl KeysFile {
    pub(crate) const DEFAULT: &str = "signing-keys.json";
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Add a user, asking for the password
    #[command(
        after_help = "Example:\n  edge-login user add alice\n  pass show alice | edge-login user add alice --password-stdin --remote"
    )]
    Add {
        /// The name to log in with
        username: String,
        /// What the user's tokens have as `sub` [default: the username]. No other user may have it
        #[arg(long, value_parser = subject)]
        subject: Option<Subject>,
        #[command(flatten)]
        password: PasswordSource,
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Give a user a new password
    #[command(after_help = "Example:\n  edge-login user passwd alice --remote")]
    Passwd {
        /// The user
        username: String,
        #[command(flatten)]
        password: PasswordSource,
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Disable users, who then can't log in
    #[command(
        after_help = "Example:\n  edge-login user disable alice bob --remote\n  edge-login user disable --from leavers.txt --remote"
    )]
    Disable(SomeUsers),
    /// Enable disabled users
    #[command(after_help = "Example:\n  edge-login user enable alice bob --remote")]
    Enable(SomeUsers),
    /// Delete users
    #[command(after_help = "Example:\n  edge-login user delete alice bob --remote")]
    Delete(SomeUsers),
    /// List users in order of username
    #[command(after_help = "\
A user whose record is malformed is listed as such. The exit code is then 5.

Example:\n  edge-login user list --after alice --limit 20")]
    List {
        /// Start after this username; through the service API in front of KV, after what an earlier list said
        #[arg(long)]
        after: Option<String>,
        /// List at most this many users
        #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
        limit: u32,
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Show what is stored about a user, except the hash
    #[command(after_help = "Example:\n  edge-login user show alice --json")]
    Show {
        /// The user
        username: String,
        #[command(flatten)]
        place: PlaceArgs,
    },
    /// Import a table of users with their password hashes
    #[command(after_help = "\
The table is CSV with a header (separated by commas, semicolons, tabs or pipes), or JSON Lines. It needs the columns \
username, password_hash, and disabled, is_active or banned. It may also have ban_expires, subject, claims, created_at \
and changed_at. The column names of Django, fastapi-users, Flask and Better Auth work too. If no column says who is \
disabled, nothing is imported without --all-enabled or a yes at the terminal.

Users who already exist stay unchanged, so an import can be repeated. With --update, their hash, disabled, subject and \
claims become what the table says; but a hash that was upgraded here from the one in the table stays. A row that can't be \
used disables the user if it says so or has no password, and changes nothing else. An interrupted \
import resumes where it stopped.

With --sync the users of a deployed Worker become those of the table, through its service API: the import adds, changes, and \
disables whoever is gone from the table. It prints what it will do, and asks at a terminal; elsewhere it wants --yes.

While the deployed D1 stores a chunk of the table, it answers no queries, and logins are refused with 503. --chunk-rows \
bounds these pauses. Chunks of up to 98,000 bytes of SQL, some 400 rows, cause none.

Example:
  edge-login user import users.csv
  psql -c \"COPY (SELECT username, password, is_active FROM auth_user) TO STDOUT CSV HEADER\" | edge-login user import - --remote
  edge-login user import users.csv --sync --api https://login.example.com --yes")]
    Import(ImportArgs),
    /// Export all users as CSV that can be imported again
    #[command(after_help = "\
Users whose record is malformed are left out. The first 20 are named at the end, and the exit code is then 5.

Example:\n  edge-login user export users.csv --remote")]
    Export {
        /// The file to write, which must not exist; `-` for standard output
        file: PathBuf,
        #[command(flatten)]
        store: StoreArgs,
    },
}

#[derive(Debug, Arguments)]
pub(crate) struct SomeUsers {
    /// The users
    #[arg(required_unless_present = "from")]
    pub(crate) usernames: Vec<String>,
    /// A file with a username on each line; `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
}

#[derive(Debug, Arguments)]
pub(crate) struct ImportArgs {
    /// The table; `-` for standard input
    pub(crate) file: PathBuf,
    /// Import all users as enabled, if no column says who is disabled
    #[arg(long)]
    pub(crate) all_enabled: bool,
    /// Also change existing users, where the table differs
    #[arg(long)]
    pub(crate) update: bool,
    /// Store at most this many rows at a time [default: 350000 in D1, 10000 in KV]
    #[arg(long, value_name = "N")]
    pub(crate) chunk_rows: Option<NonZeroUsize>,
    /// Where to write the rows that can't be used [default: FILE.rejected.csv]
    #[arg(long, value_name = "FILE")]
    pub(crate) rejected: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) sync: SyncArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Debug, Arguments)]
pub(crate) struct SyncArgs {
    /// Make the users of a Worker those of the table: add, change, and disable who is gone
    #[arg(long, requires = "api", conflicts_with_all = ["update", "chunk_rows", "local", "remote", "store"])]
    pub(crate) sync: bool,
    /// The Worker whose service API to use, as `https://login.example.com`. The key comes from
    /// `EDGE_LOGIN_KEY`, --key-file or a prompt
    #[arg(long, value_name = "URL", value_parser = Origin::parse, requires = "sync")]
    pub(crate) api: Option<Origin>,
    /// A file with the service key
    #[arg(long, value_name = "FILE", requires = "api")]
    pub(crate) key_file: Option<PathBuf>,
    /// Change nothing if more than this share of those who can log in would be disabled
    #[arg(long, value_name = "SHARE", default_value = "10%", requires = "sync")]
    pub(crate) max_disabled: Share,
    /// Don't ask
    #[arg(long, requires = "sync")]
    pub(crate) yes: bool,
}

#[derive(Debug, Arguments)]
pub(crate) struct PlanArgs {
    /// The table, CSV or JSON Lines; `-` for standard input
    pub(crate) file: PathBuf,
    /// Logins per day of all users together [default: one per user and week]
    #[arg(long, value_name = "N", value_parser = positive)]
    pub(crate) logins_per_day: Option<f64>,
    /// Refreshes per day of all users together; 0 if refresh tokens are off
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) refreshes_per_day: u32,
    /// Changes of users per day through the service API, beyond the move
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) changes_per_day: u32,
    /// The store that the users will be in [default: the configured one]
    #[arg(long, value_parser = store_parser())]
    pub(crate) store: Option<UserStore>,
    /// The `KV_UPGRADES_PER_DAY` that you will set, for KV
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub(crate) kv_upgrades_per_day: u32,
    /// Also write the plan as an HTML page with charts
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
}

#[derive(Debug, Arguments)]
pub(crate) struct PasswordSource {
    /// Read the password from the first line of standard input
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SessionCommand {
    /// List a user's sessions that have a refresh token
    #[command(after_help = "Example:\n  edge-login session list alice --api https://login.example.com")]
    List(SessionArgs),
    /// End all sessions of a user, and all access tokens
    #[command(after_help = "Example:\n  edge-login session end alice --api https://login.example.com")]
    End(SessionArgs),
}

#[derive(Debug, Arguments)]
pub(crate) struct SessionArgs {
    /// The user
    pub(crate) username: String,
    /// The Worker whose service API to ask, as `https://login.example.com`. The key comes from
    /// `EDGE_LOGIN_KEY`, --key-file or a prompt
    #[arg(long, value_name = "URL", value_parser = Origin::parse)]
    pub(crate) api: Origin,
    /// A file with the service key
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
}

/// A store, or the service API in front of it.
#[derive(Debug, Arguments)]
pub(crate) struct PlaceArgs {
    #[command(flatten)]
    pub(crate) store: StoreArgs,
    /// Use the service API of this Worker instead, as `https://login.example.com`. The key comes from
    /// `EDGE_LOGIN_KEY`, --key-file or a prompt
    #[arg(long, value_name = "URL", value_parser = Origin::parse, conflicts_with_all = ["local", "remote", "store"])]
    pub(crate) api: Option<Origin>,
    /// A file with the service key
    #[arg(long, value_name = "FILE", requires = "api")]
    pub(crate) key_file: Option<PathBuf>,
}

#[derive(Debug, Arguments)]
pub(crate) struct StoreArgs {
    /// Use the local store of `wrangler dev` (the default)
    #[arg(long, conflicts_with = "remote")]
    pub(crate) local: bool,
    /// Use the deployed store
    #[arg(long)]
    pub(crate) remote: bool,
    /// The store to use [default: the configured one]
    #[arg(long, value_parser = store_parser())]
    pub(crate) store: Option<UserStore>,
}

fn store_parser() -> impl TypedValueParser<Value = UserStore> {
    let names = PossibleValuesParser::new(UserStore::ALL.map(UserStore::name));
    names.try_map(|name| UserStore::parse(&name).ok_or("it must be the name of a store"))
}

fn subject(subject: &str) -> Result<Subject, InvalidSubject> {
    subject.to_owned().try_into()
}

fn positive(number: &str) -> Result<f64, String> {
    let number = number.parse().ok().filter(|number: &f64| number.is_finite() && *number > 0.0);
    number.ok_or_else(|| "it must be a number above 0".to_owned())
}
