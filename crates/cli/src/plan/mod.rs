//! What moving a table of users here means: which hashes there are and what each costs, which can't
//! be used, how long until they are replaced, and what Cloudflare charges.
//!
//! - `tally`: the table, counted. `measured`: what hashes cost in workerd.
//! - `upgrading`: how old hashes go. `usage`: what logins use. `prices`: what that costs.
//! - `report`: all of it as data. `text`, `html` (with `chart`): the same for people.

mod chart;
mod figures;
mod html;
mod measured;
mod prices;
mod report;
mod tally;
mod text;
mod upgrading;
mod usage;

pub(crate) use self::{
    html::html,
    measured::{Measured, UnusableMeasurements},
    report::{Assumptions, Report},
    tally::Tally,
    text::text,
};
