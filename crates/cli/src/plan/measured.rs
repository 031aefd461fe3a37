//! What `bench/formats` and `bench/users` measured in workerd, as those programs recorded it.

use std::collections::BTreeMap;

use accounts::UserStore;
use passwords::Cost;
use serde::{Deserialize, Serialize};

use crate::figures::real;

const FORMATS: &str = include_str!("../../../../bench/results/formats.json");
const USERS: &str = include_str!("../../../../bench/results/users.json");

/// The measurements, built into this command.
#[derive(Debug, Deserialize)]
pub(crate) struct Measured {
    #[serde(flatten)]
    pub(crate) origin: Origin,
    /// CPU time of a login without its hash, including the simulation of D1 and of the objects.
    pub(crate) login_cpu_ms: f64,
    hash_cpu_ms: BTreeMap<String, f64>,
    memory_bytes: Memory,
    pub(crate) rows: Rows,
    /// Measured by `bench/users`.
    #[serde(skip)]
    changes: Changes,
}

/// When and where the measurements were made.
#[derive(Debug, Clone, Deserialize, Serialize)]
pub(crate) struct Origin {
    pub(crate) date: String,
    pub(crate) machine: String,
    pub(crate) workerd: String,
    pub(crate) commit: String,
}

/// WebAssembly memory after a login with a cheap hash, and what each other hash adds.
#[derive(Debug, Deserialize)]
struct Memory {
    login: f64,
    hash: BTreeMap<String, f64>,
}

/// Rows of SQLite that the objects of the guard and of the queue read and write.
#[derive(Debug, Deserialize)]
pub(crate) struct Rows {
    /// For the first login of an account, and for a later one from the same network that need not renew
    /// the network's trust.
    pub(crate) first_login: ReadWritten,
    pub(crate) known_network: ReadWritten,
    /// For each old row that a guard object deletes.
    pub(crate) swept: ReadWritten,
    /// For an upgrade in KV.
    pub(crate) kv_upgrade: ReadWritten,
}

/// What a change costs in each store.
#[derive(Debug, Default, Deserialize)]
struct Changes {
    d1: Change,
    kv: Change,
}

/// One change of one user through the service API, with guards in six regions.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(crate) struct Change {
    /// CPU time of the Worker and the objects together, in milliseconds.
    pub(crate) cpu_ms: f64,
    /// Rows in objects, until nothing is left of the change.
    pub(crate) rows: ReadWritten,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(crate) struct ReadWritten {
    pub(crate) read: f64,
    pub(crate) written: f64,
}

/// Why the built-in measurements can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UnusableMeasurements {
    #[error("the measurements can't be read: {0}")]
    Json(#[from] serde_json::Error),
    #[error("{0} was not measured")]
    Unmeasured(&'static str),
}

impl Measured {
    pub(crate) fn built_in() -> Result<Self, UnusableMeasurements> {
        Ok(Self { changes: serde_json::from_str(USERS)?, ..serde_json::from_str(FORMATS)? })
    }

    pub(crate) fn change(&self, store: UserStore) -> Change {
        match store {
            UserStore::D1 => self.changes.d1,
            UserStore::Kv => self.changes.kv,
        }
    }

    /// CPU time of verifying a hash, scaled by work from the measured cost that is nearest.
    pub(crate) fn hash_cpu_ms(&self, cost: Cost) -> Result<f64, UnusableMeasurements> {
        let (measured, milliseconds) = nearest(&self.hash_cpu_ms, cost)?;
        Ok(milliseconds * real(cost.work()) / real(measured.work()))
    }

    /// WebAssembly memory of a login with a hash of this cost, scaled by what the function needs.
    pub(crate) fn memory_bytes(&self, cost: Cost) -> Result<f64, UnusableMeasurements> {
        let (measured, bytes) = nearest(&self.memory_bytes.hash, cost)?;
        Ok(self.memory_bytes.login + bytes * real(cost.memory_bytes()) / real(measured.memory_bytes()))
    }
}

#[cfg(test)]
impl Measured {
    /// Sets times, and round numbers of rows and bytes.
    pub(crate) fn set(&mut self, login_cpu_ms: f64, hash_cpu_ms: &[(&str, f64)]) {
        self.login_cpu_ms = login_cpu_ms;
        self.hash_cpu_ms = hash_cpu_ms.iter().map(|(name, ms)| ((*name).to_owned(), *ms)).collect();
        self.rows = Rows {
            known_network: ReadWritten { read: 3.0, written: 0.0 },
            first_login: ReadWritten { read: 5.0, written: 2.0 },
            swept: ReadWritten { read: 2.0, written: 1.0 },
            kv_upgrade: ReadWritten { read: 19.0, written: 9.0 },
        };
        let change = |read, written| Change { cpu_ms: 7.0, rows: ReadWritten { read, written } };
        self.changes = Changes { d1: change(20.0, 14.0), kv: change(40.0, 30.0) };
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
        for store in UserStore::ALL {
            let Change { cpu_ms, rows } = measured.change(store);
            assert!(cpu_ms > 0.0 && rows.written >= 6.0, "a guard in each region is told");
        }
        let argon2 = measured.memory_bytes(Cost::CURRENT).unwrap() - measured.memory_bytes.login;
        assert!(argon2 >= 19_456.0 * 1024.0, "the blocks of Argon2 are in that memory");
    }

    #[test]
    fn other_costs_are_scaled_from_the_nearest() {
        let mut measured = Measured::built_in().unwrap();
        measured.set(1.0, &[("bcrypt-10", 50.0), ("bcrypt-12", 240.0), ("sha256-crypt-1000", 1.0)]);
        for (cost, ms) in [("bcrypt-10", 50.0), ("bcrypt-09", 25.0), ("bcrypt-12", 240.0), ("bcrypt-13", 480.0)] {
            assert!((measured.hash_cpu_ms(cost.parse().unwrap()).unwrap() - ms).abs() < 1e-9, "{cost}");
        }
        let unmeasured = measured.hash_cpu_ms("sha512-crypt-1000".parse().unwrap());
        assert!(matches!(unmeasured, Err(UnusableMeasurements::Unmeasured("sha512-crypt"))));
    }
}
