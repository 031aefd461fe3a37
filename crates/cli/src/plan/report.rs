//! The plan as data, which `--json` prints.

use std::collections::BTreeMap;

use accounts::UserStore;
use passwords::Cost;
use serde::Serialize;

use super::{
    measured::{Measured, Origin, UnusableMeasurements},
    prices::{Meter, PRICES, READ_ON, SOURCES, SUBSCRIPTION},
    tally::{Kind, Refused, Tally, Users},
    upgrading::Upgrading,
    usage::{HashCpu, Logins, guard_shards, usage},
};
use crate::{figures::real, table::Headings};

const MONTH: f64 = 30.0;
/// The parts of the old hashes for which a date is given.
const PARTS: [f64; 3] = [0.5, 0.9, 0.99];
/// Points of the curve.
const POINTS: u32 = 60;

/// What the table does not say.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Assumptions {
    pub(crate) store: UserStore,
    /// Of all users together.
    pub(crate) logins_per_day: f64,
    /// Of all users together; 0 if there are no refresh tokens.
    pub(crate) refreshes_per_day: u32,
    /// Of all users together, through the service API.
    pub(crate) changes_per_day: u32,
    /// The limit of KV's queue; `None` for D1.
    pub(crate) upgrades_per_day: Option<u32>,
}

/// Everything there is to say about a table.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// The table's name.
    pub(crate) table: String,
    pub(crate) rows: u64,
    /// Which columns are used, and which are ignored.
    pub(crate) columns: Headings,
    /// What people should look at, a line each.
    pub(crate) warnings: Vec<String>,
    /// Users who can log in.
    pub(crate) users: u64,
    pub(crate) disabled: u64,
    /// Rows that can't be used.
    pub(crate) rejected: u64,
    /// Kinds of hashes, the most common first.
    pub(crate) hashes: Vec<Hashes>,
    pub(crate) refused: Vec<Refused>,
    pub(crate) measured: Origin,
    /// `None` if nobody can log in.
    #[serde(flatten)]
    pub(crate) outlook: Option<Outlook>,
}

/// Users with hashes of one kind.
#[derive(Debug, Serialize)]
pub(crate) struct Hashes {
    pub(crate) format: &'static str,
    pub(crate) cost: String,
    pub(crate) users: u64,
    pub(crate) disabled: u64,
    /// Whether new hashes are like these, so that there is nothing to replace.
    pub(crate) current: bool,
    /// CPU time of a whole login.
    pub(crate) cpu_ms: f64,
    /// WebAssembly memory during a login.
    pub(crate) memory_bytes: f64,
}

/// What happens when the users log in.
#[derive(Debug, Serialize)]
pub(crate) struct Outlook {
    pub(crate) assumptions: Assumptions,
    pub(crate) upgrades: Upgrades,
    pub(crate) free_plan: FreePlan,
    pub(crate) paid_plan: PaidPlan,
    /// The value for `UNKNOWN_USER_FORMAT`: the most common cost.
    pub(crate) unknown_user_format: String,
    /// The `GUARD_SHARDS` that remember the networks of all users, even if all are in one region.
    pub(crate) guard_shards: u32,
    pub(crate) prices_of: &'static str,
    pub(crate) price_sources: [&'static str; 4],
}

/// How old hashes are replaced.
#[derive(Debug, Serialize)]
pub(crate) struct Upgrades {
    /// Users who can log in with a hash that is to be replaced.
    pub(crate) old: u64,
    pub(crate) milestones: Vec<Milestone>,
    pub(crate) curve: Vec<Point>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Milestone {
    /// The part of the old hashes.
    pub(crate) part: f64,
    /// Days until they are replaced; `None` if that never happens.
    pub(crate) days: Option<f64>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Point {
    pub(crate) day: f64,
    /// The part of the old hashes that is left.
    pub(crate) left: f64,
}

/// Use of the daily limits.
#[derive(Debug, Serialize)]
pub(crate) struct FreePlan {
    pub(crate) suffices: bool,
    pub(crate) limits: Vec<Limit>,
}

/// A daily limit and its use.
#[derive(Debug, Serialize)]
pub(crate) struct Limit {
    pub(crate) meter: Meter,
    pub(crate) name: &'static str,
    /// The first day after the move.
    pub(crate) first_day: f64,
    /// A day on which all hashes are current.
    pub(crate) later_day: f64,
    pub(crate) per_day: f64,
}

/// What a month costs, in US dollars.
#[derive(Debug, Serialize)]
pub(crate) struct PaidPlan {
    pub(crate) subscription: f64,
    pub(crate) first_month: f64,
    pub(crate) later_month: f64,
    pub(crate) meters: Vec<Billed>,
}

/// The use of a month, and what it costs beyond the subscription.
#[derive(Debug, Serialize)]
pub(crate) struct Billed {
    pub(crate) meter: Meter,
    pub(crate) name: &'static str,
    pub(crate) included: f64,
    /// The price beyond what is included.
    pub(crate) dollars_per_million: f64,
    pub(crate) first_month: f64,
    pub(crate) first_month_dollars: f64,
    pub(crate) later_month: f64,
    pub(crate) later_month_dollars: f64,
}

impl Limit {
    /// The part of the limit that the busier of the two days uses.
    pub(crate) fn share(&self) -> f64 {
        self.first_day.max(self.later_day) / self.per_day
    }
}

impl FreePlan {
    /// The limit that is exceeded first.
    pub(crate) fn tightest(&self) -> Option<&Limit> {
        self.limits.iter().max_by(|one, other| one.share().total_cmp(&other.share()))
    }
}

impl Report {
    /// `assume` is told how many users can log in.
    pub(crate) fn new(
        table: String,
        tally: &Tally,
        measured: &Measured,
        assume: impl FnOnce(f64) -> Assumptions,
    ) -> Result<Self, UnusableMeasurements> {
        let refused = tally.refused();
        let mut hashes = Vec::with_capacity(tally.kinds.len());
        for (Kind { format, cost, current }, Users { enabled, disabled }) in &tally.kinds {
            hashes.push(Hashes {
                format: format.name(),
                cost: cost.to_string(),
                users: *enabled,
                disabled: *disabled,
                current: *current,
                cpu_ms: measured.login_cpu_ms + measured.hash_cpu_ms(*cost)?,
                memory_bytes: measured.memory_bytes(*cost)?,
            });
        }
        hashes.sort_by_key(|hashes| std::cmp::Reverse(hashes.users + hashes.disabled));
        let sum = |of: fn(&Hashes) -> u64| hashes.iter().map(of).sum::<u64>();
        let users = sum(|hashes| hashes.users);
        Ok(Self {
            table,
            rows: tally.rows,
            columns: tally.columns.clone(),
            warnings: tally.warnings.clone(),
            users,
            disabled: sum(|hashes| hashes.disabled),
            rejected: refused.iter().map(|refused| refused.users).sum(),
            outlook: if users > 0 { Some(Outlook::new(&hashes, measured, assume(real(users)))?) } else { None },
            hashes,
            refused,
            measured: measured.origin.clone(),
        })
    }
}

impl Outlook {
    fn new(hashes: &[Hashes], measured: &Measured, assumptions: Assumptions) -> Result<Self, UnusableMeasurements> {
        let users = real(hashes.iter().map(|hashes| hashes.users).sum());
        let old_hashes = || hashes.iter().filter(|hashes| !hashes.current);
        let old = old_hashes().map(|hashes| hashes.users).sum();
        let old_ms: f64 = old_hashes().map(|hashes| real(hashes.users) * (hashes.cpu_ms - measured.login_cpu_ms)).sum();
        let hash = HashCpu { old_ms: old_ms / real(old).max(1.0), current_ms: measured.hash_cpu_ms(Cost::CURRENT)? };
        let logins = assumptions.logins_per_day;
        let upgrading = Upgrading::new(users, real(old), logins, assumptions.upgrades_per_day.map(f64::from));
        // First logins decrease as old hashes would if all were old.
        let first_logins = Upgrading::new(users, users, logins, None);
        let used = |logins: &Logins| usage(logins, hash, measured, assumptions.store);
        let from_the_move = |days: f64| Logins {
            days,
            all: logins * days,
            refreshes: f64::from(assumptions.refreshes_per_day) * days,
            changes: f64::from(assumptions.changes_per_day) * days,
            first: first_logins.upgrades(days),
            old: upgrading.old_logins(days),
            upgraded: upgrading.upgrades(days),
            guard_rows: users - first_logins.old_logins(days) / (logins / users * days),
        };
        let later = |days: f64| Logins {
            days,
            all: logins * days,
            refreshes: f64::from(assumptions.refreshes_per_day) * days,
            changes: f64::from(assumptions.changes_per_day) * days,
            first: 0.0,
            old: 0.0,
            upgraded: 0.0,
            // The guard knows a network for a month.
            guard_rows: first_logins.upgrades(MONTH),
        };
        let (first_day, later_day) = (used(&from_the_move(1.0)), used(&later(1.0)));
        let (first_month, later_month) = (used(&from_the_move(MONTH)), used(&later(MONTH)));
        let in_use = || PRICES.iter().filter(|price| first_day.contains_key(&price.meter));
        let amount = |of: &BTreeMap<Meter, f64>, meter| of.get(&meter).copied().unwrap_or_default();
        let limits: Vec<Limit> = in_use()
            .filter_map(|price| {
                Some(Limit {
                    meter: price.meter,
                    name: price.name,
                    first_day: amount(&first_day, price.meter),
                    later_day: amount(&later_day, price.meter),
                    per_day: price.free_per_day?,
                })
            })
            .collect();
        let meters: Vec<Billed> = in_use()
            .map(|price| {
                let (first, later) = (amount(&first_month, price.meter), amount(&later_month, price.meter));
                Billed {
                    meter: price.meter,
                    name: price.name,
                    included: price.included(),
                    dollars_per_million: price.dollars_per_million,
                    first_month: first,
                    first_month_dollars: price.dollars(first),
                    later_month: later,
                    later_month_dollars: price.dollars(later),
                }
            })
            .collect();
        let milestones: Vec<Milestone> =
            PARTS.into_iter().map(|part| Milestone { part, days: upgrading.days_until(part) }).collect();
        Ok(Self {
            upgrades: Upgrades { old, curve: curve(&upgrading, real(old), &milestones), milestones },
            free_plan: FreePlan { suffices: limits.iter().all(|limit| limit.share() <= 1.0), limits },
            paid_plan: PaidPlan {
                subscription: SUBSCRIPTION,
                first_month: SUBSCRIPTION + meters.iter().map(|billed| billed.first_month_dollars).sum::<f64>(),
                later_month: SUBSCRIPTION + meters.iter().map(|billed| billed.later_month_dollars).sum::<f64>(),
                meters,
            },
            unknown_user_format: most_common(hashes),
            guard_shards: guard_shards(users),
            prices_of: READ_ON,
            price_sources: SOURCES,
            assumptions,
        })
    }
}

fn most_common(hashes: &[Hashes]) -> String {
    let mut costs = BTreeMap::<&str, u64>::new();
    for hashes in hashes {
        *costs.entry(&hashes.cost).or_default() += hashes.users;
    }
    costs.into_iter().max_by_key(|(_, users)| *users).map_or_else(String::new, |(cost, _)| cost.to_owned())
}

/// The curve up to the last milestone that is reached.
fn curve(upgrading: &Upgrading, old: f64, milestones: &[Milestone]) -> Vec<Point> {
    let end = milestones.iter().filter_map(|milestone| milestone.days).fold(0.0, f64::max);
    if old == 0.0 || end == 0.0 {
        return Vec::new();
    }
    let day = |point: u32| end * f64::from(point) / f64::from(POINTS);
    (0..=POINTS).map(|point| Point { day: day(point), left: upgrading.left(day(point)) / old }).collect()
}
