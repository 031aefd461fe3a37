//! What moving a table of users here means: which hashes there are and what each costs, which can't
//! be used, how long it takes until old hashes are replaced, and what Cloudflare charges.
//!
//! - `survey` reads the table, `tally` has its counts. `measured`: what hashes cost in workerd.
//! - `upgrading`: how old hashes decrease. `usage`: what logins use. `prices`: what that costs.
//! - `report`: the plan as data. `text`, `html` (with `chart`): the plan for people.

mod chart;
mod html;
mod measured;
mod prices;
mod report;
mod survey;
mod tally;
#[cfg(test)]
mod tests;
mod text;
mod upgrading;
mod usage;

pub(crate) use self::{
    html::html,
    measured::{Measured, UnusableMeasurements},
    report::{Assumptions, Report},
    survey::survey,
    text::text,
};
