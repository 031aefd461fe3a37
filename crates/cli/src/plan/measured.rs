//! What was measured in workerd by `bench/formats`, as that program wrote it down.

use std::collections::BTreeMap;

use passwords::Cost;
use serde::{Deserialize, Serialize};

use super::figures::real;

const RESULTS: &str = include_str!("../../../../bench/results/formats.json");

/// The measurements, built into this command.
#[derive(Debug, Deserialize)]
pub(crate) struct Measured {
    #[serde(flatten)]
    pub(crate) origin: Origin,
    /// CPU of a login but for its hash, with all that simulates D1 and the objects around it.
    pub(crate) login_cpu_ms: f64,
    hash_cpu_ms: BTreeMap<String, f64>,
    memory_bytes: Memory,
    pub(crate) rows: Rows,
}

/// When and where it was measured.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(crate) struct Origin {
    pub(crate) date: String,
    pub(crate) machine: String,
    pub(crate) workerd: String,
    pub(crate) commit: String,
}

/// WebAssembly memory after a login with a cheap hash, and what each other hash adds to it.
#[derive(Debug, Deserialize)]
struct Memory {
    login: f64,
    hash: BTreeMap<String, f64>,
}

/// Rows of SQLite in the objects of guard and queue.
#[derive(Debug, Deserialize)]
pub(crate) struct Rows {
    /// Of an account's first login, and of one from the same network later.
    pub(crate) first_login: ReadWritten,
    pub(crate) known_network: ReadWritten,
    /// What a guard object reads of each row it has, every hour.
    pub(crate) read_per_row_every_hour: f64,
    /// Of an upgrade in KV.
    pub(crate) kv_upgrade: ReadWritten,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ReadWritten {
    pub(crate) read: f64,
    pub(crate) written: f64,
}

/// The measurements built in are of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnusableMeasurements {
    #[error("what was measured can't be read: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{0} was not measured")]
    Unmeasured(&'static str),
}

impl Measured {
    pub(crate) fn built_in() -> Result<Self, UnusableMeasurements> {
        Ok(serde_json::from_str(RESULTS)?)
    }

    /// CPU of verifying a hash: of the measured cost whose work is nearest, in proportion to the work.
    pub(crate) fn hash_cpu_ms(&self, cost: Cost) -> Result<f64, UnusableMeasurements> {
        let (measured, milliseconds) = nearest(&self.hash_cpu_ms, cost)?;
        Ok(milliseconds * real(cost.work()) / real(measured.work()))
    }

    /// WebAssembly memory with a hash of this cost, in proportion to what the function needs.
    pub(crate) fn memory_bytes(&self, cost: Cost) -> Result<f64, UnusableMeasurements> {
        let (measured, bytes) = nearest(&self.memory_bytes.hash, cost)?;
        Ok(self.memory_bytes.login + bytes * real(cost.memory_bytes()) / real(measured.memory_bytes()))
    }
}

#[cfg(test)]
impl Measured {
    /// Other times, and rows as they were when the tests were written.
    pub(crate) fn set(&mut self, login_cpu_ms: f64, hash_cpu_ms: &[(&str, f64)]) {
        self.login_cpu_ms = login_cpu_ms;
        self.hash_cpu_ms = hash_cpu_ms.iter().map(|(name, ms)| ((*name).to_owned(), *ms)).collect();
        self.rows = Rows {
            known_network: ReadWritten { read: 4.0, written: 2.0 },
            first_login: ReadWritten { read: 14.0, written: 4.0 },
            read_per_row_every_hour: 2.0,
            kv_upgrade: ReadWritten { read: 19.0, written: 9.0 },
        };
        self.memory_bytes.login = 1_179_648.0;
        self.memory_bytes.hash =
            [("bcrypt-12", 0.0), ("argon2id", 19_988_480.0)].map(|(name, bytes)| (name.to_owned(), bytes)).into();
    }
}

fn nearest(measured: &BTreeMap<String, f64>, cost: Cost) -> Result<(Cost, f64), UnusableMeasurements> {
    let distance = |other: &Cost| (real(other.work()) / real(cost.work())).ln().abs();
    let of_this_function = measured.iter().filter_map(|(name, value)| Some((name.parse::<Cost>().ok()?, *value)));
    of_this_function
        .filter(|(other, _)| other.primitive() == cost.primitive())
        .min_by(|(one, _), (other, _)| distance(one).total_cmp(&distance(other)))
        .ok_or(UnusableMeasurements::Unmeasured(cost.primitive()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_was_measured_twice() {
        let measured = Measured::built_in().unwrap();
        let costs: Vec<Cost> = measured.hash_cpu_ms.keys().map(|name| name.parse().unwrap()).collect();
        for cost in [
            "argon2id",
            "argon2d-m4096-t2-p1",
            "bcrypt-13",
            "pbkdf2-sha1-5000",
            "pbkdf2-sha256-1200000",
            "pbkdf2-sha512-1000",
            "scrypt-ln14-r16-p1",
            "sha256-crypt-5000",
            "sha512-crypt-5000",
        ] {
            let cost: Cost = cost.parse().unwrap();
            assert_eq!(costs.iter().filter(|other| other.primitive() == cost.primitive()).count(), 2, "{cost}");
            assert!(measured.hash_cpu_ms(cost).unwrap() > 0.0, "{cost}");
            assert!(measured.memory_bytes(cost).unwrap() >= measured.memory_bytes.login, "{cost}");
        }
        assert!(measured.hash_cpu_ms.values().chain([&measured.login_cpu_ms]).all(|ms| *ms > 0.0));
        let argon2 = measured.memory_bytes(Cost::CURRENT).unwrap() - measured.memory_bytes.login;
        assert!(argon2 >= 19_456.0 * 1024.0, "the blocks of Argon2 are in that memory");
    }

    #[test]
    fn costs_between_are_in_proportion_to_the_nearest() {
        let mut measured = Measured::built_in().unwrap();
        measured.set(1.0, &[("bcrypt-10", 50.0), ("bcrypt-12", 240.0), ("sha256-crypt-1000", 1.0)]);
        for (cost, ms) in [("bcrypt-10", 50.0), ("bcrypt-09", 25.0), ("bcrypt-12", 240.0), ("bcrypt-13", 480.0)] {
            assert!((measured.hash_cpu_ms(cost.parse().unwrap()).unwrap() - ms).abs() < 1e-9, "{cost}");
        }
        let unmeasured = measured.hash_cpu_ms("sha512-crypt-1000".parse().unwrap());
        assert!(matches!(unmeasured, Err(UnusableMeasurements::Unmeasured("sha512-crypt"))));
    }
}
