//! How many bodies an isolate reads at once.

use std::{collections::VecDeque, time::Duration};

use super::{BODY_TIMEOUT, Request};

/// The most bodies that an isolate reads at once. With [`MAX_BODY_BYTES`](super::MAX_BODY_BYTES) each,
/// they take 4 MiB. As many again may have been given up and wait to be dropped.
pub const MAX_OPEN_BODIES: usize = 256;

/// Whose bodies a body shares its places with. Logins have places of their own, because they pass the gate before anything
/// is read of them, and the other endpoints' bodies don't.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Places {
    /// Those of logins.
    Logins,
    /// Those of all other endpoints.
    Others,
}

impl Places {
    /// The places for the body of a request.
    #[must_use]
    pub fn of(request: &Request<'_>) -> Self {
        if request.path == LOGIN { Self::Logins } else { Self::Others }
    }
}

/// The path of logins.
pub(crate) const LOGIN: &str = "/api/user/login";

/// The bodies that an isolate is reading, the oldest first. If there is one too many, the oldest is
/// given up: a login's body arrives at once, and one that was sent to occupy memory doesn't. If the
/// newest were refused instead, a few hundred connections could keep everyone out.
///
/// Times are those since any fixed moment.
#[derive(Debug)]
pub struct OpenBodies<T> {
    open: VecDeque<(u64, T)>,
    /// Those that were given up, and when. Their requests may take a moment to drop them. One that takes
    /// longer than [`BODY_TIMEOUT`] is no longer counted, because its request might be dead.
    given_up: VecDeque<(u64, Duration)>,
    opened: u64,
}

impl<T> OpenBodies<T> {
    /// No bodies.
    #[must_use]
    pub const fn new() -> Self {
        Self { open: VecDeque::new(), given_up: VecDeque::new(), opened: 0 }
    }

    /// Adds a body, with what it takes to give it up. Returns its number, and the body that has to be
    /// given up for it, if there is one. Returns `None` if too many of those are still there.
    pub fn open(&mut self, body: T, now: Duration) -> Option<(u64, Option<T>)> {
        self.given_up.retain(|(_, since)| *since + BODY_TIMEOUT >= now);
        let oldest = if self.open.len() < MAX_OPEN_BODIES {
            None
        } else if self.given_up.len() < MAX_OPEN_BODIES {
            self.open.pop_front()
        } else {
            return None;
        };
        self.opened += 1;
        self.open.push_back((self.opened, body));
        let oldest = oldest.map(|(number, body)| {
            self.given_up.push_back((number, now));
            body
        });
        Some((self.opened, oldest))
    }

    /// Removes a body that was dropped. Returns what it takes to give it up, unless it was.
    pub fn close(&mut self, number: u64) -> Option<T> {
        if let Ok(place) = self.open.binary_search_by_key(&number, |(number, _)| *number) {
            return self.open.remove(place).map(|(_, body)| body);
        }
        if let Ok(place) = self.given_up.binary_search_by_key(&number, |(number, _)| *number) {
            self.given_up.remove(place);
        }
        None
    }
}

impl<T> Default for OpenBodies<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: u64 = MAX_OPEN_BODIES as u64;

    /// As many bodies as may be open. Their numbers begin with 1, and each can be told by its number.
    fn full() -> OpenBodies<u64> {
        let mut bodies = OpenBodies::new();
        (1..=MAX).for_each(|number| assert_eq!(bodies.open(number, Duration::ZERO), Some((number, None))));
        bodies
    }

    #[test]
    fn the_oldest_body_makes_room_for_the_newest() {
        let mut bodies = full();
        assert_eq!(bodies.open(MAX + 1, Duration::ZERO), Some((MAX + 1, Some(1))));
        assert_eq!(bodies.close(3), Some(3));
        assert_eq!(bodies.open(MAX + 2, Duration::ZERO), Some((MAX + 2, None)));
        assert_eq!(bodies.open(MAX + 3, Duration::ZERO), Some((MAX + 3, Some(2))));
        assert_eq!(bodies.open(MAX + 4, Duration::ZERO), Some((MAX + 4, Some(4))));
    }

    #[test]
    fn no_body_is_opened_while_too_many_wait_to_be_dropped() {
        let mut bodies = full();
        (1..=MAX).for_each(|body| assert!(bodies.open(MAX + body, Duration::ZERO).is_some()));
        assert_eq!(bodies.open(0, BODY_TIMEOUT), None);
        assert_eq!(bodies.close(7), None, "it was given up");
        assert_eq!(bodies.open(0, BODY_TIMEOUT), Some((2 * MAX + 1, Some(MAX + 1))));
        assert_eq!(bodies.open(0, BODY_TIMEOUT), None);
        assert!(bodies.open(0, BODY_TIMEOUT + Duration::from_millis(1)).is_some(), "the dead are not counted for ever");
    }
}
