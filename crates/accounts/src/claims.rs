//! The claims that a user's tokens carry besides those of every token.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{MapAccess, Visitor},
    ser::Error,
};
use serde_json::{Value, value::RawValue};

/// Claims for a user's tokens: a JSON object of at most 2,048 bytes and 16 levels, without the claims that
/// a token has anyway, whatever the case of their letters. They are kept as they were written, so that no number loses a digit, but without line breaks
/// and tabs.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims(String);

/// Why something can't be [`Claims`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimsError {
    /// It is not JSON, or not an object.
    #[error("the claims are not a JSON object")]
    NotObject,
    /// It has a claim that a token has anyway, or one that is kept for later.
    #[error("the claim `{0}` can't be set for a user")]
    Reserved(&'static str),
    /// It has two claims of one name, or of names that differ only in case.
    #[error("two claims have the same name, or names that differ only in upper and lower case")]
    Twice,
    /// Its arrays and objects have more than 16 levels.
    #[error("the claims have more than {MAX_DEPTH} levels of arrays and objects")]
    Deep,
    /// A string has half of a surrogate pair, which is no character.
    #[error("a string of the claims has half of a surrogate pair")]
    LoneSurrogate,
    /// A number is larger than a double can be. Some readers refuse the whole token then, others take it for infinite.
    #[error("a number of the claims is too large")]
    Number,
    /// It is longer than 2,048 bytes, or than 32,768 with line breaks, tabs, and spaces around it.
    #[error("the claims have {0} bytes, more than {MAX_BYTES}")]
    Long(usize),
}

const MAX_BYTES: usize = 2048;
/// With the line breaks and tabs that are taken out. Names are compared in pairs, so that a longer text would cost much.
const MAX_BYTES_WRITTEN: usize = 16 * MAX_BYTES;
const MAX_DEPTH: usize = 16;

/// The registered claims (RFC 7519 §4.1), the username (`OpenID` Connect Core §5.1), and the session,
/// which tokens may name one day (`OpenID` Connect Front-Channel Logout §3).
const RESERVED: [&str; 10] = ["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "preferred_username", "sid", "ver"];

/// Between the tokens of JSON these mean nothing, and within strings there are none.
const BREAKS: [char; 3] = ['\t', '\n', '\r'];

impl Claims {
    /// Reads claims from JSON.
    ///
    /// # Errors
    /// [`ClaimsError`] for anything but a short object of claims that a user may have.
    pub fn parse(json: &str) -> Result<Self, ClaimsError> {
        if json.len() > MAX_BYTES_WRITTEN {
            return Err(ClaimsError::Long(json.len()));
        }
        let Entries(entries) = serde_json::from_str(json).map_err(|_| ClaimsError::NotObject)?;
        for (index, (name, _)) in entries.iter().enumerate() {
            if let Some(reserved) = RESERVED.into_iter().find(|reserved| alike(reserved, name)) {
                return Err(ClaimsError::Reserved(reserved));
            }
            if entries.iter().skip(index + 1).any(|(other, _)| alike(other, name)) {
                return Err(ClaimsError::Twice);
            }
        }
        check_values(json)?;
        serde_json::from_str::<Value>(json).map_err(|_| ClaimsError::Number)?;
        let json = json.trim().replace(BREAKS, "");
        if json.len() > MAX_BYTES { Err(ClaimsError::Long(json.len())) } else { Ok(Self(json)) }
    }

    /// The claims as JSON.
    #[must_use]
    pub fn as_json(&self) -> &str {
        &self.0
    }

    /// Serialises the claims one by one, among others of the same token.
    ///
    /// # Errors
    /// The serialiser's. The claims themselves can always be read again.
    pub fn serialize_each<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Entries(entries) = serde_json::from_str(&self.0).map_err(S::Error::custom)?;
        serializer.collect_map(entries)
    }
}

/// Whether a reader may take two names for the same. Go's `encoding/json` ignores the case of letters, by
/// Unicode's simple case folding, and the last claim counts. Of the letters beyond ASCII, only these two
/// can stand for one of ASCII.
fn alike(one: &str, other: &str) -> bool {
    let folded = |c| match c {
        'ſ' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    };
    one.chars().map(folded).eq(other.chars().map(folded))
}

/// Refuses values that are valid JSON, but that readers of JSON may stumble over.
fn check_values(json: &str) -> Result<(), ClaimsError> {
    let mut depth = 0_usize;
    let mut rest = json;
    while let Some((_, found)) = rest.find(['{', '[', '}', ']', '"']).and_then(|start| rest.split_at_checked(start)) {
        let mut length = 1;
        match found.as_bytes().first() {
            Some(b'{' | b'[') => depth += 1,
            Some(b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {
                let mut strings = serde_json::Deserializer::from_str(found).into_iter::<Cow<'_, str>>();
                if !matches!(strings.next(), Some(Ok(_))) {
                    return Err(ClaimsError::LoneSurrogate);
                }
                length = strings.byte_offset();
            }
        }
        if depth > MAX_DEPTH {
            return Err(ClaimsError::Deep);
        }
        rest = found.get(length..).unwrap_or_default();
    }
    Ok(())
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims").finish_non_exhaustive()
    }
}

impl Serialize for Claims {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<&RawValue>(&self.0).map_err(S::Error::custom)?.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?;
        Self::parse(json.get()).map_err(serde::de::Error::custom)
    }
}

/// The members of an object, in their order.
struct Entries<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EachEntry)
    }
}

struct EachEntry;

impl<'de> Visitor<'de> for EachEntry {
    type Value = Entries<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = object.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_as_they_were_written() {
        let json = r#"{"user_id": 12345678901234567890123, "roles":["a", "b c"], "score": 1.10e2, "gr\u00f6ße":null}"#;
        let claims = Claims::parse(json).unwrap();
        assert_eq!(claims.as_json(), json);
        assert_eq!(serde_json::to_string(&claims).unwrap(), json);
        let mut each = Vec::new();
        claims.serialize_each(&mut serde_json::Serializer::new(&mut each)).unwrap();
        assert_eq!(
            String::from_utf8(each).unwrap(),
            r#"{"user_id":12345678901234567890123,"roles":["a", "b c"],"score":1.10e2,"größe":null}"#
        );
        assert_eq!(serde_json::from_str(json).ok(), Some(claims));
        assert_eq!(Claims::parse(" {}\n").unwrap().as_json(), "{}");
    }

    #[test]
    fn claims_are_one_line() {
        let claims = Claims::parse("{\n\t\"a\": {\r\n\t\t\"b\": [1,\n2],\n\"c\": \"\\n\\u0009\"\n}\n}").unwrap();
        assert_eq!(claims.as_json(), r#"{"a": {"b": [1,2],"c": "\n\u0009"}}"#);
        assert_eq!(Claims::parse("{\"a\nb\":1}"), Err(ClaimsError::NotObject));
        assert_eq!(Claims::parse("{\"a\":1\n2}"), Err(ClaimsError::NotObject));
    }

    #[test]
    fn what_a_token_has_anyway_is_refused() {
        for name in RESERVED {
            let refused = Err(ClaimsError::Reserved(name));
            assert_eq!(Claims::parse(&format!(r#"{{"a":1,"{name}":"x"}}"#)), refused);
        }
        assert_eq!(Claims::parse(r#"{"\u0073ub":"x"}"#), Err(ClaimsError::Reserved("sub")));
        assert!(Claims::parse(r#"{"subject":1,"scope":"a","token_type":"access"}"#).is_ok());
    }

    #[test]
    fn the_case_of_a_name_does_not_matter() {
        for (name, reserved) in [("Sub", "sub"), ("EXP", "exp"), ("ſub", "sub"), (r"\u017FID", "sid")] {
            let refused = Err(ClaimsError::Reserved(reserved));
            assert_eq!(Claims::parse(&format!(r#"{{"{name}":1}}"#)), refused, "{name}");
        }
        for twice in [r#"{"role":1,"Role":2}"#, r#"{"k":1,"\u212a":2}"#] {
            assert_eq!(Claims::parse(twice), Err(ClaimsError::Twice), "{twice}");
        }
        assert!(Claims::parse(r#"{"role":{"sub":1,"Sub":2}}"#).is_ok(), "only the outermost names are claims");
    }

    #[test]
    fn values_are_neither_deep_nor_half_characters() {
        let nested = |levels: usize| format!(r#"{{"[{{[\"":{}1{}}}"#, "[".repeat(levels - 1), "]".repeat(levels - 1));
        assert!(Claims::parse(&nested(16)).is_ok());
        assert_eq!(Claims::parse(&nested(17)), Err(ClaimsError::Deep));
        assert!(Claims::parse(r#"{"a":["\ud83d\ude00","\\ud83d"]}"#).is_ok());
        for half in [r"\ud83d", r"\ude00", r"\ud83d\u0041", r"\ude00\ud83d"] {
            let claims = format!(r#"{{"a":[{{"b":"x{half}"}}]}}"#);
            assert_eq!(Claims::parse(&claims), Err(ClaimsError::LoneSurrogate), "{claims}");
        }
    }

    #[test]
    fn numbers_are_those_of_a_double() {
        for number in ["1.7976931348623157e308", "-1e308", "1e-400", "123456789012345678901234567890"] {
            assert!(Claims::parse(&format!(r#"{{"a":[{number}]}}"#)).is_ok(), "{number}");
        }
        for number in ["1e309", "-1e400", "1e33333300"] {
            assert_eq!(Claims::parse(&format!(r#"{{"a":[{number}]}}"#)), Err(ClaimsError::Number), "{number}");
        }
    }

    #[test]
    fn anything_but_a_short_object_is_refused() {
        for json in
            ["", "null", "[]", "[[\"a\",1]]", "\"{}\"", "1", "{", "{\"a\"}", "{} {}", "{\"a\":1,}", "{\"a\":01}"]
        {
            assert_eq!(Claims::parse(json), Err(ClaimsError::NotObject), "{json}");
            assert!(serde_json::from_str::<Claims>(json).is_err(), "{json}");
        }
        assert_eq!(Claims::parse(r#"{"a":1,"b":2,"\u0061":3}"#), Err(ClaimsError::Twice));
        let of_length = |bytes: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(bytes - 8));
        assert_eq!(Claims::parse(&of_length(2048)).unwrap().as_json().len(), 2048);
        assert_eq!(Claims::parse(&of_length(2049)), Err(ClaimsError::Long(2049)));
        // Much longer ones are not even parsed.
        let padded_to = |bytes: usize| format!("{{{}}}", "\n".repeat(bytes - 2));
        assert!(Claims::parse(&padded_to(32_768)).is_ok());
        assert_eq!(Claims::parse(&padded_to(32_769)), Err(ClaimsError::Long(32_769)));
    }
}
