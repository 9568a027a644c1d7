//! Whether every secret of a schema is where validation looks for secrets: an option that is one as a whole, a field of a
//! struct, or of the structs in a list. Whatever else serde can read is refused, because a secret in it would be printed.

use super::Node;
use crate::spec::ArgumentType;
use serde_json::{Map, Value};

const NO_LOG: &str = "x-ansible-no-log";

/// Where else a schema can have schemas within it.
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

/// What is wrong with the place of a secret within this value, if anything; what is within its fields and elements was
/// looked at already.
pub(super) fn beyond(schema: &Map<String, Value>, node: &Node) -> Option<String> {
    if node.extensions.no_log == Some(true) {
        return None;
    }
    if is_secret(schema) || node.elements.as_ref().is_some_and(|items| items.extensions.no_log == Some(true)) {
        return Some(format!(
            "it is a NoLog and {NO_LOG} says that it is no secret: make it a String, or leave that out"
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
        ArgumentType::List if holds("items") => Some("a list of what is no struct"),
        _ if holds("items") || holds("properties") => Some("a value of a type without sub-options"),
        _ => None,
    })?;
    Some(format!(
        "there is a secret within {within}, where it could not be found and masked: make it a field of a struct, or of structs \
         in a list, or mark the whole option {NO_LOG}"
    ))
}

/// What is wrong with the schema as a whole: a secret that is reached only by a type that contains itself, or a mark that is
/// on all the options and so on none.
pub(super) fn beyond_in_all(schema: &Value) -> Option<String> {
    if schema.get(NO_LOG).is_some() {
        return Some(format!(
            "{NO_LOG} is for an option, and stands on the struct of all options, where it means nothing"
        ));
    }
    let mut references = Vec::new();
    collect_references(schema, &mut references);
    let definitions = || schema.get("$defs").is_some_and(holds_a_secret);
    let holds = |reference: &str| if reference == "#" { holds_a_secret(schema) } else { definitions() };
    references.into_iter().any(holds).then(|| {
        format!(
            "there is a secret within a type that contains itself, where it could not be found and masked: mark the whole \
             option {NO_LOG}"
        )
    })
}

/// What is referred to anywhere but within an option that is secret as a whole.
fn collect_references<'a>(schema: &'a Value, found: &mut Vec<&'a str>) {
    match schema {
        Value::Object(fields) if !is_marked(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            // Definitions count where they are referred to.
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

/// [`NoLog`](crate::NoLog), whatever a field says over it.
fn is_secret(schema: &Map<String, Value>) -> bool {
    schema.get("writeOnly") == Some(&Value::Bool(true))
}
