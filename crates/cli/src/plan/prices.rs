//! What Cloudflare asks, in US dollars, as its documentation said on 2026-11-23:
//! - Workers: <https://developers.cloudflare.com/workers/platform/pricing/>
//! - Durable Objects: <https://developers.cloudflare.com/durable-objects/platform/pricing/>
//! - D1: <https://developers.cloudflare.com/d1/platform/pricing/>
//! - KV: <https://developers.cloudflare.com/kv/platform/pricing/>

use serde::Serialize;

/// The date for reports.
pub(super) const DATE: &str = "2026-11-23";
/// The paid plan's price a month, with what it includes.
pub(super) const PAID_PLAN: f64 = 5.0;
/// What a Durable Object is billed for while it works: 128 MB, whatever it uses.
pub(super) const OBJECT_GB: f64 = 0.128;

/// One of the things that are counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unit {
    pub(super) name: &'static str,
    /// The free plan's limit a day, for all Workers of an account.
    pub(super) free_per_day: Option<f64>,
    /// What the paid plan includes a month.
    included: f64,
    /// For a million more.
    per_million: f64,
}

const fn unit(name: &'static str, free_per_day: Option<f64>, included: f64, per_million: f64) -> Unit {
    Unit { name, free_per_day, included, per_million }
}

pub(super) const WORKER_REQUESTS: Unit = unit("Worker requests", Some(100e3), 10e6, 0.30);
/// Of the Worker alone: a Durable Object is billed for its duration. The free plan has no limit a
/// day, but 10 ms a request.
pub(super) const WORKER_CPU_MS: Unit = unit("Worker CPU, ms", None, 30e6, 0.02);
pub(super) const OBJECT_REQUESTS: Unit = unit("Durable Object requests", Some(100e3), 1e6, 0.15);
pub(super) const OBJECT_GB_SECONDS: Unit = unit("Durable Object duration, GB-s", Some(13e3), 400e3, 12.50);
pub(super) const OBJECT_ROWS_READ: Unit = unit("Durable Object rows read", Some(5e6), 25e9, 0.001);
pub(super) const OBJECT_ROWS_WRITTEN: Unit = unit("Durable Object rows written", Some(100e3), 50e6, 1.00);
pub(super) const D1_ROWS_READ: Unit = unit("D1 rows read", Some(5e6), 25e9, 0.001);
pub(super) const D1_ROWS_WRITTEN: Unit = unit("D1 rows written", Some(100e3), 50e6, 1.00);
pub(super) const KV_READS: Unit = unit("KV reads", Some(100e3), 10e6, 0.50);
pub(super) const KV_WRITES: Unit = unit("KV writes", Some(1e3), 1e6, 5.00);
pub(super) const KV_LISTS: Unit = unit("KV lists", Some(1e3), 1e6, 5.00);

/// So much of a thing.
pub(super) type Usage = Vec<(Unit, f64)>;

/// Dollars a month on the paid plan.
pub(super) fn paid(usage: &Usage) -> f64 {
    let beyond = |(unit, amount): &(Unit, f64)| (amount - unit.included).max(0.0) / 1e6 * unit.per_million;
    PAID_PLAN + usage.iter().map(beyond).sum::<f64>()
}

/// How near a day comes to a daily limit of the free plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Limit {
    pub(super) of: &'static str,
    pub(super) used: f64,
    pub(super) at_most: f64,
}

/// The limit of the free plan that a day comes nearest to, or goes beyond furthest.
pub(super) fn tightest(usage: &Usage) -> Option<Limit> {
    let limits =
        usage.iter().filter_map(|(unit, used)| Some(Limit { of: unit.name, used: *used, at_most: unit.free_per_day? }));
    limits.max_by(|a, b| a.share().total_cmp(&b.share()))
}

impl Limit {
    pub(super) fn share(&self) -> f64 {
        self.used / self.at_most
    }
}
