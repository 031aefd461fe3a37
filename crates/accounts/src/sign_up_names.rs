//! Which names may sign up.

use std::fmt;

use crate::{Username, UsernameCase};

/// The names that strangers may take: a class of ASCII characters and a range of lengths. An operator's own names are
/// not bound by it. It is a class, not a regular expression: that says everything such a rule has to, and costs no
/// library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignUpNames {
    pattern: String,
    characters: String,
    min: usize,
    max: usize,
}

impl Default for SignUpNames {
    /// `[a-z0-9._-]{3,32}`.
    fn default() -> Self {
        let characters = ('a'..='z').chain('0'..='9').chain("._-".chars()).collect();
        Self { pattern: "[a-z0-9._-]{3,32}".to_owned(), characters, min: 3, max: 32 }
    }
}

impl SignUpNames {
    const MAX_LENGTH: usize = 256;

    /// Reads `[class]{min,max}`: in the class, ranges such as `a-z` and single characters (a `-` comes last), all of them
    /// printable ASCII without a space, `/`, `\`, `[`, `]` and `^`; `1 <= min <= max <= 256`. `None` for anything else.
    #[must_use]
    pub fn parse(pattern: &str) -> Option<Self> {
        let (class, lengths) = pattern.strip_prefix('[')?.strip_suffix('}')?.split_once("]{")?;
        let (min, max) = lengths.split_once(',')?;
        let (min, max) = (min.parse().ok()?, max.parse().ok()?);
        if class.is_empty() || min < 1 || max < min || max > Self::MAX_LENGTH {
            return None;
        }
        let mut characters = String::new();
        let mut rest = class;
        while let Some(first) = rest.chars().next() {
            let mut after = rest.chars().skip(1);
            let last = if after.next() == Some('-') { after.next() } else { None };
            let last_or_first = last.unwrap_or(first);
            if last_or_first < first {
                return None;
            }
            characters.extend(first..=last_or_first);
            rest = rest.get(if last.is_some() { 3 } else { 1 }..)?;
        }
        let fits = characters.chars().all(|character| character.is_ascii_graphic() && !r"/\[]^".contains(character));
        fits.then_some(Self { pattern: pattern.to_owned(), characters, min, max })
    }

    /// The username under which a name is stored; `None` for a name that may not sign up. `.` and `..` never may, as
    /// they can't be a segment of a path.
    #[must_use]
    pub fn username(&self, name: &str, case: UsernameCase) -> Option<Username> {
        let username = case.username(name)?;
        let name = username.as_str();
        let fits = (self.min..=self.max).contains(&name.len())
            && name.chars().all(|character| self.characters.contains(character))
            && !matches!(name, "." | "..");
        fits.then_some(username)
    }
}

/// Writes the pattern.
impl fmt::Display for SignUpNames {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.pattern)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(names: &SignUpNames, name: &str) -> bool {
        names.username(name, UsernameCase::Exact).is_some()
    }

    #[test]
    fn the_default_is_what_its_pattern_says() {
        assert_eq!(SignUpNames::parse("[a-z0-9._-]{3,32}"), Some(SignUpNames::default()));
    }

    #[test]
    fn a_name_has_the_classs_characters_and_a_length_in_the_range() {
        let names = SignUpNames::default();
        for name in ["abc", "a.b_c-9", &"a".repeat(32)] {
            assert!(takes(&names, name), "{name}");
        }
        for name in ["", "ab", "Abc", "a b", "jos\u{e9}", "a/b", "a@b", &"a".repeat(33)] {
            assert!(!takes(&names, name), "{name}");
        }
    }

    #[test]
    fn a_path_has_no_segment_of_dots() {
        let names = SignUpNames::parse("[a-z.]{1,9}").unwrap();
        assert!(!takes(&names, ".") && !takes(&names, ".."));
        assert!(takes(&names, "..."));
    }

    #[test]
    fn the_case_is_applied_first() {
        let username = SignUpNames::default().username("Alice", UsernameCase::Lower);
        assert_eq!(username, Username::parse("alice"));
    }

    #[test]
    fn a_pattern_of_another_form_is_refused() {
        for pattern in [
            "",
            "a-z",
            "[]{1,2}",
            "[a-z]",
            "[a-z]{3}",
            "[a-z]{0,3}",
            "[a-z]{4,3}",
            "[a-z]{1,257}",
            "[z-a]{1,2}",
            "[a/]{1,2}",
            "[ ]{1,2}",
            "[\u{e9}]{1,2}",
            "[a-\u{e9}]{1,2}",
            "[^a]{1,2}",
            "[\\d]{1,2}",
        ] {
            assert_eq!(SignUpNames::parse(pattern), None, "{pattern}");
        }
    }
}
