//! Times as databases write them.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// Numbers from here on are milliseconds: as seconds they would be after the year 5000.
const FIRST_MILLISECONDS: i64 = 100_000_000_000;

/// Reads a time in Unix seconds or milliseconds, or a date with a time as in `2030-01-31 12:00:00+00`, which
/// is in UTC unless it says otherwise. Returns Unix seconds.
pub(super) fn instant(text: &str) -> Option<i64> {
    if let Ok(number) = text.parse::<i64>() {
        return Some(if number.abs() < FIRST_MILLISECONDS { number } else { number.div_euclid(1000) });
    }
    let with_offset = || text.parse::<Timestamp>().ok();
    let in_utc = || TimeZone::UTC.to_timestamp(text.parse::<DateTime>().ok()?).ok();
    with_offset().or_else(in_utc).map(Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_databases_write_them() {
        for text in [
            "1893456000",
            "1893456000000",
            "2030-01-01T00:00:00.000Z",
            "2030-01-01 00:00:00+00",
            "2030-01-01 01:00:00.5+01:00",
            "2030-01-01 00:00:00",
            "2030-01-01T00:00:00.123456",
            "2030-01-01",
        ] {
            assert_eq!(instant(text), Some(1_893_456_000), "{text}");
        }
        for text in ["", "soon", "2030-13-01", "1.5"] {
            assert_eq!(instant(text), None, "{text}");
        }
    }
}
