//! `edge-login`: the operator's command line. It makes secrets, manages users in D1 or KV through the
//! project's wrangler, imports and exports them, and plans a migration.
//!
//! - `args`: what can be typed. `command`: a file for each command. `error`, `exit_code`: how they fail.
//! - `table`: tables of users from other systems. `import`: the steps of an import.
//! - `store`: users in D1 and KV. `wrangler`: the only program that is called.
//! - `api`: users and sessions through the service API of a deployed Worker.
//! - `plan`: what a migration will be like.
//! - `password`: new passwords. `signing_keys`: keys for tokens.

mod api;
mod args;
mod command;
mod error;
mod exit_code;
mod figures;
mod import;
mod io_error;
mod output;
mod password;
mod plan;
mod private;
mod random;
mod signing_keys;
mod store;
mod table;
mod wrangler;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    // Without the handler Ctrl-C still ends the program, but may leave a temporary file.
    let _ = ctrlc::set_handler(store::interrupted);
    let output = output::Output { json: args.json };
    match command::run(args.command, &output) {
        Ok(code) => code,
        Err(error) => {
            output.error(&error);
            error.exit_code()
        }
    }
}
