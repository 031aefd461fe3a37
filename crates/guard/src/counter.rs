//! Counts attempts: who has to wait, what a failure adds, and what a success takes away.
//!
//! An attempt is written once, after its password was verified and before its verdict is known to
//! anyone: see [`Attempt::process`](crate::Attempt::process).

use std::time::Duration;

use crate::{
    bucket_names::BucketNames,
    buckets::{Bucket, Buckets, DAY_MS, Table},
    policy::{Limit, Policy},
    refusals::Elsewhere,
    sql::{Sql, SqlError},
};

pub use crate::buckets::{Evictions, FORGET_EVERY, MAX_ROWS};

/// How long a network is trusted after a login, in milliseconds, if no later one renews the trust.
const TRUST_MS: i64 = 40 * DAY_MS;
/// A login renews trust that is as old as this, in milliseconds. So most logins write nothing, and a
/// network is trusted for at least 30 days after each.
const RENEW_MS: i64 = 10 * DAY_MS;
/// How many networks an account trusts: those that it logged in from last. With more, somebody who once
/// knew the password could collect exemptions, and rows that are hardly ever evicted.
const TRUSTED_NETWORKS: i64 = 8;

/// The bucket of a network's sign-ups. It is among the buckets of an account that nobody has: `failures` are the sign-ups of
/// the day that began at `last`.
const SIGN_UPS: &str = "sign-ups";

/// The attempt counter of one shard.
#[derive(Debug)]
pub struct AttemptCounter<S> {
    table: Table<S>,
}

/// What was counted for an account before an attempt.
#[derive(Debug, Clone, Copy)]
pub struct Counts(Buckets);

/// Whether an attempt may be verified.
#[derive(Debug, Clone)]
pub enum Admission {
    /// It may. These are the counts before it.
    Admitted(Counts),
    /// It may not, and it does not count.
    Wait {
        /// How many milliseconds to wait before the next attempt.
        millis: i64,
        /// What holds for the account's other networks, if these have to wait too.
        elsewhere: Option<Elsewhere>,
    },
}

/// Milliseconds as seconds, rounded up.
pub(crate) fn seconds(millis: i64) -> u32 {
    u32::try_from(millis.saturating_add(999) / 1000).unwrap_or(u32::MAX)
}

impl<S: Sql> AttemptCounter<S> {
    /// Opens the counter in a database, which may be empty.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed.
    pub fn open(sql: S) -> Result<Self, SqlError> {
        Ok(Self { table: Table::open(sql)? })
    }

    /// Deletes rows that no longer count: at most 20,000, because the object does nothing else meanwhile.
    /// Returns how long to wait before this is called again, or `None` if no rows are left. `now` is in
    /// Unix milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed.
    pub fn forget(&self, now: i64) -> Result<Option<Duration>, SqlError> {
        self.table.forget(now)
    }

    /// The rows that were evicted although they still counted, since this was last asked.
    pub fn take_evictions(&self) -> Option<Evictions> {
        self.table.take_evictions()
    }

    /// Refuses an attempt, or lets it be verified. Writes nothing: whoever admits an attempt has to
    /// call [`fail`](Self::fail) or [`succeed`](Self::succeed) before another one is admitted. An
    /// attempt that was counted before is admitted in any case. `now` is in Unix milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed.
    pub fn admit(&self, names: &BucketNames, policy: &Policy, now: i64) -> Result<Admission, SqlError> {
        let counts = Counts(self.table.read(&names.account, &names.network, now)?);
        let Counts(Buckets { network, account }) = counts;
        let account_ms = account.wait_ms(policy.account, now);
        let millis = network.wait_ms(policy.network, now).max(if network.is_trusted() { 0 } else { account_ms });
        if names.already_counted || millis <= 0 {
            return Ok(Admission::Admitted(counts));
        }
        let elsewhere = if account_ms > 0 {
            Some(Elsewhere { retry_after: seconds(account_ms), trusted: self.table.trusted(&names.account, now)? })
        } else {
            None
        };
        Ok(Admission::Wait { millis, elsewhere })
    }

    /// Counts a sign-up of a network. Returns how many milliseconds the network has to wait, because it has used up its
    /// quota: then nothing is counted. A day begins with the first sign-up that counts. `now` is in Unix milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed.
    pub fn count_sign_up(&self, network: &str, quota: u32, policy: &Policy, now: i64) -> Result<i64, SqlError> {
        let day = self.table.read(network, SIGN_UPS, now)?.network;
        // A clock that steps back begins another day.
        let is_today = day.failures > 0 && day.last <= now;
        if is_today && day.failures >= quota {
            return Ok(day.last + DAY_MS - now);
        }
        let counted = if is_today {
            Bucket { failures: day.failures + 1, ..day }
        } else {
            Bucket { failures: 1, last: now, ..Bucket::default() }
        };
        self.table.put(network, SIGN_UPS, counted)?;
        if !day.exists {
            self.table.bound_rows(network, policy, now)?;
        }
        Ok(0)
    }

    /// Counts a failure, unless it was counted before. It writes one row if the account trusts the
    /// network, and two otherwise. `now` is in Unix milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed. One of the two buckets may have been counted.
    pub fn fail(&self, names: &BucketNames, counts: &Counts, policy: &Policy, now: i64) -> Result<(), SqlError> {
        if names.already_counted {
            return self.table.ensure_writable();
        }
        let Counts(Buckets { network, account }) = counts;
        let mut is_new = !network.exists;
        self.table.put(&names.account, &names.network, network.failed(now))?;
        if !network.is_trusted() {
            is_new |= !account.exists;
            self.table.put(&names.account, "", account.failed(now))?;
        }
        if is_new { self.table.bound_rows(&names.account, policy, now) } else { Ok(()) }
    }

    /// Forgets all failures of an account, whose owner was recognized in another way than by the password.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed. Some may have been forgotten.
    pub fn forgive(&self, account: &str) -> Result<(), SqlError> {
        self.table.forgive(account)
    }

    /// Sets the network's count to zero, because the password was right. The network is trusted from
    /// now on, if it is known. If the account's own bucket counts this network's attempts, that bucket
    /// is emptied. A login from a network that was already trusted leaves it as it is: otherwise every
    /// login of the owner would give an attacker new tries. A login with no failures before it from a
    /// network that is trusted writes nothing, except that it renews trust every ten days, and that a row
    /// which means nothing is written if none was written since the counter was opened. `now` is in Unix
    /// milliseconds.
    ///
    /// # Errors
    /// [`SqlError`] if the database failed. What was counted before may stay counted.
    pub fn succeed(&self, names: &BucketNames, counts: &Counts, policy: &Policy, now: i64) -> Result<(), SqlError> {
        let Counts(Buckets { network, account }) = counts;
        let trust_is_due = network.trusted_until <= now + TRUST_MS - RENEW_MS;
        if names.network_is_known && (network.failures > 0 || trust_is_due) {
            let trusted = Bucket { failures: 0, last: now, trusted_until: now + TRUST_MS, ..*network };
            self.table.put(&names.account, &names.network, trusted)?;
        } else {
            // Without this, a database that can't be written to would tell right passwords from wrong ones,
            // which fail because they are not counted.
            self.table.ensure_writable()?;
        }
        if !names.network_is_known && network.failures > 0 {
            self.table.remove(&names.account, &names.network)?;
        }
        if network.is_trusted() {
            return Ok(());
        }
        if account.failures > 0 {
            self.table.remove(&names.account, "")?;
        }
        if names.network_is_known {
            self.table.bound_trust(&names.account, TRUSTED_NETWORKS)?;
            if !network.exists {
                self.table.bound_rows(&names.account, policy, now)?;
            }
        }
        Ok(())
    }
}

impl Bucket {
    fn failed(self, now: i64) -> Self {
        Self { failures: self.failures.saturating_add(1), last: now, ..self }
    }

    /// How many milliseconds this bucket makes the next attempt wait. Zero or less means that it need
    /// not wait. Without a delay the time of the last failure is not used, so a clock that steps back
    /// does no harm.
    fn wait_ms(self, limit: Limit, now: i64) -> i64 {
        match limit.delay_ms(self.failures) {
            0 => 0,
            delay => self.last + delay - now,
        }
    }
}
