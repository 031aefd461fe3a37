//! Tells whether a password is known from a breach, without naming it to the service that knows.

use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use crate::Password;

/// A password's place in the Pwned Passwords list: the upper-case SHA-1 of its UTF-8 bytes, in two parts.
/// A service learns [`BreachRange::prefix`] alone, which hundreds of known passwords share.
pub struct BreachRange(Zeroizing<String>);

impl BreachRange {
    const PREFIX_LENGTH: usize = 5;

    /// The place of a password.
    #[must_use]
    pub fn of(password: &Password) -> Self {
        let digest = Zeroizing::new(<[u8; 20]>::from(Sha1::digest(password.expose())));
        Self(Zeroizing::new(base16ct::upper::encode_string(&*digest)))
    }

    /// The five hexadecimal digits that are sent: the last part of the path `/range/{prefix}`.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.parts().0
    }

    /// Whether the service's answer names the password: a line `SUFFIX:COUNT` with its suffix. A count of 0
    /// is padding, which the header `Add-Padding: true` asks for. A line of another form names nothing.
    #[must_use]
    pub fn is_in(&self, answer: &str) -> bool {
        answer.lines().filter_map(|line| line.trim_end().split_once(':')).any(|(suffix, count)| {
            suffix.eq_ignore_ascii_case(self.parts().1) && count.parse::<u64>().is_ok_and(|count| count > 0)
        })
    }

    fn parts(&self) -> (&str, &str) {
        self.0.split_at(Self::PREFIX_LENGTH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The SHA-1 of "password" is 5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8.
    const SUFFIX: &str = "1E4C9B93F3F0682250B6CF8331B7EE68FD8";

    fn password_is_in(answer: &str) -> bool {
        BreachRange::of(&Password::new("password")).is_in(answer)
    }

    #[test]
    fn five_digits_of_the_digest_are_sent() {
        assert_eq!(BreachRange::of(&Password::new("password")).prefix(), "5BAA6");
    }

    #[test]
    fn a_suffix_with_a_count_is_known() {
        assert!(password_is_in(&format!("0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n{SUFFIX}:3861493\r\n")));
        assert!(password_is_in(&format!("{}:1", SUFFIX.to_lowercase())));
    }

    #[test]
    fn padding_and_other_suffixes_are_not_known() {
        assert!(!password_is_in(&format!("{SUFFIX}:0\r\n")));
        assert!(!password_is_in("0018A45C4D1DEF81644B54AB7F969B88D65:1\r\n"));
    }

    #[test]
    fn an_answer_of_another_form_names_nothing() {
        for answer in
            ["", "<html>", SUFFIX, &format!("{SUFFIX}:"), &format!("{SUFFIX}:-1"), &format!("5BAA6{SUFFIX}:1")]
        {
            assert!(!password_is_in(answer), "{answer}");
        }
    }
}
