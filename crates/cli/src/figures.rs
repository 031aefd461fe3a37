//! Numbers as people read them.

/// A count as a floating-point number, exact up to 2^53.
#[allow(clippy::cast_precision_loss)]
pub(crate) fn real(count: u64) -> f64 {
    count as f64
}

/// `12,345`.
pub(crate) fn count(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `12.3 %`. Only exact values are shown as `0 %` and `100 %`.
pub(crate) fn percent(fraction: f64) -> String {
    match 100.0 * fraction {
        0.0 => "0 %".to_owned(),
        percent if percent < 0.1 => "<0.1 %".to_owned(),
        percent if percent < 100.0 && percent > 99.9 => ">99.9 %".to_owned(),
        percent if percent < 100.0 => format!("{percent:.1} %"),
        percent => format!("{} %", count(percent)),
    }
}

/// `90 %`, for a part that is a whole number of hundredths.
pub(crate) fn hundredths(part: f64) -> String {
    format!("{:.0} %", 100.0 * part)
}

pub(crate) fn milliseconds(number: f64) -> String {
    format!("{} ms", count(number))
}

pub(crate) fn mebibytes(bytes: f64) -> String {
    format!("{:.1} MiB", bytes / 1024.0 / 1024.0)
}

/// `$12.34`.
pub(crate) fn dollars(amount: f64) -> String {
    let cents = format!("{amount:.2}");
    match cents.split_once('.') {
        Some((whole, cents)) => format!("${}.{cents}", count(whole.parse().unwrap_or_default())),
        None => cents,
    }
}

/// `5 days`, rounded up.
pub(crate) fn days(number: f64) -> String {
    match number.ceil() {
        1.0 => "1 day".to_owned(),
        days => format!("{} days", count(days)),
    }
}

/// `1 user`, `1,234 users`.
pub(crate) fn users(number: u64) -> String {
    counted(number, "user", "users")
}

/// `1 row`, `1,234 rows`.
pub(crate) fn rows(number: u64) -> String {
    counted(number, "row", "rows")
}

/// A number and what it counts.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(real(number)), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!([0.0, 999.0, 1000.0, 1_234_567.4].map(count), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [0.0, 0.0001, 0.125, 0.9999, 1.0, 43.21].map(percent),
            ["0 %", "<0.1 %", "12.5 %", ">99.9 %", "100 %", "4,321 %"]
        );
        assert_eq!(hundredths(0.9), "90 %");
        assert_eq!([5.0, 1234.5, 0.004].map(dollars), ["$5.00", "$1,234.50", "$0.00"]);
        assert_eq!([0.0, 0.2, 4.85, 1000.0].map(days), ["0 days", "1 day", "5 days", "1,000 days"]);
        assert_eq!([1, 2500].map(users), ["1 user", "2,500 users"]);
        assert_eq!([0, 1].map(rows), ["0 rows", "1 row"]);
        assert_eq!((milliseconds(53.137), mebibytes(19_988_480.0)), ("53 ms".to_owned(), "19.1 MiB".to_owned()));
    }
}
