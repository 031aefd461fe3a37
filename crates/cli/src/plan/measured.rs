//! The results of `bench/formats`, as they were when this program was built.

use std::collections::BTreeMap;

use passwords::Cost;
use serde::{Deserialize, Serialize};

const RESULTS: &str = include_str!("../../../../bench/results/formats.json");

/// What was measured in workerd, and where.
#[derive(Deserialize)]
pub(super) struct Measured {
    #[serde(flatten)]
    pub(super) conditions: Conditions,
    pub(super) login_without_hash_cpu_ms: f64,
    pub(super) guard_rows_read: f64,
    pub(super) guard_rows_written: f64,
    primitives: BTreeMap<String, Primitive>,
}

/// Numbers are worth what is known of where they come from.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Conditions {
    pub(super) date: String,
    pub(super) machine: String,
    pub(super) workerd: String,
}

#[derive(Deserialize)]
struct Primitive {
    ns_per_work: f64,
}

impl Measured {
    /// The results; `None` if the file is not what `bench/formats` writes, which a test excludes.
    pub(super) fn read() -> Option<Self> {
        serde_json::from_str(RESULTS).ok()
    }

    /// Milliseconds of CPU that verifying a hash takes.
    #[allow(clippy::cast_precision_loss)]
    pub(super) fn hash_ms(&self, cost: Cost) -> f64 {
        let ns_per_work = self.primitives.get(cost.primitive()).map_or(f64::NAN, |primitive| primitive.ns_per_work);
        ns_per_work * cost.work() as f64 / 1e6
    }
}
