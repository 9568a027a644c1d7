//! Placeholders for the ids of objects that do not exist yet. No I/O.

use mist_objects::plan::Fields;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// The placeholder of the declaration at a position: a UUID that no object has.
#[must_use]
pub fn placeholder(position: usize) -> String {
    format!("00000000-0000-4000-8000-{position:012x}")
}

/// The placeholders in a value.
pub(crate) fn placeholders(value: &Value, known: &HashMap<String, usize>, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if known.contains_key(text) => drop(found.insert(text.clone())),
        Value::Array(items) => items.iter().for_each(|item| placeholders(item, known, found)),
        Value::Object(fields) => fields.values().for_each(|value| placeholders(value, known, found)),
        _ => {}
    }
}

/// The fields without top-level fields that have a placeholder whose object does not exist yet.
pub(crate) fn without(
    fields: &Fields,
    ids: &HashMap<String, Option<String>>,
    known: &HashMap<String, usize>,
) -> Fields {
    let is_open = |value: &Value| {
        let mut found = BTreeSet::new();
        placeholders(value, known, &mut found);
        found.iter().any(|one| !matches!(ids.get(one), Some(Some(_))))
    };
    fields.iter().filter(|(_, value)| !is_open(value)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The value with ids in place of placeholders.
pub(crate) fn with_ids(value: Value, ids: &HashMap<String, Option<String>>) -> Value {
    match value {
        Value::String(text) => match ids.get(&text) {
            Some(Some(id)) => Value::String(id.clone()),
            _ => Value::String(text),
        },
        Value::Array(items) => items.into_iter().map(|item| with_ids(item, ids)).collect(),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name, with_ids(value, ids))).collect())
        }
        other => other,
    }
}
