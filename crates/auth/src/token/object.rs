//! JSON objects whose members have different names.

use std::borrow::Cow;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// An object, with the text of each member's value. Readers of JSON differ in which of two members of the same name
/// they take (RFC 8259 §4), so such an object can't be one.
pub(super) struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Object<'a> {
    /// `None` for anything else.
    pub(super) fn parse(json: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// The member's value; `Ok(None)` if there is no such member.
    ///
    /// # Errors
    /// The value is of another type, such as `null`.
    pub(super) fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, serde_json::Error> {
        self.raw(name).map(|value| serde_json::from_str(value.get())).transpose()
    }

    fn raw(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| *value)
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EachMember)
    }
}

struct EachMember;

impl<'de> Visitor<'de> for EachMember {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::<(Cow<'de, str>, &'de RawValue)>::new();
        while let Some((name, value)) = object.next_entry::<Cow<'de, str>, _>()? {
            if members.iter().any(|(other, _)| *other == name) {
                return Err(A::Error::custom("two members have the same name"));
            }
            members.push((name, value));
        }
        Ok(Object(members))
    }
}
