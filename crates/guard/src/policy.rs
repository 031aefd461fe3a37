//! The policy: how many failures are free, and how long each further one delays the next attempt.

/// The first delay, in milliseconds. Each further failure doubles it.
const FIRST_DELAY_MS: i64 = 1000;

/// The limit of one kind of bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many failures cause no delay.
    pub free: u32,
    /// The longest delay, in milliseconds.
    pub longest_ms: i64,
}

/// The limits of both kinds of bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// For one account from one network. By default, five typing errors are free. After that, each
    /// failure delays the next attempt for longer, up to 15 minutes, which leaves about a hundred
    /// guesses a day. Clients in other networks are not delayed.
    pub network: Limit,
    /// For one account from all networks that it doesn't trust. By default, 100 failures in a row (NIST
    /// SP 800-63B-4 §3.2.2) are free, over all regions together. After that, each failure delays the
    /// next attempt for longer, up to an hour. A network from which the account logged in lately is
    /// exempt from this limit, so nobody can lock the owner out there.
    pub account: Limit,
}

/// The default number of free failures of one account from one network.
pub const NETWORK_FREE: u32 = 5;
/// The default number of free failures in a row of one account from everywhere.
pub const ACCOUNT_FREE: u32 = 100;
const NETWORK_LONGEST_MS: i64 = 15 * 60 * 1000;
const ACCOUNT_LONGEST_MS: i64 = 60 * 60 * 1000;

impl Policy {
    /// The policy of one region. `account_free` is for all regions together: regions count separately,
    /// so each gets an equal share, and at least one.
    #[must_use]
    pub fn new(network_free: u32, account_free: u32, regions: u32) -> Self {
        let share = account_free / regions.max(1);
        Self {
            network: Limit { free: network_free, longest_ms: NETWORK_LONGEST_MS },
            account: Limit { free: share.max(1), longest_ms: ACCOUNT_LONGEST_MS },
        }
    }
}

impl Limit {
    /// How many milliseconds after the last failure a bucket with so many `failures` admits the next
    /// attempt.
    #[must_use]
    pub fn delay_ms(&self, failures: u32) -> i64 {
        match failures.checked_sub(self.free) {
            None => 0,
            Some(doublings) => FIRST_DELAY_MS.saturating_mul(1 << doublings.min(32)).min(self.longest_ms),
        }
    }
}
