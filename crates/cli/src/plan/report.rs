use std::collections::BTreeMap;

use passwords::{Cost, Format, StoredHash};
use serde::Serialize;

use super::{
    measured::{Conditions, Measured},
    model::{self, Milestone},
    prices::{
        self, D1_ROWS_READ, D1_ROWS_WRITTEN, KV_LISTS, KV_READS, KV_WRITES, Limit, OBJECT_GB, OBJECT_GB_SECONDS,
        OBJECT_REQUESTS, OBJECT_ROWS_READ, OBJECT_ROWS_WRITTEN, Usage, WORKER_CPU_MS, WORKER_REQUESTS,
    },
};
use crate::table::Rejection;

/// Upgrades a day with KV, if nothing else is configured.
const KV_UPGRADES_PER_DAY: f64 = 500.0;
const MONTH: f64 = 30.0;
/// A user is assumed to log in this often, if nothing else is said.
const DAYS_BETWEEN_LOGINS: f64 = 7.0;
/// Reasons that are told apart: a table may have a new one in every line.
const MOST_REASONS: usize = 50;

/// What is counted of a table while it is read.
#[derive(Default)]
pub(crate) struct Rows {
    hashes: BTreeMap<(Format, Cost, bool), u64>,
    rejected: BTreeMap<String, u64>,
}

/// All that is known of a migration.
#[derive(Serialize)]
pub(crate) struct Report {
    pub(super) table: String,
    /// Rows that can be imported.
    pub(super) users: u64,
    pub(super) formats: Vec<FormatLine>,
    /// Rows that can't, by reason.
    pub(super) rejected: Vec<Rejected>,
    /// What `UNKNOWN_USER_FORMAT` should say.
    pub(super) unknown_user_format: Option<String>,
    pub(super) logins_per_day: f64,
    /// Users whose hash is to be replaced.
    pub(super) to_upgrade: u64,
    pub(super) milestones: Vec<Milestone>,
    pub(super) stores: Vec<StorePlan>,
    pub(super) measured: Conditions,
    pub(super) prices_of: &'static str,
}

/// Users with the same format and cost.
#[derive(Serialize)]
pub(crate) struct FormatLine {
    pub(super) format: &'static str,
    pub(super) cost: String,
    pub(super) users: u64,
    /// Of one login.
    pub(super) cpu_ms: f64,
    pub(super) memory_mib: f64,
    /// Whether it stays as it is.
    pub(super) current: bool,
}

#[derive(Serialize)]
pub(crate) struct Rejected {
    pub(super) reason: String,
    pub(super) rows: u64,
}

/// What it takes with one of the stores.
#[derive(Serialize)]
pub(crate) struct StorePlan {
    pub(super) store: &'static str,
    /// Days until 90 % are upgraded at least, by the store's own limit.
    pub(super) days_by_quota: Option<f64>,
    /// The free plan's limit that the first day, the busiest one, comes nearest to.
    pub(super) free_plan: Option<Limit>,
    pub(super) fits_free_plan: bool,
    /// Dollars.
    pub(super) paid_plan_first_month: f64,
    /// Dollars a month, when all have been upgraded.
    pub(super) paid_plan_later: f64,
}

impl Rows {
    pub(crate) fn count(&mut self, hash: &StoredHash) {
        *self.hashes.entry((hash.format(), hash.cost(), hash.is_current())).or_default() += 1;
    }

    /// The cost that most users have.
    fn most_common(&self) -> Option<String> {
        let mut costs = BTreeMap::<Cost, u64>::new();
        for ((_, cost, _), users) in &self.hashes {
            *costs.entry(*cost).or_default() += users;
        }
        costs.into_iter().max_by_key(|(_, users)| *users).map(|(cost, _)| cost.to_string())
    }

    pub(crate) fn reject(&mut self, rejection: &Rejection) {
        let reason = rejection.to_string();
        let is_listed = self.rejected.len() < MOST_REASONS || self.rejected.contains_key(&reason);
        *self.rejected.entry(if is_listed { reason } else { "other reasons".to_owned() }).or_default() += 1;
    }
}

impl Report {
    /// Reports on a table; `None` if this program was built without measurements.
    pub(crate) fn new(table: String, rows: Rows, logins_per_day: Option<f64>) -> Option<Self> {
        let measured = Measured::read()?;
        let line = |(&(format, cost, current), &users): (&(Format, Cost, bool), &u64)| FormatLine {
            format: format.name(),
            cost: cost.to_string(),
            users,
            cpu_ms: measured.login_without_hash_cpu_ms + measured.hash_ms(cost),
            memory_mib: float(cost.memory_bytes()) / (1024.0 * 1024.0),
            current,
        };
        let mut formats: Vec<FormatLine> = rows.hashes.iter().map(line).collect();
        formats.sort_by_key(|line| std::cmp::Reverse(line.users));
        let users = rows.hashes.values().sum();
        let logins_per_day = logins_per_day.unwrap_or((float(users) / DAYS_BETWEEN_LOGINS).max(1.0));
        let load = Load::new(&rows, &measured, float(users), logins_per_day);

        let unknown_user_format = rows.most_common();
        let mut rejected: Vec<Rejected> =
            rows.rejected.into_iter().map(|(reason, rows)| Rejected { reason, rows }).collect();
        rejected.sort_by_key(|rejected| std::cmp::Reverse(rejected.rows));
        Some(Self {
            table,
            users,
            unknown_user_format,
            to_upgrade: formats.iter().filter(|line| !line.current).map(|line| line.users).sum(),
            formats,
            rejected,
            logins_per_day,
            milestones: model::milestones(float(users), logins_per_day),
            stores: [Store::D1, Store::Kv].map(|store| load.plan(store, &measured)).into(),
            measured: measured.conditions,
            prices_of: prices::DATE,
        })
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Store {
    D1,
    Kv,
}

/// What there is to do.
struct Load {
    users: f64,
    logins_per_day: f64,
    to_upgrade: f64,
    /// Milliseconds of an average hash that is to be replaced, and of the one that does.
    old_ms: f64,
    new_ms: f64,
}

impl Load {
    fn new(rows: &Rows, measured: &Measured, users: f64, logins_per_day: f64) -> Self {
        let old = || rows.hashes.iter().filter(|((_, _, current), _)| !current);
        let to_upgrade: f64 = old().map(|(_, users)| float(*users)).sum();
        let old_ms: f64 = old().map(|((_, cost, _), users)| measured.hash_ms(*cost) * float(*users)).sum();
        let new_ms = measured.hash_ms(Cost::CURRENT);
        Self { users, logins_per_day, to_upgrade, old_ms: old_ms / to_upgrade.max(1.0), new_ms }
    }

    fn plan(&self, store: Store, measured: &Measured) -> StorePlan {
        let free_plan = prices::tightest(&self.usage(store, measured, 1.0, self.upgrades(store, 1.0)));
        let by_quota =
            (store == Store::Kv && self.to_upgrade > 0.0).then_some(0.9 * self.to_upgrade / KV_UPGRADES_PER_DAY);
        StorePlan {
            store: if store == Store::D1 { "D1" } else { "KV" },
            days_by_quota: by_quota,
            fits_free_plan: free_plan.as_ref().is_none_or(|limit| limit.share() <= 1.0),
            free_plan,
            paid_plan_first_month: prices::paid(&self.usage(store, measured, MONTH, self.upgrades(store, MONTH))),
            paid_plan_later: prices::paid(&self.usage(store, measured, MONTH, 0.0)),
        }
    }

    /// How many are upgraded in the first days.
    fn upgrades(&self, store: Store, days: f64) -> f64 {
        let upgrades = self.to_upgrade * model::upgraded(days, self.users, self.logins_per_day);
        if store == Store::Kv { upgrades.min(days * KV_UPGRADES_PER_DAY) } else { upgrades }
    }

    /// What so many days use, in which so many users are upgraded. Logins that fail are left out.
    fn usage(&self, store: Store, measured: &Measured, days: f64, upgrades: f64) -> Usage {
        let logins = days * self.logins_per_day;
        // The login that upgrades verifies the old hash, then makes the new one.
        let hash_ms = logins * self.new_ms + upgrades * self.old_ms;
        // With KV the queue is asked twice, and woken up.
        let object_requests = logins + upgrades * if store == Store::Kv { 4.0 } else { 1.0 };
        let mut usage = vec![
            (WORKER_REQUESTS, logins),
            (WORKER_CPU_MS, logins * measured.login_without_hash_cpu_ms),
            (OBJECT_REQUESTS, object_requests),
            (OBJECT_GB_SECONDS, hash_ms / 1000.0 * OBJECT_GB),
            (OBJECT_ROWS_READ, logins * measured.guard_rows_read),
            (OBJECT_ROWS_WRITTEN, logins * measured.guard_rows_written),
        ];
        match store {
            Store::D1 => usage.extend([(D1_ROWS_READ, logins + upgrades), (D1_ROWS_WRITTEN, upgrades)]),
            Store::Kv => usage.extend([(KV_READS, logins + upgrades), (KV_WRITES, upgrades), (KV_LISTS, upgrades)]),
        }
        usage
    }
}

/// Counts of users are far below 2^53.
#[allow(clippy::cast_precision_loss)]
pub(super) fn float(number: u64) -> f64 {
    number as f64
}
