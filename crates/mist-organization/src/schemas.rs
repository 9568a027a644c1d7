//! JSON Schemas of the files of a folder, for completion in editors. No I/O.
//!
//! They suggest, and refuse little: the cloud may know more fields and values than the document.

use crate::declaration::{FOLDER, MATCH, TWIN};
use crate::layout;
use mist_objects::table::{Field, Kind, Level, Schema};
use serde_json::{Map, Value, json};

/// Dictionaries that are deeper inside each other have no schema.
const DEEPEST: usize = 12;

/// The schema of a file of this kind.
#[must_use]
pub fn of_file(kind: &Kind) -> Value {
    let mut object = dictionary(kind.schema, Some(kind), 0);
    if !kind.one {
        let own = [
            (
                MATCH,
                json!({"type": "array", "items": {"type": "string"}, "description": "The fields that identify the object."}),
            ),
            (
                TWIN,
                json!({"type": "integer", "description": "The number among objects that only their content distinguishes."}),
            ),
            ("was", json!({"type": "string", "description": "The old name of the object."})),
        ];
        if let Some(Value::Object(properties)) = object.get_mut("properties") {
            properties.extend(own.map(|(name, schema)| (name.to_owned(), schema)));
            if kind.word == "sites" {
                properties
                    .insert(FOLDER.to_owned(), json!({"type": "string", "description": "The folder of the site."}));
            }
            if kind.level == Level::Site {
                properties.insert("site".to_owned(), json!({"type": "string"}));
            }
        }
    }
    let list = json!({"type": "array", "items": {"$ref": "#/$defs/object"}});
    let one = json!({"$ref": "#/$defs/object"});
    let form = match (kind.one, layout::is_large(kind)) {
        (true, _) => one,
        (false, true) => json!({"anyOf": [one, list]}),
        (false, false) => list,
    };
    let mut all = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": format!("{} of the {}", kind.word, kind.level.name()),
        "$defs": {"object": object},
    });
    if let (Some(all), Value::Object(form)) = (all.as_object_mut(), form) {
        all.extend(form);
    }
    all
}

fn dictionary(schema: Schema, kind: Option<&Kind>, depth: usize) -> Value {
    let (mut properties, mut others) = (Map::new(), None);
    for (name, field) in schema.fields() {
        if field.read_only || kind.is_some_and(|kind| kind.is_read_only(name)) {
            continue;
        }
        let value = of_field(field, depth);
        if name == "*" {
            others = Some(value);
            continue;
        }
        if let Some(alias) = schema.alias(name) {
            let text = json!({"type": "string"});
            let named = if field.ids { json!({"type": "array", "items": text}) } else { text };
            properties.insert(alias, named);
        }
        properties.insert(name.to_owned(), value);
    }
    let mut all = json!({"type": "object", "properties": properties});
    if let (Some(others), Some(all)) = (others, all.as_object_mut()) {
        all.insert("additionalProperties".to_owned(), others);
    }
    all
}

fn of_field(field: Field, depth: usize) -> Value {
    if depth >= DEEPEST {
        return json!({});
    }
    if field.list {
        let list = json!({"type": "array", "items": of_field(field.item(), depth + 1)});
        return if field.single { json!({}) } else { list };
    }
    if field.dictionary {
        return dictionary(field.schema, None, depth + 1);
    }
    let values: Vec<String> = field.values().collect();
    if !values.is_empty() {
        // The first alternative is for completion.
        return json!({"anyOf": [{"enum": values}, {"type": ["string", "number", "null"]}]});
    }
    match () {
        () if field.number_or_text => json!({"type": ["number", "string", "null"]}),
        // A variable of a site can be in place of a number.
        () if field.number => json!({"type": [if field.whole { "integer" } else { "number" }, "string", "null"]}),
        () if field.boolean => json!({"type": ["boolean", "string", "null"]}),
        () if field.text => json!({"type": ["string", "number", "null"]}),
        () => json!({}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mist_objects::table::{self, kind};

    #[test]
    fn a_schema_has_fields_names_for_ids_and_values() {
        let wlans = of_file(&kind(Level::Org, "wlans").unwrap());
        let properties = &wlans["$defs"]["object"]["properties"];
        assert_eq!(wlans["items"], json!({"$ref": "#/$defs/object"}));
        assert_eq!(properties["template"], json!({"type": "string"}));
        assert_eq!(properties["vlan_id"]["type"], json!(["number", "string", "null"]));
        assert!(
            properties["auth"]["properties"]["type"]["anyOf"][0]["enum"].as_array().unwrap().contains(&json!("psk"))
        );
        assert!(properties.get("id").is_none() && properties.get("org_id").is_none());
        let template = of_file(&kind(Level::Org, "networktemplates").unwrap());
        assert_eq!(template["anyOf"].as_array().map(Vec::len), Some(2));
    }

    #[test]
    fn every_kind_has_a_schema_of_bounded_size() {
        for kind in table::all() {
            let size = of_file(&kind).to_string().len();
            assert!(size > 100 && size < 1 << 20, "{} {size}", kind.word);
        }
    }
}
