//! What a migration will be like: a table of users in, a [`Report`] out, which `text` and `html`
//! write down.
//!
//! - `measured`: what hashing costs, by `bench/formats`. `model`: when users log in. `prices`: what
//!   Cloudflare asks for what is used.

mod chart;
mod html;
mod measured;
mod model;
mod prices;
mod report;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use self::{
    html::html,
    report::{Report, Rows},
    text::text,
};
