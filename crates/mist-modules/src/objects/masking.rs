//! Secrets inside options with objects: masked in their places where options are printed, and as words in messages.

use super::declared;
use super::kinds::plain_path;
use mist_objects::plan::Fields;
use mist_objects::secrets;
use mist_objects::table::{self, Schema};
use serde_json::{Map, Value};

/// An option with objects or parts of them.
#[derive(Clone, Copy, Debug)]
pub enum Declaring {
    /// Objects, or one object.
    Objects(&'static str),
    /// Conditions: dotted paths with values.
    Conditions(&'static str),
}

impl Declaring {
    fn name(self) -> &'static str {
        match self {
            Self::Objects(name) | Self::Conditions(name) => name,
        }
    }
}

/// Options that are text where they must be structures, and that cannot be parsed: any part of them can be a secret.
#[must_use]
pub fn unreadable(parameters: &Map<String, Value>, options: &[Declaring]) -> Vec<String> {
    let given = options.iter().filter_map(|option| parameters.get(option.name()));
    let text = |value: &Value| value.as_str().map(str::to_owned);
    given
        .filter(|value| parsed(value).is_none())
        .flat_map(|value| match value {
            Value::Array(items) => items.iter().filter_map(text).collect(),
            other => text(other).into_iter().collect::<Vec<_>>(),
        })
        .collect()
}

/// The secrets in the objects and conditions of a task, before the options are checked.
#[must_use]
pub fn secrets_of(parameters: &Map<String, Value>, options: &[Declaring]) -> Vec<String> {
    let mut all = Vec::new();
    for option in options {
        let Some(objects) = parameters.get(option.name()).and_then(parsed) else { continue };
        for schema in schemas(parameters) {
            for object in &objects {
                all.extend(match option {
                    Declaring::Objects(_) => secrets::texts(schema, &Value::Object(object.clone())),
                    Declaring::Conditions(_) => secrets::texts_of_conditions(schema, object),
                });
            }
        }
    }
    all
}

/// The options of a task with the secrets of its objects and conditions masked in their places. Text that cannot be parsed is masked as
/// a whole.
#[must_use]
pub fn shown(mut parameters: Map<String, Value>, options: &[Declaring]) -> Map<String, Value> {
    let schemas = schemas(&parameters);
    for option in options {
        let Some(value) = parameters.get_mut(option.name()).filter(|value| !value.is_null()) else { continue };
        let Some(objects) = parsed(value) else {
            *value = secrets::MASK.into();
            continue;
        };
        let masked = |object: Fields| {
            schemas.iter().fold(object, |object, schema| match option {
                Declaring::Objects(_) => match secrets::masked(*schema, &Value::Object(object)) {
                    Value::Object(masked) => masked,
                    _ => Fields::new(),
                },
                Declaring::Conditions(_) => secrets::masked_conditions(*schema, &object),
            })
        };
        let is_one = value.is_object() || (value.is_string() && objects.len() == 1);
        let mut objects: Vec<Value> = objects.into_iter().map(masked).map(Value::Object).collect();
        *value = if is_one { objects.pop().unwrap_or_default() } else { Value::Array(objects) };
    }
    parameters
}

/// The objects of an option, also of JSON text.
fn parsed(value: &Value) -> Option<Vec<Fields>> {
    match value {
        Value::Object(fields) => Some(vec![fields.clone()]),
        Value::Array(items) => declared::items(items).ok(),
        Value::String(text) => match mist_objects::source::json(text.trim()) {
            Ok(Value::String(_)) | Err(_) => None,
            Ok(value) => parsed(&value),
        },
        Value::Null => Some(Vec::new()),
        _ => None,
    }
}

/// The schemas that the objects of a task can have.
fn schemas(parameters: &Map<String, Value>) -> Vec<Schema> {
    let text = |option: &str| parameters.get(option).and_then(Value::as_str).map(str::trim).unwrap_or_default();
    let word = text("type");
    let by_path = table::by_path(plain_path(text("path")));
    let kinds = table::levels(word).into_iter().filter_map(|level| table::kind(level, word)).chain(by_path);
    let mut schemas: Vec<Schema> = kinds.map(|kind| kind.schema).collect();
    schemas.dedup();
    if schemas.is_empty() {
        schemas.push(Schema::default());
    }
    schemas
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_are_masked_in_their_places_and_in_messages() {
        const OPTIONS: &[Declaring] = &[Declaring::Objects("object"), Declaring::Conditions("where")];
        let of = |options: Value| {
            let parameters = options.as_object().cloned().unwrap();
            let secrets = [secrets_of(&parameters, OPTIONS), unreadable(&parameters, OPTIONS)].concat();
            (Value::Object(shown(parameters, OPTIONS)), secrets)
        };
        let mask = secrets::MASK;
        for (options, printed, in_messages) in [
            (
                json!({"type": "wlans", "object": {"ssid": "abc", "auth": {"psk": "abc", "keys": ["1"]}}}),
                json!({"type": "wlans", "object": {"ssid": "abc", "auth": {"psk": mask, "keys": mask}}}),
                vec!["abc", "1"],
            ),
            (
                json!({"type": " psks ", "where": {"passphrase": "X", "name": "n"}}),
                json!({"type": " psks ", "where": {"passphrase": mask, "name": "n"}}),
                vec!["X"],
            ),
            (
                json!({"path": "/api/v1/orgs/{org_id}/wlans/", "where": {"auth.psk": "X", "portal.password": ["a", "b"]}}),
                json!({"path": "/api/v1/orgs/{org_id}/wlans/", "where": {"auth.psk": mask, "portal.password": mask}}),
                vec!["X", "a", "b"],
            ),
            (
                json!({"path": "orgs/{org_id}/newthings", "object": {"private_key": "k", "deep": [{"pin": 1}]}}),
                json!({"path": "orgs/{org_id}/newthings", "object": {"private_key": mask, "deep": [{"pin": mask}]}}),
                vec!["k", "1"],
            ),
            (
                json!({"type": "psks", "object": "{\"name\": \"p\", \"passphrase\": \"X\"}"}),
                json!({"type": "psks", "object": {"name": "p", "passphrase": mask}}),
                vec!["X"],
            ),
            (
                json!({"type": "psks", "object": "{\"name\":\"p\",\"passphrase\":\"X\""}),
                json!({"type": "psks", "object": mask}),
                vec!["{\"name\":\"p\",\"passphrase\":\"X\""],
            ),
            (
                json!({"type": "psks", "object": [{"name": "p", "passphrase": "X"}, "{cut"]}),
                json!({"type": "psks", "object": mask}),
                vec!["{cut"],
            ),
            (json!({"type": "psks", "object": null}), json!({"type": "psks", "object": null}), vec![]),
            (
                json!({"type": "webhooks", "object": {"url": "https://u:pw@x", "headers": {"A": "t"}, "name": "h"}}),
                json!({"type": "webhooks", "object": {"url": mask, "headers": {"A": mask}, "name": "h"}}),
                vec!["https://u:pw@x", "u:pw", "pw", "t"],
            ),
        ] {
            let (shown, mut found) = of(options.clone());
            let mut seen = std::collections::BTreeSet::new();
            found.retain(|text| seen.insert(text.clone()));
            assert_eq!(
                (shown, found),
                (printed, in_messages.iter().map(|text| (*text).to_owned()).collect()),
                "{options}"
            );
        }
    }
}
