//! `edge-login`: the operator's command line. It makes secrets, looks after users in D1 or KV
//! through the installed wrangler, imports and exports them, and plans a migration.
//!
//! - `args`: what can be typed. `command`: a file for each command.
//! - `table`: user tables as they come. `store`: users in D1 and KV. `import`: what makes a table
//!   of any length go in, once, in order.
//! - `plan`: what a migration will be like.
//! - `wrangler`: the one program that is called. `private`: files with hashes in them.

mod args;
mod command;
mod error;
mod exit_code;
mod import;
mod io_error;
mod output;
mod password;
mod plan;
mod private;
mod random;
mod store;
mod table;
mod wrangler;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    // Where that can't be set up, Ctrl-C ends the program all the same.
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
