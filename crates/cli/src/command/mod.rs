//! The commands, a file each.

mod api;
mod ask;
mod clock;
mod export;
mod import;
mod key;
mod plan;
mod progress;
mod run;
mod secret;
mod sync;
mod user;

pub(crate) use self::run::run;
