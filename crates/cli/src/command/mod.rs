//! The commands, a file each.

mod api;
mod clock;
mod export;
mod import;
mod key;
mod plan;
mod progress;
mod run;
mod secret;
mod user;

pub(crate) use self::run::run;
