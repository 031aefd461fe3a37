//! What logins use of Cloudflare's services.
//!
//! Every login is assumed to succeed; one that fails costs about the same. A login is a request to the
//! Worker, a look-up, and a request to a guard object, which runs for as long as the hash and the rest of
//! the login take. Each user logs in from one network, which the guard does not know at first. All users
//! are in one region, in [`SHARDS`] objects, each of which reads its whole table once a month.
//!
//! With refresh tokens, a login writes a row for its session, a refresh changes it, and once the session has expired it is
//! deleted, which is billed as another row. A refresh takes no more CPU than a login without its hash.
//!
//! A change of a user brings a hash along, so that none is computed. The guards of all regions are told, and with KV the
//! home of the account makes the change, and rings twice: to write the record, and to forget the user.

use std::collections::BTreeMap;

use accounts::UserStore;

use super::{
    measured::Measured,
    prices::{Meter, OBJECT_GB},
};
use crate::figures::real;

/// The default of `GUARD_SHARDS`.
const SHARDS: f64 = 64.0;
/// How many networks a user logs in from within a month.
const NETWORKS_PER_USER: f64 = 1.5;
/// How many trusted networks a guard object remembers: three quarters of its rows, with a margin, as its
/// slices do not fill quite evenly.
const NETWORKS_PER_SHARD: f64 = 1e6;
/// The regions with guards, unless `GUARD_REGIONS` names fewer.
const REGIONS: f64 = 6.0;
/// How often the alarm of a guard object rings, in days.
const ALARM_DAYS: f64 = 31.0;
/// How often a login renews the trust in its network, in days.
const RENEW_DAYS: f64 = 10.0;

/// The logins of a period.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Logins {
    pub(crate) days: f64,
    pub(crate) all: f64,
    /// Refreshes; 0 if there are no refresh tokens.
    pub(crate) refreshes: f64,
    /// Changes of users through the service API.
    pub(crate) changes: f64,
    /// First logins of users.
    pub(crate) first: f64,
    /// Logins with a hash that is to be replaced.
    pub(crate) old: f64,
    /// Logins after which the hash is replaced.
    pub(crate) upgraded: f64,
    /// Rows that the guard objects hold, on average.
    pub(crate) guard_rows: f64,
}

/// CPU time of verifying, in milliseconds: of an old hash, on average, and of a current one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HashCpu {
    pub(crate) old_ms: f64,
    pub(crate) current_ms: f64,
}

/// How many shards remember every network of so many users: a power of two, and at least the default.
pub(crate) fn guard_shards(users: f64) -> u32 {
    let remember = |shards: &u32| real(u64::from(*shards)) * NETWORKS_PER_SHARD >= users * NETWORKS_PER_USER;
    [64, 128, 256, 512, 1024, 2048, 4096, 8192].into_iter().find(remember).unwrap_or(16_384)
}

/// How much of each meter is used.
pub(crate) fn usage(logins: &Logins, hash: HashCpu, measured: &Measured, store: UserStore) -> BTreeMap<Meter, f64> {
    let Logins { days, all, refreshes, changes, first, old, upgraded, guard_rows } = *logins;
    let sessions = if refreshes > 0.0 { all } else { 0.0 };
    let rows = &measured.rows;
    let change = measured.change(store);
    let known = all - first;
    let renewals = known.min(guard_rows * days / RENEW_DAYS);
    // The alarm of an object is set again when it fires.
    let alarms = SHARDS * days / ALARM_DAYS;
    let object_ms = (all + refreshes) * measured.login_cpu_ms
        + (all - old) * hash.current_ms
        + old * hash.old_ms
        + upgraded * hash.current_ms
        + changes * change.cpu_ms;
    let mut used = BTreeMap::from([
        (Meter::WorkerRequests, all + refreshes + changes),
        (Meter::WorkerCpuMs, (all + refreshes) * measured.login_cpu_ms + changes * change.cpu_ms),
        (Meter::ObjectRequests, all + refreshes + upgraded + alarms + changes * REGIONS),
        (Meter::ObjectGbSeconds, object_ms / 1000.0 * OBJECT_GB),
        (
            Meter::ObjectRowsRead,
            known * rows.known_network.read
                + first * rows.first_login.read
                + alarms * guard_rows / SHARDS * rows.swept.read
                + 2.0 * sessions
                + refreshes
                + changes * change.rows.read,
        ),
        (
            Meter::ObjectRowsWritten,
            known * rows.known_network.written
                + first * rows.first_login.written
                + renewals
                + alarms
                + 2.0 * sessions
                + refreshes
                + changes * change.rows.written,
        ),
    ]);
    let mut also = |meter, amount| *used.entry(meter).or_default() += amount;
    match store {
        // A row is found by its key, and replaced in place. A change reads it before.
        UserStore::D1 => {
            also(Meter::D1RowsRead, all + refreshes + upgraded + 2.0 * changes);
            also(Meter::D1RowsWritten, upgraded + changes);
        }
        // Every login with an old hash asks the queue. An upgrade is added to the queue, and its alarm
        // reads, lists and writes the record. So does a change, which reads the record and the address twice.
        UserStore::Kv => {
            also(Meter::KvReads, all + refreshes + upgraded + 4.0 * changes);
            also(Meter::KvWrites, upgraded + changes);
            also(Meter::KvLists, upgraded + changes);
            // An object is asked, and its alarm rings twice, which is set by a row each.
            also(Meter::ObjectRequests, 3.0 * changes);
            also(Meter::ObjectRowsWritten, 2.0 * changes);
            also(Meter::ObjectRequests, old + 2.0 * upgraded);
            also(Meter::ObjectRowsRead, upgraded * rows.kv_upgrade.read);
            // The alarm is set at most once per upgrade.
            also(Meter::ObjectRowsWritten, upgraded * (rows.kv_upgrade.written + 1.0));
        }
    }
    used
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_as_many_as_remember_all_networks() {
        for (users, shards) in [(1e3, 64), (42e6, 64), (43e6, 128), (86e6, 256), (1e12, 16_384)] {
            assert_eq!(guard_shards(users), shards, "{users}");
        }
    }

    #[test]
    fn a_day_uses_what_can_be_calculated_by_hand() {
        let mut measured = Measured::built_in().unwrap();
        measured.set(5.0, &[]);
        let logins = Logins {
            days: 1.0,
            all: 1000.0,
            refreshes: 0.0,
            changes: 0.0,
            first: 200.0,
            old: 300.0,
            upgraded: 100.0,
            guard_rows: 640.0,
        };
        let hash = HashCpu { old_ms: 200.0, current_ms: 25.0 };
        let found = |store| usage(&logins, hash, &measured, store);
        let near = |found: Option<&f64>, expected: f64| {
            assert!((found.unwrap() - expected).abs() < 1e-6 * expected.max(1.0), "{found:?}, not {expected}");
        };
        let d1 = found(UserStore::D1);
        near(d1.get(&Meter::WorkerRequests), 1000.0);
        near(d1.get(&Meter::WorkerCpuMs), 5000.0);
        // 1,000 logins, 100 new hashes, and in 31 days an alarm of 64 objects.
        let alarms = 64.0 / 31.0;
        near(d1.get(&Meter::ObjectRequests), 1000.0 + 100.0 + alarms);
        // 5 s of logins, 700 × 25 ms, 300 × 200 ms, 100 × 25 ms: 85 s of 0.128 GB.
        near(d1.get(&Meter::ObjectGbSeconds), 85.0 * 0.128);
        // 200 × 2 for first logins, a tenth of 640 networks renewed, and the alarms.
        near(d1.get(&Meter::ObjectRowsWritten), 400.0 + 64.0 + alarms);
        // 800 × 3 + 200 × 5; alarms of 2 × 10 rows.
        near(d1.get(&Meter::ObjectRowsRead), 2400.0 + 1000.0 + 20.0 * alarms);
        near(d1.get(&Meter::D1RowsRead), 1100.0);
        near(d1.get(&Meter::D1RowsWritten), 100.0);
        assert_eq!(d1.get(&Meter::KvReads), None);

        let kv = found(UserStore::Kv);
        near(kv.get(&Meter::KvReads), 1100.0);
        near(kv.get(&Meter::KvWrites), 100.0);
        near(kv.get(&Meter::KvLists), 100.0);
        // The queue is asked 300 times, gets 100 upgrades, and its alarm fires 100 times.
        near(kv.get(&Meter::ObjectRequests), 1100.0 + alarms + 500.0);
        near(kv.get(&Meter::ObjectRowsWritten), 464.0 + alarms + 1000.0);
        assert_eq!(kv.get(&Meter::D1RowsRead), None);

        // A row for each of 1,000 sessions, written and deleted, and changed by 5,000 refreshes.
        let refreshed = usage(&Logins { refreshes: 5000.0, ..logins }, hash, &measured, UserStore::D1);
        near(refreshed.get(&Meter::WorkerRequests), 6000.0);
        near(refreshed.get(&Meter::ObjectRequests), 6000.0 + 100.0 + alarms);
        near(refreshed.get(&Meter::ObjectRowsWritten), 464.0 + alarms + 2000.0 + 5000.0);
        near(refreshed.get(&Meter::D1RowsRead), 6100.0);

        // 10 changes: 6 guards each, 14 rows written and 20 read in objects, 7 ms; with KV the home, 30 rows and 40.
        let changed = |store| usage(&Logins { changes: 10.0, ..logins }, hash, &measured, store);
        let (d1, kv) = (changed(UserStore::D1), changed(UserStore::Kv));
        near(d1.get(&Meter::WorkerRequests), 1010.0);
        near(d1.get(&Meter::WorkerCpuMs), 5070.0);
        near(d1.get(&Meter::ObjectRequests), 1100.0 + alarms + 60.0);
        near(d1.get(&Meter::ObjectRowsWritten), 464.0 + alarms + 140.0);
        near(d1.get(&Meter::D1RowsRead), 1120.0);
        near(d1.get(&Meter::D1RowsWritten), 110.0);
        near(kv.get(&Meter::ObjectRequests), 1600.0 + alarms + 90.0);
        near(kv.get(&Meter::ObjectRowsWritten), 1464.0 + alarms + 300.0 + 20.0);
        near(kv.get(&Meter::KvReads), 1140.0);
        near(kv.get(&Meter::KvWrites), 110.0);
        near(kv.get(&Meter::KvLists), 110.0);
    }
}
