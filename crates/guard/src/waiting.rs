//! The attempts that wait in an object: how many may, and for how long.

use std::time::Duration;

/// The most attempts that wait in an object at once. A message takes a few hundred bytes as a rule, and
/// some 25 KiB if it has the longest password of nothing but escaped characters: 6 MiB in all.
pub const MAX_WAITING: usize = 256;

/// The attempts that wait in an object. Times are in Unix milliseconds.
#[derive(Debug)]
pub struct Waiting {
    limit_ms: i64,
    arrivals: Vec<i64>,
}

impl Waiting {
    /// No attempts. `limit` is how long the Worker waits for an answer: whoever waited longer is no
    /// longer there.
    #[must_use]
    pub fn new(limit: Duration) -> Self {
        Self { limit_ms: i64::try_from(limit.as_millis()).unwrap_or(i64::MAX), arrivals: Vec::new() }
    }

    /// Adds an attempt that arrives at `now`, and returns whether there was room for it. One that is
    /// still here when its time is over is no longer counted, because its request might be dead.
    pub fn enter(&mut self, now: i64) -> bool {
        let limit_ms = self.limit_ms;
        self.arrivals.retain(|arrived| now - arrived < limit_ms);
        let has_room = self.arrivals.len() < MAX_WAITING;
        if has_room {
            self.arrivals.push(now);
        }
        has_room
    }

    /// How long an attempt may still wait that arrived at this time. `None` means that its time is over.
    #[must_use]
    pub fn left(&self, arrived: i64, now: i64) -> Option<Duration> {
        let left = self.limit_ms.saturating_sub(now.saturating_sub(arrived).max(0));
        u64::try_from(left).ok().filter(|left| *left > 0).map(Duration::from_millis)
    }

    /// Removes an attempt that arrived at this time.
    pub fn leave(&mut self, arrived: i64) {
        if let Some(place) = self.arrivals.iter().position(|arrival| *arrival == arrived) {
            self.arrivals.swap_remove(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(9);

    #[test]
    fn as_many_wait_as_there_is_room_for() {
        let mut waiting = Waiting::new(LIMIT);
        (0..MAX_WAITING).for_each(|_| assert!(waiting.enter(0)));
        assert!(!waiting.enter(1));
        waiting.leave(1);
        assert!(!waiting.enter(1), "the one without room was never there");
        waiting.leave(0);
        assert!(waiting.enter(1));
        assert!(!waiting.enter(8_999));
        assert!(waiting.enter(9_000), "the dead are not counted for ever");
    }

    #[test]
    fn nobody_waits_longer_than_the_limit() {
        let waiting = Waiting::new(LIMIT);
        assert_eq!(waiting.left(1_000, 1_000), Some(LIMIT));
        assert_eq!(waiting.left(1_000, 9_999), Some(Duration::from_millis(1)));
        assert_eq!(waiting.left(1_000, 10_000), None);
        assert_eq!(waiting.left(1_000, 100_000), None);
        assert_eq!(waiting.left(1_000, 0), Some(LIMIT), "a clock that steps back gives nobody longer");
    }
}
