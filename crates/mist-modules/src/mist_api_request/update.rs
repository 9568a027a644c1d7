//! What a PUT comes to: whether what is sent asks for anything that is not there, and the body that loses nothing.
//!
//! The cloud keeps the top-level fields that are not sent. Whether it merges a dictionary within, or replaces it, is not
//! documented: what is sent is merged into what is there, so that either way the rest stays. No I/O.

use mist_objects::compare::{self, Rules};
use mist_objects::merge::merge_body;
use mist_objects::table::{Field, Schema};
use mist_objects::value::is_masked;
use serde_json::{Map, Value};

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// The body to send; `None` where what is sent is there.
    pub body: Option<Value>,
    /// Fields, by dotted path, that are text where the cloud has the same as a number or boolean, or the other way round,
    /// although the document does not say that both are the same.
    pub retyped: Vec<String>,
    /// Secrets, by dotted path, that the cloud shows masked and that stand beside what is sent: they cannot be sent along.
    pub unsendable: Vec<String>,
}

/// The one object that was answered: a list of one is that one.
#[must_use]
pub fn the_object<'a>(sent: &Value, found: &'a Value) -> &'a Value {
    match found.as_array().map(Vec::as_slice) {
        Some([one @ Value::Object(_)]) if sent.is_object() => one,
        _ => found,
    }
}

/// What a PUT of `sent` does to `found`, of whose fields this is known.
#[must_use]
pub fn plan(shape: Schema, sent: &Value, found: &Value) -> Update {
    let found = the_object(sent, found);
    let mut field = Field::default();
    field.schema = shape;
    // A secret that the cloud does not show again counts as a difference.
    let rules = Rules { rewrite_secrets: true, ..Rules::default() };
    let asked = asked(sent, found);
    let asks_nothing = asked.as_object().is_some_and(Map::is_empty);
    if asks_nothing || compare::differences("", field, &asked, found, &rules).is_empty() {
        return Update { body: None, retyped: Vec::new(), unsendable: Vec::new() };
    }
    let (mut retyped, mut unsendable) = (Vec::new(), Vec::new());
    find_retyped("", field, sent, found, &mut retyped);
    let body = match (sent, found) {
        (Value::Object(sent), Value::Object(there)) => {
            let mut body = merge_body(sent, there);
            drop_masked("", field, sent, &mut body, &mut unsendable);
            Value::Object(body)
        }
        _ => sent.clone(),
    };
    Update { body: Some(body), retyped, unsendable }
}

/// What is sent without the dictionaries that ask for nothing: an empty one, where one is that has fields.
fn asked(sent: &Value, found: &Value) -> Value {
    let (Value::Object(sent), Value::Object(found)) = (sent, found) else { return sent.clone() };
    let part = |(name, value): (&String, &Value)| {
        let there = found.get(name).unwrap_or(&Value::Null);
        let asks_nothing = value.as_object().is_some_and(Map::is_empty) && there.is_object();
        (!asks_nothing).then(|| (name.clone(), asked(value, there)))
    };
    Value::Object(sent.iter().filter_map(part).collect())
}

/// Where text and number (or boolean) say the same, and the document does not.
fn find_retyped(path: &str, field: Field, sent: &Value, found: &Value, retyped: &mut Vec<String>) {
    match (sent, found) {
        (Value::Object(sent), Value::Object(found)) => {
            for (name, value) in sent {
                let there = found.get(name).unwrap_or(&Value::Null);
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                find_retyped(&path, field.schema.field(name), value, there, retyped);
            }
        }
        (Value::Array(sent), Value::Array(found)) => {
            for (number, (sent, found)) in sent.iter().zip(found).enumerate() {
                find_retyped(&format!("{path}[{number}]"), field.item(), sent, found, retyped);
            }
        }
        (Value::String(text), Value::Number(_) | Value::Bool(_)) if says(text, found) && !field.number_or_text => {
            retyped.push(path.to_owned());
        }
        (Value::Number(_) | Value::Bool(_), Value::String(text)) if says(text, sent) && !field.number_or_text => {
            retyped.push(path.to_owned());
        }
        _ => {}
    }
}

/// Returns true if a text is what becomes of this number or boolean: Python writes `True`.
fn says(text: &str, value: &Value) -> bool {
    match value {
        Value::Bool(value) => text.eq_ignore_ascii_case(if *value { "true" } else { "false" }),
        Value::Number(number) => {
            text == number.to_string() || text.parse::<f64>().is_ok_and(|parsed| Some(parsed) == number.as_f64())
        }
        _ => false,
    }
}

/// Takes out of what was merged in from the cloud what the cloud shows masked: sent back, the mask would be the secret.
fn drop_masked(
    path: &str,
    field: Field,
    sent: &Map<String, Value>,
    body: &mut Map<String, Value>,
    dropped: &mut Vec<String>,
) {
    body.retain(|name, value| {
        let inner = field.schema.field(name);
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        match (sent.get(name), value) {
            (Some(Value::Object(sent)), Value::Object(body)) => drop_masked(&path, inner, sent, body, dropped),
            (None, value) if (inner.secret || super::secrets::is_secret(name)) && is_masked(value) => {
                dropped.push(path);
                return false;
            }
            (None, Value::Object(body)) => drop_masked(&path, inner, &Map::new(), body, dropped),
            _ => {}
        }
        true
    });
}

#[cfg(test)]
#[path = "update_tests.rs"]
mod tests;
