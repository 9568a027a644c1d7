//! The body of a page: `[…]`, `null`, or `{"results": […], …}`, read in one go.

use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::fmt;
use std::marker::PhantomData;

/// What a page holds.
#[derive(Debug)]
pub(super) struct Body<T> {
    /// Its objects.
    pub(super) items: Vec<T>,
    /// Whether they stand in the `results` of an object.
    pub(super) is_object: bool,
    /// The other fields of that object.
    pub(super) fields: Map<String, Value>,
}

impl<T> Default for Body<T> {
    fn default() -> Self {
        Self { items: Vec::new(), is_object: false, fields: Map::new() }
    }
}

impl Body<Value> {
    /// A page that was read as JSON already, or, as it was, what is no page.
    pub(super) fn of(json: Value) -> Result<Self, Value> {
        match json {
            Value::Array(items) => Ok(Self { items, ..Self::default() }),
            Value::Object(mut fields) => match fields.get_mut("results").map(Value::take) {
                Some(Value::Array(items)) => Ok(Self { items, is_object: true, fields }),
                Some(results) => {
                    // Where `results` says nothing, it is an empty list only beside what else a page has.
                    if results.is_null()
                        && ["total", "limit", "page", "next"].iter().any(|name| fields.contains_key(*name))
                    {
                        return Ok(Self { items: Vec::new(), is_object: true, fields });
                    }
                    fields.insert("results".to_owned(), results);
                    Err(Value::Object(fields))
                }
                None => Err(Value::Object(fields)),
            },
            other => Err(other),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Body<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Read(PhantomData))
    }
}

struct Read<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Read<T> {
    type Value = Body<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list, or an object with results")
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Body::default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        Ok(Body { items, ..Body::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut results, mut fields) = (None, Map::new());
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "results" => results = Some(map.next_value::<Option<Vec<T>>>()?.unwrap_or_default()),
                "next" | "total" | "limit" | "page" => drop(fields.insert(name, map.next_value()?)),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let items = results.ok_or_else(|| A::Error::missing_field("results"))?;
        Ok(Body { items, is_object: true, fields })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn a_page_comes_in_four_forms() {
        for (text, items, is_object) in [
            (json!([1, 2]), vec![1, 2], false),
            (json!(null), vec![], false),
            (json!({"results": [3], "total": 7, "other": [{}]}), vec![3], true),
            (json!({"results": null, "total": 0}), vec![], true),
        ] {
            let body: Body<i32> = from_value(text.clone()).unwrap();
            assert_eq!((body.items, body.is_object), (items, is_object), "{text}");
            if !text.is_null() {
                let body = Body::of(text.clone()).unwrap();
                assert_eq!(body.is_object, is_object, "{text}");
            }
        }
    }

    #[test]
    fn what_is_no_page_is_none_and_stays_as_it_was() {
        for json in [json!({"id": "x"}), json!("x"), json!(7), json!({"results": {"a": 1}}), json!({"results": null})] {
            assert!(from_value::<Body<Value>>(json.clone()).is_err() || json == json!({"results": null}), "{json}");
            assert_eq!(Body::of(json.clone()).unwrap_err(), json);
        }
        assert!(from_value::<Body<i32>>(json!(["x"])).is_err());
    }
}
