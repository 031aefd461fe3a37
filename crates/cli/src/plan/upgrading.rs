//! How old hashes decrease. Each is replaced at its owner's first login. The N users are assumed to log
//! in independently and equally often, L times a day together, so that the part e^(-t·L/N) of the old
//! hashes is left after t days. Where a store limits the upgrades of a day, the limit is reached every
//! day at first; once fewer users with old hashes log in, the rest decreases as if there were no limit.

/// The old hashes of a table, in days from the move.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Upgrading {
    /// Hashes that are to be replaced.
    old: f64,
    /// Logins per user and day.
    rate: f64,
    /// The most upgrades per day; infinite without a limit.
    most_per_day: f64,
}

impl Upgrading {
    /// For `users` who log in `logins` times a day together, `old` of them with old hashes.
    pub(crate) fn new(users: f64, old: f64, logins: f64, most_per_day: Option<f64>) -> Self {
        Self { old, rate: logins / users, most_per_day: most_per_day.unwrap_or(f64::INFINITY) }
    }

    /// The number of old hashes from which on the limit is no longer reached.
    fn unlimited_from(&self) -> f64 {
        self.old.min(self.most_per_day / self.rate)
    }

    /// The days on which the limit is reached.
    fn limited_days(&self) -> f64 {
        let limited = self.old - self.unlimited_from();
        if limited > 0.0 { limited / self.most_per_day } else { 0.0 }
    }

    /// How many old hashes are left after some days.
    pub(crate) fn left(&self, days: f64) -> f64 {
        match days - self.limited_days() {
            since if since < 0.0 => self.old - self.most_per_day * days,
            since => self.unlimited_from() * (-self.rate * since).exp(),
        }
    }

    /// After how many days a part is upgraded; `None` if that never happens.
    pub(crate) fn days_until(&self, part: f64) -> Option<f64> {
        let left = self.old * (1.0 - part);
        let unlimited_from = self.unlimited_from();
        let days = if self.old == 0.0 {
            0.0
        } else if left > unlimited_from {
            (self.old - left) / self.most_per_day
        } else {
            self.limited_days() + (unlimited_from / left).ln() / self.rate
        };
        days.is_finite().then_some(days)
    }

    /// How many logins with an old hash there are in the first days.
    pub(crate) fn old_logins(&self, days: f64) -> f64 {
        let limited = days.min(self.limited_days());
        // The number decreases linearly, so its mean is that of both ends.
        let while_limited = self.rate * limited * f64::midpoint(self.old, self.left(limited));
        while_limited + (self.left(limited) - self.left(days))
    }

    /// How many hashes are upgraded in the first days.
    pub(crate) fn upgrades(&self, days: f64) -> f64 {
        self.old - self.left(days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() <= 1e-3 * expected.abs().max(1.0), "{found}, not {expected}");
    }

    #[test]
    fn without_a_limit_old_hashes_decrease_exponentially() {
        // 7,000 users, 1,000 logins a day: one in seven a day. Days by hand: 7 ln 2, 7 ln 10, 7 ln 100.
        let upgrading = Upgrading::new(7000.0, 3500.0, 1000.0, None);
        near(upgrading.days_until(0.5).unwrap(), 4.852);
        near(upgrading.days_until(0.9).unwrap(), 16.118);
        near(upgrading.days_until(0.99).unwrap(), 32.236);
        // 3,500 e^-1.
        near(upgrading.left(7.0), 1287.578);
        near(upgrading.upgrades(7.0), 2212.422);
        // Whoever logs in is upgraded: nobody logs in with an old hash twice.
        near(upgrading.old_logins(7.0), 2212.422);
    }

    #[test]
    fn a_limit_is_reached_at_first_and_later_no_more() {
        // 10,000 users, all old, 2,000 logins a day, 500 upgrades: limited down to 2,500, 15 days.
        let upgrading = Upgrading::new(10_000.0, 10_000.0, 2000.0, Some(500.0));
        near(upgrading.days_until(0.5).unwrap(), 10.0);
        near(upgrading.left(15.0), 2500.0);
        // 15 + 5 ln(2,500 / 1,000).
        near(upgrading.days_until(0.9).unwrap(), 19.581);
        near(upgrading.days_until(0.99).unwrap(), 31.094);
        // Day one: a fifth of 10,000 down to 9,500 logs in with an old hash.
        near(upgrading.old_logins(1.0), 1950.0);
        // 15 days at a mean of 6,250, then 2,500 (1 - e^-1) of the five days after.
        near(upgrading.old_logins(20.0), 18_750.0 + 1580.301);
        near(upgrading.upgrades(20.0), 10_000.0 - 2500.0 * (-1f64).exp());
    }

    #[test]
    fn without_upgrades_it_never_ends_and_without_old_hashes_it_ends_at_once() {
        let never = Upgrading::new(100.0, 50.0, 10.0, Some(0.0));
        assert_eq!(never.days_until(0.5), None);
        near(never.left(1000.0), 50.0);
        near(never.old_logins(30.0), 150.0);
        let done = Upgrading::new(100.0, 0.0, 10.0, Some(500.0));
        assert_eq!(done.days_until(0.99), Some(0.0));
        near(done.old_logins(30.0), 0.0);
    }
}
