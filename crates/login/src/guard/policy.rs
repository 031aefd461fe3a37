//! How many failures are free, and how long each further one takes.

/// The first delay; each further failure doubles it.
const FIRST_DELAY_MS: i64 = 1000;

/// What one bucket allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// Failures without a delay.
    pub free: u32,
    /// The longest delay, in milliseconds.
    pub longest_ms: i64,
}

/// The limits of all buckets that the guard keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// One account from one network. Five typing errors are free; then each takes longer, up to
    /// 15 minutes: some hundred guesses a day, and nobody else is delayed by them.
    pub network: Limit,
    /// One account from all networks that it has not logged in from lately. 100 failures in a row
    /// (NIST SP 800-63B §3.2.2) are free, in all regions together; then each takes up to an hour. A
    /// network from which the account did log in is not held up by this one: there nobody can lock
    /// the owner out.
    pub account: Limit,
}

/// Failures that are free for one account from one network.
pub const NETWORK_FREE: u32 = 5;
/// Failures in a row that an account may have in all.
pub const ACCOUNT_FREE: u32 = 100;
const NETWORK_LONGEST_MS: i64 = 15 * 60 * 1000;
const ACCOUNT_LONGEST_MS: i64 = 60 * 60 * 1000;

impl Policy {
    /// `account_free` is for all regions together: each of them gets its part, as they count
    /// apart.
    #[must_use]
    pub fn new(network_free: u32, account_free: u32, regions: u32) -> Self {
        let part = account_free / regions.max(1);
        Self {
            network: Limit { free: network_free, longest_ms: NETWORK_LONGEST_MS },
            account: Limit { free: part.max(1), longest_ms: ACCOUNT_LONGEST_MS },
        }
    }
}

impl Limit {
    /// How many milliseconds after its last failure a bucket opens again.
    #[must_use]
    pub fn delay_ms(&self, failures: u32) -> i64 {
        match failures.checked_sub(self.free) {
            None => 0,
            Some(doublings) => FIRST_DELAY_MS.saturating_mul(1 << doublings.min(32)).min(self.longest_ms),
        }
    }
}
