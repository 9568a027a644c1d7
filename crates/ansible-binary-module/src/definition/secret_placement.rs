//! Checks that every secret of a schema is in a place that validation searches: an option that is a secret as a whole, a field
//! of a struct, or a field of the structs in a list. Secrets in other places are refused, because they would be printed.

use super::Node;
use crate::spec::ArgumentType;
use serde_json::{Map, Value};

const NO_LOG: &str = "x-ansible-no-log";

/// Keywords of a schema whose schemas are not searched for secrets.
const UNSEARCHED: [&str; 15] = [
    "oneOf",
    "anyOf",
    "allOf",
    "additionalProperties",
    "patternProperties",
    "prefixItems",
    "additionalItems",
    "unevaluatedProperties",
    "unevaluatedItems",
    "not",
    "if",
    "then",
    "else",
    "contains",
    "dependentSchemas",
];

/// The fault in the place of a secret within this value, if there is one. Fields and elements were checked before.
pub(super) fn fault(schema: &Map<String, Value>, node: &Node) -> Option<String> {
    if node.extensions.no_log == Some(true) {
        return None;
    }
    if is_secret(schema) || node.elements.as_ref().is_some_and(|items| items.extensions.no_log == Some(true)) {
        return Some(format!(
            "it is a NoLog, but {NO_LOG} declares that it is not a secret. Make it a String, or remove {NO_LOG}"
        ));
    }
    let elsewhere =
        UNSEARCHED.into_iter().find(|keyword| schema.get(*keyword).is_some_and(holds_a_secret)).map(|keyword| {
            match keyword {
                "oneOf" | "anyOf" | "allOf" => "an enum",
                "additionalProperties" | "patternProperties" | "unevaluatedProperties" => "the values of a map",
                "prefixItems" | "additionalItems" | "unevaluatedItems" => "a tuple",
                other => other,
            }
        });
    let searched = match node.argument_type {
        ArgumentType::Dict => !node.fields.is_empty(),
        ArgumentType::List => node
            .elements
            .as_ref()
            .is_some_and(|items| items.argument_type == ArgumentType::Dict && !items.fields.is_empty()),
        _ => false,
    };
    let holds = |keyword: &str| schema.get(keyword).is_some_and(holds_a_secret);
    let within = elsewhere.or_else(|| match node.argument_type {
        _ if searched => None,
        ArgumentType::List if holds("items") => Some("a list whose elements are not structs"),
        _ if holds("items") || holds("properties") => Some("a value of a type without sub-options"),
        _ => None,
    })?;
    Some(format!(
        "it contains a secret within {within}, where it cannot be found and masked. Make it a field of a struct or of structs \
         in a list, or mark the whole option {NO_LOG}"
    ))
}

/// The fault of the whole schema: a secret in a type that contains itself, or a mark on the struct of all options.
pub(super) fn fault_of_whole(schema: &Value) -> Option<String> {
    if schema.get(NO_LOG).is_some() {
        return Some(format!("{NO_LOG} is a property of an option. It has no meaning for the struct of all options"));
    }
    let mut references = Vec::new();
    collect_references(schema, &mut references);
    let definitions = || schema.get("$defs").is_some_and(holds_a_secret);
    let holds = |reference: &str| if reference == "#" { holds_a_secret(schema) } else { definitions() };
    references.into_iter().any(holds).then(|| {
        format!(
            "it contains a secret within a type that contains itself, where it cannot be found and masked. Mark the whole \
             option {NO_LOG}"
        )
    })
}

/// The references that are not within an option that is secret as a whole.
fn collect_references<'a>(schema: &'a Value, found: &mut Vec<&'a str>) {
    match schema {
        Value::Object(fields) if !is_marked(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            // Definitions are searched where they are referenced.
            let others = fields.iter().filter(|(key, _)| *key != "$defs");
            others.for_each(|(_, value)| collect_references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, found)),
        _ => {}
    }
}

fn holds_a_secret(schema: &Value) -> bool {
    match schema {
        Value::Object(fields) => is_marked(fields) || is_secret(fields) || fields.values().any(holds_a_secret),
        Value::Array(items) => items.iter().any(holds_a_secret),
        _ => false,
    }
}

fn is_marked(schema: &Map<String, Value>) -> bool {
    schema.get(NO_LOG) == Some(&Value::Bool(true))
}

/// [`NoLog`](crate::NoLog), even if a field overrides its mark.
fn is_secret(schema: &Map<String, Value>) -> bool {
    schema.get("writeOnly") == Some(&Value::Bool(true))
}
