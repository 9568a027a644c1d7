//! The types and defaults of fields at any depth, for clouds that convert and complete what they get.
//!
//! `scripts/read-document.py --fields` generates `fields.json` from Mist's OpenAPI document and describes its form.

use super::document::Kind;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

type Fields = Map<String, Value>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    kinds: HashMap<String, usize>,
    shapes: Vec<BTreeMap<String, FieldType>>,
}

/// The type of a field.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum FieldType {
    /// The index of a shape.
    Dictionary(usize),
    Scalar(Scalar),
    Of(Container, Box<FieldType>),
    WithDefault(DefaultTag, Box<FieldType>, Value),
}

#[derive(Debug, Clone, Copy, Deserialize)]
enum Scalar {
    #[serde(rename = "t")]
    Text,
    #[serde(rename = "i")]
    Integer,
    #[serde(rename = "n")]
    Number,
    #[serde(rename = "b")]
    Boolean,
    #[serde(rename = "?")]
    Other,
}

#[derive(Debug, Deserialize)]
enum Container {
    #[serde(rename = "l")]
    List,
    #[serde(rename = "m")]
    Map,
}

/// The tag of a type with a default.
#[derive(Debug, Deserialize)]
enum DefaultTag {
    #[serde(rename = "d")]
    Tag,
}

static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the file is part of the program, and tests read it")]
    serde_json::from_str(include_str!("fields.json")).expect("fields.json has the form of Document")
});

fn shape(kind: &Kind) -> Option<&'static BTreeMap<String, FieldType>> {
    DOCUMENT.shapes.get(*DOCUMENT.kinds.get(&kind.key())?)
}

/// Converts values with one obvious reading to the type of the document: text to numbers and booleans, and back.
pub(crate) fn convert(kind: &Kind, fields: &mut Fields) {
    if let Some(shape) = shape(kind) {
        convert_fields(shape, fields);
    }
}

fn convert_fields(shape: &BTreeMap<String, FieldType>, fields: &mut Fields) {
    for (name, value) in fields.iter_mut() {
        if let Some(field) = shape.get(name) {
            convert_value(field, value);
        }
    }
}

fn convert_value(field: &FieldType, value: &mut Value) {
    match (field, value) {
        (FieldType::WithDefault(_, field, _), value) => convert_value(field, value),
        (FieldType::Dictionary(index), Value::Object(fields)) => {
            if let Some(shape) = DOCUMENT.shapes.get(*index) {
                convert_fields(shape, fields);
            }
        }
        (FieldType::Of(Container::List, item), Value::Array(items)) => {
            items.iter_mut().for_each(|value| convert_value(item, value));
        }
        (FieldType::Of(Container::Map, inner), Value::Object(fields)) => {
            fields.values_mut().for_each(|value| convert_value(inner, value));
        }
        (FieldType::Scalar(scalar), value) => {
            if let Some(converted) = converted(*scalar, value) {
                *value = converted;
            }
        }
        _ => {}
    }
}

fn converted(scalar: Scalar, value: &Value) -> Option<Value> {
    match (scalar, value) {
        (Scalar::Text, Value::Number(number)) => Some(json!(number.to_string())),
        (Scalar::Text, Value::Bool(boolean)) => Some(json!(boolean.to_string())),
        (Scalar::Integer, Value::String(text)) => text.trim().parse::<i64>().ok().map(|number| json!(number)),
        (Scalar::Number, Value::String(text)) => text.trim().parse::<serde_json::Number>().ok().map(Value::Number),
        (Scalar::Boolean, Value::String(text)) => match text.trim().to_ascii_lowercase().as_str() {
            "true" => Some(json!(true)),
            "false" => Some(json!(false)),
            _ => None,
        },
        _ => None,
    }
}

/// Adds the scalar defaults of the document to the dictionaries inside of an object, also to those in lists.
pub(crate) fn add_nested_defaults(kind: &Kind, fields: &mut Fields) {
    for (name, value) in fields.iter_mut() {
        if let Some(field) = shape(kind).and_then(|shape| shape.get(name)) {
            complete(field, value);
        }
    }
}

fn complete(field: &FieldType, value: &mut Value) {
    match (field, value) {
        (FieldType::WithDefault(_, field, _), value) => complete(field, value),
        (FieldType::Dictionary(index), Value::Object(fields)) => {
            for (name, field) in DOCUMENT.shapes.get(*index).into_iter().flatten() {
                match (fields.get_mut(name), field) {
                    (Some(value), _) => complete(field, value),
                    (None, FieldType::WithDefault(_, _, default)) => {
                        fields.insert(name.clone(), default.clone());
                    }
                    (None, _) => {}
                }
            }
        }
        (FieldType::Of(Container::List, item), Value::Array(items)) => {
            items.iter_mut().for_each(|value| complete(item, value));
        }
        (FieldType::Of(Container::Map, inner), Value::Object(fields)) => {
            fields.values_mut().for_each(|value| complete(inner, value));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::document;
    use super::*;

    fn with(kind: &str, fields: Value, change: impl Fn(&Kind, &mut Fields)) -> Value {
        let mut fields = fields.as_object().cloned().unwrap();
        change(document::kind("org", kind).unwrap(), &mut fields);
        Value::Object(fields)
    }

    #[test]
    fn values_are_converted_by_the_types_of_the_document_at_any_depth() {
        let given = json!({
            "ssid": 1001, "enabled": "True", "max_idletime": "1800", "vlan_id": "10", "dtim": "{{dtim}}",
            "auth": {"psk": 12345678, "private_wlan": "false", "unknown": "1"},
            "acct_servers": [{"host": "a", "keywrap_enabled": "TRUE"}],
        });
        let converted = json!({
            "ssid": "1001", "enabled": true, "max_idletime": 1800, "vlan_id": "10", "dtim": "{{dtim}}",
            "auth": {"psk": "12345678", "private_wlan": false, "unknown": "1"},
            "acct_servers": [{"host": "a", "keywrap_enabled": true}],
        });
        assert_eq!(with("wlans", given, convert), converted);
        let site = with("sites", json!({"latlng": {"lat": "52.5", "lng": 13}, "name": true}), convert);
        assert_eq!(site, json!({"latlng": {"lat": 52.5, "lng": 13}, "name": "true"}));
    }

    #[test]
    fn dictionaries_and_list_items_get_their_defaults() {
        let given = json!({"auth": {"type": "psk"}, "auth_servers": [{"host": "a"}], "ssid": "s"});
        let complete = with("wlans", given, add_nested_defaults);
        assert_eq!(complete["auth"]["type"], "psk");
        assert_eq!(complete["auth"]["enable_mac_auth"], false);
        assert_eq!(complete["auth_servers"][0]["require_message_authenticator"], false);
        assert_eq!((complete.get("enabled"), complete.get("portal")), (None, None), "only inside of what was given");
    }

    #[test]
    fn every_kind_has_a_shape() {
        for kind in document::documented_kinds() {
            let kind = document::kind(&kind.scope, &kind.name).unwrap();
            assert!(shape(kind).is_some(), "{}", kind.key());
        }
    }
}
