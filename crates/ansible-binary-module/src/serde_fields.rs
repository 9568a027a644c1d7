//! The names and types that serde reads, found by deserializing: field names with their aliases, and the expected type of each
//! field. The schema contains neither. Only [`crate::check`] needs it.

use crate::definition::{Node, fields_within, is_required};
use crate::spec::ArgumentType;
use serde::de::value::{Error, StrDeserializer};
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, IntoDeserializer, MapAccess, SeqAccess,
    Visitor,
};
use serde::forward_to_deserialize_any;
use serde_json::{Map, Value, json};
use std::cell::RefCell;

/// The names that serde reads as fields of the struct at the end of this path, aliases included. Lists on the way are entered.
/// Empty for a struct with flattened fields and within one: serde does not reveal those.
pub(crate) fn names<T: for<'de> Deserialize<'de>>(path: &[String]) -> Vec<String> {
    let seen = RefCell::default();
    let _ = T::deserialize(Way { seen: &seen, path });
    seen.into_inner()
}

/// A value that consists only of the path.
#[derive(Clone, Copy)]
struct Way<'a> {
    seen: &'a RefCell<Vec<String>>,
    path: &'a [String],
}

impl<'de> Deserializer<'de> for Way<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.path {
            [] => visitor.visit_unit(),
            _ => visitor.visit_map(Step(Some(self))),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if self.path.is_empty() {
            self.seen.borrow_mut().extend(fields.iter().map(|field| (*field).to_owned()));
            return Err(Error::custom("only asked"));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Step(Some(self)))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct tuple_struct map
        enum identifier ignored_any
    }
}

struct Step<'a>(Option<Way<'a>>);

impl<'de> MapAccess<'de> for Step<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some(name) = self.0.and_then(|way| way.path.first()) else { return Ok(None) };
        let key: StrDeserializer<'_, Error> = name.as_str().into_deserializer();
        seed.deserialize(key).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        let way = self.0.take().ok_or_else(|| Error::custom("no value"))?;
        seed.deserialize(Way { path: way.path.get(1..).unwrap_or_default(), ..way })
    }
}

impl<'de> SeqAccess<'de> for Step<'_> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        self.0.take().map(|way| seed.deserialize(way)).transpose()
    }
}

/// The type that serde expects at the end of the path, in its words: `a string`, `path string`. `None` where serde refuses the
/// made-up values of other options first.
pub(crate) fn expectation<T: DeserializeOwned>(options: &Node, path: &[String]) -> Option<String> {
    // A text never accepts a boolean.
    let refusal = T::deserialize(with_truth_at(options, path)).err()?.to_string();
    let words = refusal.strip_prefix("invalid type: boolean `true`, expected ")?;
    Some(words.to_owned())
}

/// The required options, and `true` at the end of the path.
fn with_truth_at(node: &Node, path: &[String]) -> Value {
    let Some((first, rest)) = path.split_first() else {
        return match (node.argument_type, &node.elements) {
            (ArgumentType::List, Some(items)) => json!([with_truth_at(items, path)]),
            (ArgumentType::Dict, _) => json!({ "key": true }),
            _ => json!(true),
        };
    };
    let mut values = required(node);
    if let Some(field) = fields_within(node).iter().find(|field| field.name == *first) {
        values.insert(first.clone(), with_truth_at(&field.node, rest));
    }
    if node.elements.is_some() { json!([values]) } else { Value::Object(values) }
}

fn required(node: &Node) -> Map<String, Value> {
    let required = fields_within(node).iter().filter(|field| is_required(field));
    required.map(|field| (field.name.clone(), made_up(&field.node))).collect()
}

fn made_up(node: &Node) -> Value {
    let limits = &node.limits;
    match node.argument_type {
        _ if !node.choices.is_empty() => node.choices[0].value.clone(),
        ArgumentType::List => match &node.elements {
            Some(items) => (0..limits.min_items.unwrap_or(0).min(100)).map(|_| made_up(items)).collect(),
            None => json!([]),
        },
        ArgumentType::Dict => Value::Object(required(node)),
        ArgumentType::Int => json!(limits.minimum.unwrap_or(1.0) as i64),
        ArgumentType::Float => json!(limits.minimum.unwrap_or(1.0)),
        ArgumentType::Bool => json!(true),
        _ => json!("1"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::AnsiblePath;
    use schemars::JsonSchema;
    use std::path::PathBuf;

    #[derive(serde::Deserialize, JsonSchema)]
    #[allow(dead_code)]
    struct Sample {
        #[serde(alias = "other")]
        name: String,
        place: Option<PathBuf>,
        count: u8,
        parts: Option<Vec<Part>>,
    }

    #[derive(serde::Deserialize, JsonSchema)]
    #[allow(dead_code)]
    struct Part {
        #[serde(alias = "file")]
        path: Option<PathBuf>,
        paths: Vec<PathBuf>,
        expanded: Option<AnsiblePath>,
        by_name: std::collections::HashMap<String, PathBuf>,
    }

    #[derive(serde::Deserialize, JsonSchema)]
    #[allow(dead_code)]
    struct Taker {
        needed: String,
        #[serde(flatten)]
        sample: Sample,
    }

    fn steps(path: &str) -> Vec<String> {
        path.split('.').filter(|step| !step.is_empty()).map(str::to_owned).collect()
    }

    #[test]
    fn a_type_tells_its_names() {
        assert_eq!(names::<Sample>(&[]), ["name", "other", "place", "count", "parts"]);
        assert_eq!(names::<Sample>(&steps("parts")), ["file", "path", "paths", "expanded", "by_name"]);
        assert!(names::<Taker>(&[]).is_empty());
    }

    #[test]
    fn a_type_tells_what_it_expects_however_deep() {
        let schema = |schema: schemars::Schema| Node::read(&schema.to_value(), "").unwrap();
        let mut settings = schemars::generate::SchemaSettings::draft2020_12().for_deserialize();
        settings.inline_subschemas = true;
        let sample = schema(settings.clone().into_generator().into_root_schema_for::<Sample>());
        let taker = schema(settings.into_generator().into_root_schema_for::<Taker>());
        for (path, expected) in [
            ("name", "a string"),
            ("place", "path string"),
            ("count", "u8"),
            ("parts.path", "path string"),
            ("parts.paths", "path string"),
            ("parts.by_name", "path string"),
        ] {
            assert_eq!(expectation::<Sample>(&sample, &steps(path)).as_deref(), Some(expected), "{path}");
            assert_eq!(expectation::<Taker>(&taker, &steps(path)).as_deref(), Some(expected), "flattened {path}");
        }
    }
}
