//! Documentation from the module's types: the sidecar for `ansible-doc`, the help for a terminal, the JSON Schema.

mod help;
mod markup;
mod messages;
mod sidecar;
mod yaml;

pub use help::Usage;
pub(crate) use help::{help, program_help, short_help};
pub use sidecar::PluginPage;
pub(crate) use sidecar::{plugin, sidecar};

use crate::definition::{Definition, Returned};
use serde_json::{Value, json};

/// The JSON Schema of the options and of the printed object.
pub(crate) fn schema(definition: &Definition, returned: &Returned) -> String {
    let schema = json!({
        "title": definition.name,
        "description": definition.short_description(),
        "version": definition.version,
        "options": definition.options_schema,
        "results": with_protocol_fields(returned.schema.clone()),
    });
    format!("{schema:#}\n")
}

/// Adds the fields of the protocol to the module's own results.
fn with_protocol_fields(schema: Value) -> Value {
    let mut schema = match schema {
        Value::Object(schema) => schema,
        _ => return schema,
    };
    schema.insert("type".to_owned(), "object".into());
    let diff = json!({
        "type": "object",
        "properties": {
            "before": true, "after": true,
            "before_header": { "type": "string" }, "after_header": { "type": "string" },
        },
    });
    let protocol = json!({
        "changed": { "description": "True if anything changed.", "type": "boolean" },
        "failed": { "description": "True if the task failed.", "type": "boolean" },
        "skipped": { "description": "True if the task was skipped because the module does not support check mode.", "type": "boolean" },
        "msg": { "description": "A message for the user.", "type": "string" },
        "diff": {
            "description": "The changes.",
            "anyOf": [diff, { "type": "array", "items": diff }],
        },
        "warnings": { "type": "array", "items": { "type": "string" } },
        "deprecations": { "type": "array", "items": { "type": "object" } },
        "invocation": { "type": "object" },
    });
    let properties = schema.entry("properties").or_insert_with(|| json!({})).as_object_mut();
    if let (Some(properties), Value::Object(protocol)) = (properties, protocol) {
        properties.extend(protocol);
    }
    // A failed run lacks most results.
    schema.remove("required");
    Value::Object(schema)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::tests::{Everything, documented};

    #[test]
    fn options_and_results_are_schemas() {
        let (definition, returned) = documented::<Everything>();
        let text = schema(&definition, &returned);
        let schema: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(schema["options"]["required"], json!(["seconds"]));
        assert_eq!(schema["options"]["properties"]["sure"]["default"], true);
        assert_eq!(schema["results"]["type"], "object");
        for result in ["said", "people", "changed", "failed", "msg", "diff"] {
            assert!(schema["results"]["properties"].get(result).is_some(), "{result}");
        }
    }
}
