//! Which generation of a refresh token a client gets, and when a session ends because its tokens came again too often.
//!
//! The answer to a refresh may be lost, and a browser's tabs may refresh at the same time. Then a token comes again, and its
//! owner has to stay in. But a stolen token comes again, too.

use serde::{Deserialize, Serialize};

use super::message::Refused;

/// How long after its retirement any generation gives the current one, in milliseconds.
const GRACE_MS: i64 = 10_000;
/// How many generations in a row may come again suspiciously. With this one the session ends.
const MOST_COUNTED: u32 = 4;
/// How many retired generations are remembered, besides those that are older than [`GRACE_MS`].
const REMEMBERED: usize = 16;

/// The generations of a session's refresh token. It is kept as JSON in one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rotation {
    /// The generation that nobody has presented yet.
    current: u32,
    /// How many generations in a row have come again suspiciously.
    counted: u32,
    /// Those that were retired, the latest first: always the one before the current one, and those that were retired
    /// lately.
    retired: Vec<Retired>,
}

/// A generation that was presented, and replaced by the next one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Retired {
    generation: u32,
    /// When, in Unix milliseconds.
    at: i64,
    /// The keyed hash of the network that it came from.
    network: String,
    /// Whether it came again later, or from another network. It counts once.
    counted: bool,
}

/// What follows from a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presented {
    /// The client gets this generation.
    Gets(u32),
    /// The token is none of this session's.
    Unknown,
    /// The session has to end.
    Ends(Refused),
}

impl Rotation {
    pub(super) fn new() -> Self {
        Self { current: 0, counted: 0, retired: Vec::new() }
    }

    /// A client in this network presents a generation.
    ///
    /// The current generation makes room for the next. The one before it gives the current one again, however late; any
    /// other does so for ten seconds after its retirement, and afterwards ends the session. A generation that comes again
    /// after that time, or from another network, counts. The fourth that counts in a row ends the session.
    pub(super) fn present(&mut self, generation: u32, network: &str, now: i64) -> Presented {
        if generation == self.current {
            return self.rotate(network, now);
        }
        if generation > self.current {
            return Presented::Unknown;
        }
        let is_last = generation.checked_add(1) == Some(self.current);
        let found = self.retired.iter_mut().find(|retired| retired.generation == generation);
        let Some(retired) = found.filter(|retired| is_last || !retired.is_late(now)) else {
            return Presented::Ends(Refused::Reused);
        };
        // Clients whose network is not known may be anywhere.
        let is_elsewhere = retired.network != network || network.is_empty();
        if !retired.counted && (retired.is_late(now) || is_elsewhere) {
            retired.counted = true;
            self.counted += 1;
        }
        if self.counted < MOST_COUNTED { Presented::Gets(self.current) } else { Presented::Ends(Refused::Shared) }
    }

    fn rotate(&mut self, network: &str, now: i64) -> Presented {
        let Some(next) = self.current.checked_add(1) else { return Presented::Ends(Refused::Reused) };
        // The last generation had its time to come again, and neither it nor those just before it did. Without this time, a
        // thief who rotates twice in a moment would interrupt the row.
        let had_time = self.retired.first().is_some_and(|last| last.is_late(now));
        if had_time && self.retired.iter().all(|retired| !retired.counted) {
            self.counted = 0;
        }
        self.retired.retain(|retired| !retired.is_late(now));
        self.retired.truncate(REMEMBERED - 1);
        let retired = Retired { generation: self.current, at: now, network: network.to_owned(), counted: false };
        self.retired.insert(0, retired);
        self.current = next;
        Presented::Gets(next)
    }
}

impl Retired {
    fn is_late(&self, now: i64) -> bool {
        now - self.at > GRACE_MS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: i64 = GRACE_MS + 1;

    /// A session whose generations 0 to `current` − 1 were retired, `LATER` apart, in the network `home`.
    fn rotated(current: u32) -> (Rotation, i64) {
        let mut rotation = Rotation::new();
        let mut now = 0;
        for generation in 0..current {
            now += LATER;
            assert_eq!(rotation.present(generation, "home", now), Presented::Gets(generation + 1));
        }
        (rotation, now)
    }

    #[test]
    fn the_current_generation_gives_the_next() {
        let (rotation, _) = rotated(1000);
        assert_eq!((rotation.current, rotation.counted, rotation.retired.len()), (1000, 0, 1));
    }

    #[test]
    fn a_lost_answer_is_given_again_however_late() {
        let (mut rotation, now) = rotated(5);
        for wait in [0, 1, LATER, 1_000_000_000] {
            assert_eq!(rotation.present(4, "home", now + wait), Presented::Gets(5));
        }
        assert_eq!(rotation.counted, 1, "it counts once");
        assert_eq!(rotation.present(5, "home", now + 1_000_000_001), Presented::Gets(6));
    }

    #[test]
    fn a_hundred_at_once_stay_in() {
        let (mut rotation, now) = rotated(5);
        for millis in 0..100 {
            assert_eq!(rotation.present(5, "home", now + LATER + millis), Presented::Gets(6));
        }
        assert_eq!(rotation.counted, 0);
    }

    #[test]
    fn any_generation_gives_the_current_one_for_ten_seconds() {
        let (mut rotation, now) = rotated(5);
        for generation in 5..10 {
            assert_eq!(
                rotation.present(generation, "home", now + i64::from(generation)),
                Presented::Gets(generation + 1)
            );
        }
        for generation in 5..9 {
            let end = now + i64::from(generation) + GRACE_MS;
            assert_eq!(rotation.clone().present(generation, "home", end), Presented::Gets(10));
            assert_eq!(rotation.clone().present(generation, "home", end + 1), Presented::Ends(Refused::Reused));
        }
        assert_eq!(rotation.present(9, "home", now + 1_000_000), Presented::Gets(10));
    }

    #[test]
    fn an_old_generation_ends_the_session_and_an_unknown_one_does_not() {
        let (mut rotation, now) = rotated(5);
        assert_eq!(rotation.present(6, "home", now), Presented::Unknown);
        assert_eq!(rotation.present(u32::MAX, "home", now), Presented::Unknown);
        assert_eq!(rotation.present(3, "home", now + LATER), Presented::Ends(Refused::Reused));
    }

    #[test]
    fn the_fourth_in_a_row_that_comes_again_ends_the_session() {
        for (network, wait) in [("home", LATER), ("elsewhere", 0)] {
            let (mut rotation, mut now) = rotated(1);
            for generation in 0..4 {
                let expected =
                    if generation < 3 { Presented::Gets(generation + 1) } else { Presented::Ends(Refused::Shared) };
                assert_eq!(rotation.present(generation, network, now + wait), expected);
                now += LATER;
                if generation < 3 {
                    assert_eq!(rotation.present(generation + 1, "home", now), Presented::Gets(generation + 2));
                }
            }
        }
    }

    #[test]
    fn a_generation_that_comes_once_interrupts_the_row() {
        let (mut rotation, mut now) = rotated(1);
        for generation in 0..1000 {
            if generation % 4 != 3 {
                assert_eq!(rotation.present(generation, "elsewhere", now), Presented::Gets(generation + 1));
            }
            now += LATER;
            assert_eq!(rotation.present(generation + 1, "home", now), Presented::Gets(generation + 2));
        }
    }

    /// A small generator of random numbers (`SplitMix64`), so that a run can be repeated.
    struct Numbers(u64);

    impl Numbers {
        fn below(&mut self, end: u64) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = self.0;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (mixed ^ (mixed >> 31)) % end
        }
    }

    /// How many of so many refreshes ended an honest session. One answer in a hundred is lost, and the client comes again so
    /// late that it counts.
    fn honest_ends(refreshes: u32, seed: u64) -> u32 {
        let mut numbers = Numbers(seed);
        let (mut rotation, mut held, mut now, mut ends) = (Rotation::new(), 0, 0, 0);
        for _ in 0..refreshes {
            now += 60 * LATER;
            match rotation.present(held, "home", now) {
                Presented::Gets(generation) if numbers.below(100) > 0 => held = generation,
                Presented::Gets(_) => {}
                presented => {
                    assert_eq!(presented, Presented::Ends(Refused::Shared));
                    ends += 1;
                    (rotation, held) = (Rotation::new(), 0);
                }
            }
        }
        ends
    }

    #[test]
    fn lost_answers_log_nobody_out() {
        // Four in a row have a probability of 10⁻⁸, so the expectation for ten million refreshes is 0.1 sessions.
        assert_eq!(honest_ends(10_000_000, 1), 0);
    }

    /// How many tokens a thief gets who takes one now, and during how many of the owner's refreshes, of which there is one an
    /// hour. The thief is in another network, and refreshes up to `most` times just before the owner, and as often just after
    /// or half an hour later.
    fn thief(numbers: &mut Numbers, most: u64) -> (u32, u32) {
        let (mut rotation, mut owners, mut thiefs) = (Rotation::new(), 0, 0);
        let (mut gets, mut now) = (0, 0);
        for turn in 0..1000 {
            let before = numbers.below(most + 1);
            let after = if most == 1 { 1 - before } else { numbers.below(most + 1) };
            let wait = if numbers.below(2) == 0 { 1000 } else { 1_800_000 };
            now += 3_600_000;
            let thief = |now| (false, now);
            let visits = (0..before)
                .map(|_| thief(now - 1000))
                .chain([(true, now)])
                .chain((0..after).map(|_| thief(now + wait)));
            for (is_owner, now) in visits {
                let (held, network) = if is_owner { (&mut owners, "home") } else { (&mut thiefs, "elsewhere") };
                match rotation.present(*held, network, now) {
                    Presented::Gets(generation) => *held = generation,
                    _ => return (gets, turn),
                }
                gets += u32::from(!is_owner);
            }
        }
        panic!("the thief stays in")
    }

    #[test]
    fn a_thief_who_keeps_in_step_is_found() {
        let mut numbers = Numbers(1);
        for _ in 0..100_000 {
            let (gets, turns) = thief(&mut numbers, 1);
            assert!(gets <= 4 && turns <= 4, "{gets} tokens during {turns} refreshes");
        }
        for _ in 0..100_000 {
            // With several at once a thief gets more tokens, but not for longer: only every other refresh may be left out.
            let (gets, turns) = thief(&mut numbers, 3);
            assert!(turns <= 8, "{gets} tokens during {turns} refreshes");
        }
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut rotation = Rotation::new();
        for generation in 0..1000 {
            assert_eq!(rotation.present(generation, "0123456789abcdef", 0), Presented::Gets(generation + 1));
        }
        assert!(serde_json::to_string(&rotation).unwrap().len() < 1500);
    }
}
