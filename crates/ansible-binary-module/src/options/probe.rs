//! What serde reads of a type, asked of the type itself: its field names with their aliases, and what each field expects.
//! The schema says neither. For the author's check alone.

use serde::de::value::{Error, StrDeserializer};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, Visitor};
use serde::forward_to_deserialize_any;
use std::cell::RefCell;
use std::fmt;

/// The names that serde reads as fields of a struct, aliases among them. Empty for a type with flattened fields, which
/// keeps its names to itself.
pub(crate) fn names<T: for<'de> Deserialize<'de>>() -> Vec<String> {
    let seen = Seen::default();
    let _ = T::deserialize(Struct { seen: &seen, key: None });
    seen.names.into_inner()
}

/// What the field expects, in the words of its type: `a string`, `path string`. `None` where it cannot be told.
pub(crate) fn expectation<T: for<'de> Deserialize<'de>>(field: &str) -> Option<String> {
    let seen = Seen::default();
    let _ = T::deserialize(Struct { seen: &seen, key: Some(field) });
    seen.expected.into_inner()
}

#[derive(Default)]
struct Seen {
    names: RefCell<Vec<String>>,
    expected: RefCell<Option<String>>,
}

#[derive(Clone, Copy)]
struct Struct<'a> {
    seen: &'a Seen,
    key: Option<&'a str>,
}

impl<'de> Deserializer<'de> for Struct<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(OneField { seen: self.seen, key: self.key })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.seen.names.borrow_mut().extend(fields.iter().map(|field| (*field).to_owned()));
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct OneField<'a> {
    seen: &'a Seen,
    key: Option<&'a str>,
}

impl<'de> MapAccess<'de> for OneField<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(key) = self.key.take() else { return Ok(None) };
        let key: StrDeserializer<'_, Error> = key.into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(Field(self.seen))
    }
}

/// A value that is none: it only hears what was expected.
struct Field<'a>(&'a Seen);

struct Expected<V>(V);

impl<'de, V: Visitor<'de>> fmt::Display for Expected<V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.expecting(formatter)
    }
}

impl<'de> Deserializer<'de> for Field<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        *self.0.expected.borrow_mut() = Some(Expected(visitor).to_string());
        Err(Error::custom("only asked"))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    #[derive(serde::Deserialize)]
    #[allow(dead_code)]
    struct Sample {
        #[serde(alias = "other")]
        name: String,
        place: Option<PathBuf>,
        count: u8,
    }

    #[test]
    fn a_type_tells_its_names_and_what_it_expects() {
        assert_eq!(names::<Sample>(), ["name", "other", "place", "count"]);
        for (field, expected) in [
            ("name", Some("a string")),
            ("other", Some("a string")),
            ("place", Some("path string")),
            ("count", Some("u8")),
            ("unknown", None),
        ] {
            let found = expectation::<Sample>(field);
            assert_eq!(found.as_deref().filter(|_| expected.is_some()), expected, "{field}");
        }
    }
}
