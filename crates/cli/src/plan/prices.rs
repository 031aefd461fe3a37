//! What Cloudflare's plans include and charge. Prices are in US dollars, without taxes.
//!
//! The numbers are those of the pages named here, as they were in `cloudflare/cloudflare-docs`,
//! Cloudflare's public repository of its documentation, on [`READ_ON`]. Not counted: storage, which is a
//! few hundred bytes per user, and logs, which are priced by bytes instead of lines from 2026-12-01.

use serde::Serialize;

/// When the pages were read.
pub(crate) const READ_ON: &str = "2026-11-23";

/// The monthly price of the paid plan.
pub(crate) const SUBSCRIPTION: f64 = 5.0;

const WORKERS: &str = "https://developers.cloudflare.com/workers/platform/pricing/";
const OBJECTS: &str = "https://developers.cloudflare.com/durable-objects/platform/pricing/";
const D1: &str = "https://developers.cloudflare.com/d1/platform/pricing/";
const KV: &str = "https://developers.cloudflare.com/kv/platform/pricing/";

/// The pages that the prices are from.
pub(crate) const SOURCES: [&str; 4] = [WORKERS, OBJECTS, D1, KV];

/// Something that is counted and billed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Meter {
    WorkerRequests,
    WorkerCpuMs,
    ObjectRequests,
    ObjectGbSeconds,
    ObjectRowsRead,
    ObjectRowsWritten,
    D1RowsRead,
    D1RowsWritten,
    KvReads,
    KvWrites,
    KvLists,
}

/// What one meter costs.
#[derive(Debug)]
pub(crate) struct Price {
    pub(crate) meter: Meter,
    pub(crate) name: &'static str,
    /// The limit of the free plan, if there is one for all requests together.
    pub(crate) free_per_day: Option<f64>,
    /// What the paid plan includes.
    included_per_month: f64,
    pub(crate) dollars_per_million: f64,
    /// Whether a part of a million is charged as a whole one, as in Cloudflare's examples for Durable Objects.
    whole_millions: bool,
}

const fn price(
    meter: Meter,
    name: &'static str,
    free_per_day: f64,
    included_per_month: f64,
    dollars_per_million: f64,
) -> Price {
    Price {
        meter,
        name,
        free_per_day: Some(free_per_day),
        included_per_month,
        dollars_per_million,
        whole_millions: false,
    }
}

const MILLION: f64 = 1e6;

pub(crate) const PRICES: [Price; 11] = [
    // Source: WORKERS.
    price(Meter::WorkerRequests, "Worker requests", 100_000.0, 10.0 * MILLION, 0.30),
    // The free plan allows 10 ms for each request, and sets no limit for all.
    Price { free_per_day: None, ..price(Meter::WorkerCpuMs, "Worker CPU, ms", 0.0, 30.0 * MILLION, 0.02) },
    // Source: OBJECTS.
    Price { whole_millions: true, ..price(Meter::ObjectRequests, "Durable Object requests", 100_000.0, MILLION, 0.15) },
    Price { whole_millions: true, ..price(Meter::ObjectGbSeconds, "Durable Object GB-s", 13_000.0, 400_000.0, 12.50) },
    price(Meter::ObjectRowsRead, "Durable Object rows read", 5.0 * MILLION, 25_000.0 * MILLION, 0.001),
    price(Meter::ObjectRowsWritten, "Durable Object rows written", 100_000.0, 50.0 * MILLION, 1.00),
    // Source: D1.
    price(Meter::D1RowsRead, "D1 rows read", 5.0 * MILLION, 25_000.0 * MILLION, 0.001),
    price(Meter::D1RowsWritten, "D1 rows written", 100_000.0, 50.0 * MILLION, 1.00),
    // Source: KV.
    price(Meter::KvReads, "KV reads", 100_000.0, 10.0 * MILLION, 0.50),
    price(Meter::KvWrites, "KV writes", 1000.0, MILLION, 5.00),
    price(Meter::KvLists, "KV lists", 1000.0, MILLION, 5.00),
];

/// The memory an object is billed for while it runs, in GB.
pub(crate) const OBJECT_GB: f64 = 0.128;

impl Price {
    /// What the use of a month costs beyond what is included.
    pub(crate) fn dollars(&self, used: f64) -> f64 {
        let millions = (used - self.included_per_month).max(0.0) / MILLION;
        self.dollars_per_million * if self.whole_millions { millions.ceil() } else { millions }
    }

    /// What the paid plan includes per month.
    pub(crate) fn included(&self) -> f64 {
        self.included_per_month
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(used: &[(Meter, f64)]) -> f64 {
        let of = |meter| PRICES.iter().find(|price| price.meter == meter).unwrap();
        SUBSCRIPTION + used.iter().map(|(meter, used)| of(*meter).dollars(*used)).sum::<f64>()
    }

    /// The examples on Cloudflare's pages, with their results.
    #[test]
    fn months_cost_what_cloudflare_calculates_for_them() {
        use Meter::{ObjectGbSeconds, ObjectRequests, WorkerCpuMs, WorkerRequests};
        for (expected, used) in [
            (8.00, [(WorkerRequests, 15e6), (WorkerCpuMs, 7.0 * 15e6)]),
            (45.40, [(WorkerRequests, 100e6), (WorkerCpuMs, 7.0 * 100e6)]),
            (5.15, [(ObjectRequests, 1.5e6), (ObjectGbSeconds, 1e6 * OBJECT_GB)]),
            (142.95, [(ObjectRequests, 3.75e6), (ObjectGbSeconds, 86.4e6 * OBJECT_GB)]),
            (419.30, [(ObjectRequests, 12_960_100.0), (ObjectGbSeconds, 259.2e6 * OBJECT_GB)]),
        ] {
            assert!((month(&used) - expected).abs() < 0.005, "{expected}: {}", month(&used));
        }
        assert!((month(&[(Meter::KvWrites, 1e6), (Meter::D1RowsWritten, 50e6)]) - 5.0).abs() < 1e-9);
        assert!((month(&[(Meter::KvWrites, 3e6), (Meter::D1RowsWritten, 51e6)]) - 16.0).abs() < 1e-9);
    }

    #[test]
    fn every_meter_has_a_price() {
        assert!(PRICES.windows(2).all(|pair| pair[0].meter < pair[1].meter));
        assert_eq!(PRICES.last().map(|price| price.meter), Some(Meter::KvLists));
    }
}
