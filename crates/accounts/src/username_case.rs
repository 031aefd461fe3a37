//! Whether upper and lower case make two names of one.

use std::borrow::Cow;

use crate::username::Username;

/// How names are compared: the value of the variable `USERNAME_CASE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsernameCase {
    /// `Alice` and `alice` are two users.
    Exact,
    /// Names are stored, looked up and counted in lower case.
    Lower,
}

impl UsernameCase {
    /// The case that this value of the variable names.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "exact" => Some(Self::Exact),
            "lower" => Some(Self::Lower),
            _ => None,
        }
    }

    /// The name under which a user is stored, looked up and counted. In lower case it may have more bytes.
    #[must_use]
    pub fn apply(self, username: &str) -> Cow<'_, str> {
        match self {
            Self::Exact => username.into(),
            Self::Lower => username.chars().map(lower).collect(),
        }
    }

    /// The same as a [`Username`]; `None` if it can't be one.
    #[must_use]
    pub fn username(self, username: &str) -> Option<Username> {
        Username::parse(&self.apply(username))
    }
}

/// The character's simple lowercase mapping (Unicode Standard §4.2). `ς` counts as `σ`: programs that look
/// at the whole word write a `Σ` at its end as `ς`. `İ` and the Kelvin sign stay as they are: nobody gets at a name in
/// ASCII with a character that is not in ASCII.
fn lower(character: char) -> char {
    // Only `İ` has a full mapping to two characters, and it is not mapped.
    match character.to_lowercase().next() {
        Some('ς') => 'σ',
        Some(lower) if lower.is_ascii() == character.is_ascii() => lower,
        _ => character,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_differ_in_case_alone_are_one() {
        for names in [
            ["Alice@Example.COM", "alice@example.com"],
            ["ÄÖÜ ẞ", "äöü ß"],
            ["ΟΔΟΣ", "οδος"],
            ["\u{212b}", "å"],
            ["김철수", "김철수"],
        ] {
            let [one, other] = names.map(|name| UsernameCase::Lower.apply(name).into_owned());
            assert_eq!(one, other);
            assert_eq!(UsernameCase::Lower.apply(&one), one);
            assert_eq!(UsernameCase::Lower.username(names[0]), Username::parse(&one));
            assert_eq!(names.map(|name| UsernameCase::Exact.apply(name).into_owned()), names);
        }
        assert_eq!("Ⱥ".repeat(100).len(), 200);
        assert_eq!(UsernameCase::Lower.username(&"Ⱥ".repeat(100)), None, "300 bytes");
        for [one, other] in [["ı", "i"], ["admİn", "admin"], ["\u{212a}im", "kim"], ["ss", "ß"], ["e\u{301}", "é"]]
        {
            assert_ne!(UsernameCase::Lower.apply(one), UsernameCase::Lower.apply(other));
        }
    }

    #[test]
    fn a_character_stays_one_and_its_lower_case_stays_as_it_is() {
        for character in '\0'..=char::MAX {
            assert_eq!(lower(lower(character)), lower(character), "{character:?}");
            assert!(character.to_lowercase().len() == 1 || character == 'İ', "{character:?}");
            assert_eq!(lower(character).is_ascii(), character.is_ascii(), "{character:?}");
        }
    }
}
