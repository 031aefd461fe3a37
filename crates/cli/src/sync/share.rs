//! A part of all users, in hundredths.

use std::{fmt, str::FromStr};

use crate::figures::real;

/// A share of users, from 0 to 100 %.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Share(f64);

impl Share {
    /// Whether a part of all is more than this share.
    pub(crate) fn is_exceeded_by(self, part: u64, all: u64) -> bool {
        real(part) * 100.0 > self.0 * real(all)
    }

    /// The least whole share that holds a part of all.
    pub(crate) fn that_holds(part: u64, all: u64) -> Self {
        Self((real(part) * 100.0 / real(all)).ceil())
    }
}

impl FromStr for Share {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.trim_end_matches('%').trim_end().parse().ok();
        number.filter(|number| (0.0..=100.0).contains(number)).map(Self).ok_or("it must be from 0% to 100%")
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_number_of_hundredths() {
        for (text, shown) in [("10%", "10%"), ("10", "10%"), ("2.5 %", "2.5%"), ("0", "0%"), ("100%", "100%")] {
            assert_eq!(text.parse::<Share>().unwrap().to_string(), shown);
        }
        for text in ["", "%", "-1", "101%", "x", "NaN"] {
            assert!(text.parse::<Share>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_part_may_be_just_as_large() {
        let ten = Share(10.0);
        assert!(!ten.is_exceeded_by(1, 10) && ten.is_exceeded_by(2, 19) && ten.is_exceeded_by(1, 9));
        assert!(!ten.is_exceeded_by(0, 0));
        for (part, all) in [(1, 3), (2, 3), (1, 1), (1, 1000)] {
            assert!(!Share::that_holds(part, all).is_exceeded_by(part, all));
        }
    }
}
