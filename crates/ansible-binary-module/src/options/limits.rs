//! The limits that a schema sets beyond a type: how large a number, how long a text or list.

use crate::definition::{Limits, Node, fields_within};
use serde_json::{Map, Value};

/// The first option whose value is beyond its limits, and what they are.
pub(crate) fn exceeded(node: &Node, values: &Map<String, Value>) -> Option<String> {
    within(node, values, "")
}

fn within(node: &Node, values: &Map<String, Value>, prefix: &str) -> Option<String> {
    fields_within(node).iter().find_map(|field| {
        let value = values.get(&field.name)?;
        of_value(&field.node, value, &format!("{prefix}{}", field.name))
    })
}

fn of_value(node: &Node, value: &Value, path: &str) -> Option<String> {
    if let Some(limit) = broken(&node.limits, value) {
        return Some(format!("value of {path} must {limit}"));
    }
    match (value, &node.elements) {
        (Value::Array(elements), Some(items)) => elements
            .iter()
            .enumerate()
            .find_map(|(index, element)| of_value(items, element, &format!("{path}[{index}]"))),
        (Value::Object(values), _) => within(node, values, &format!("{path}.")),
        _ => None,
    }
}

fn broken(limits: &Limits, value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => {
            let number = number.as_f64()?;
            let too_low = limits.minimum.filter(|minimum| number < *minimum);
            let too_high = limits.maximum.filter(|maximum| number > *maximum);
            too_low
                .map(|minimum| format!("be at least {minimum}, got: {value}"))
                .or_else(|| too_high.map(|maximum| format!("be at most {maximum}, got: {value}")))
        }
        Value::String(text) => {
            let length = text.chars().count() as u64;
            beyond(length, limits.min_length, limits.max_length, "characters")
        }
        Value::Array(elements) => {
            let length = elements.len() as u64;
            beyond(length, limits.min_items, limits.max_items, "entries")
        }
        _ => None,
    }
}

fn beyond(length: u64, least: Option<u64>, most: Option<u64>, of_what: &str) -> Option<String> {
    if least == Some(1) && length == 0 {
        return Some("not be empty".to_owned());
    }
    let too_few = least.filter(|least| length < *least);
    let too_many = most.filter(|most| length > *most);
    too_few
        .map(|least| format!("have at least {least} {of_what}, has {length}"))
        .or_else(|| too_many.map(|most| format!("have at most {most} {of_what}, has {length}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_beyond_a_limit_is_named_with_the_limit() {
        let schema = json!({"type": "object", "properties": {
            "count": {"type": "integer", "minimum": 1, "maximum": 10},
            "wide": {"type": "integer", "format": "uint32", "minimum": 0},
            "name": {"type": "string", "minLength": 1, "maxLength": 3},
            "list": {"type": "array", "minItems": 2, "maxItems": 3, "items": {"type": "string", "minLength": 1}},
            "subs": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer", "maximum": 5}}}},
            "sub": {"type": "object", "properties": {"n": {"type": ["integer", "null"], "maximum": 5}}},
        }});
        let node = Node::read(&schema, "").unwrap();
        for (values, wanted) in [
            (
                json!({"count": 1, "wide": 4_294_967_295_u64, "name": "äöü", "list": ["a", "b"], "subs": [{"n": 5}], "sub": {"n": null}}),
                None,
            ),
            (json!({"count": 0}), Some("value of count must be at least 1, got: 0")),
            (json!({"count": 11}), Some("value of count must be at most 10, got: 11")),
            (json!({"wide": 4_294_967_296_u64}), Some("value of wide must be at most 4294967295, got: 4294967296")),
            (json!({"name": ""}), Some("value of name must not be empty")),
            (json!({"name": "abcd"}), Some("value of name must have at most 3 characters, has 4")),
            (json!({"list": ["a"]}), Some("value of list must have at least 2 entries, has 1")),
            (json!({"list": ["a", "b", "c", "d"]}), Some("value of list must have at most 3 entries, has 4")),
            (json!({"list": ["a", ""]}), Some("value of list[1] must not be empty")),
            (json!({"subs": [{"n": 1}, {"n": 6}]}), Some("value of subs[1].n must be at most 5, got: 6")),
            (json!({"sub": {"n": 6}}), Some("value of sub.n must be at most 5, got: 6")),
        ] {
            assert_eq!(exceeded(&node, values.as_object().unwrap()).as_deref(), wanted);
        }
    }
}
