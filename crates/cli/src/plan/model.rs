//! When users log in: each on their own, all equally often. So after some days a share of
//! `e^(-days · logins a day / users)` has not logged in yet.
//!
//! Real users differ more: the busy ones are upgraded sooner, the last ones later or never.

use serde::Serialize;

/// Days until a share of the users has logged in once.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Milestone {
    pub(super) percent: u32,
    pub(super) days: f64,
}

pub(super) const PERCENTS: [u32; 3] = [50, 90, 99];

/// The share that has logged in after so many days.
pub(super) fn upgraded(days: f64, users: f64, logins_per_day: f64) -> f64 {
    if users > 0.0 { 1.0 - (-days * logins_per_day / users).exp() } else { 1.0 }
}

pub(super) fn milestones(users: f64, logins_per_day: f64) -> Vec<Milestone> {
    let days = |percent| -(1.0 - f64::from(percent) / 100.0).ln() * users / logins_per_day;
    PERCENTS.map(|percent| Milestone { percent, days: days(percent) }).into()
}
