//! The values to mask: `_list_no_log_values` of `module_utils/common/parameters.py`.

use super::convert::dictionary;
use super::{holds_dictionaries, python};
use crate::exact;
use crate::spec::ArgumentSpec;
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::collections::BTreeSet;

/// Adds every text and number in `no_log` options, sub-options included.
///
/// The error is the first value that should have sub-options and is not a dictionary. Unlike in Ansible, the values next to it
/// are collected, too, because the error is printed.
pub fn collect(
    spec: &ArgumentSpec,
    parameters: &Map<String, Value>,
    secrets: &mut BTreeSet<String>,
) -> Result<(), String> {
    let mut outcome = Ok(());
    for (name, argument) in spec {
        let Some(value) = parameters.get(name) else {
            continue;
        };
        if argument.no_log == Some(true) && python::is_truthy(value) {
            collect_texts(value, secrets);
        }
        let Some(sub_spec) = argument.options.as_ref().filter(|_| holds_dictionaries(argument)) else {
            continue;
        };
        let elements = match value {
            Value::Null => continue,
            Value::Array(elements) => elements.as_slice(),
            other => std::slice::from_ref(other),
        };
        for element in elements {
            let result = match element {
                Value::Object(entries) => Ok(Cow::Borrowed(entries)),
                Value::String(_) => dictionary(element).map(Cow::Owned),
                other => Err(format!(
                    "Value '{}' in the sub parameter field '{name}' must be a {}, not '{}'",
                    python::str_of(other),
                    argument.argument_type.unwrap_or_default().name(),
                    python::type_name(other)
                )),
            }
            .and_then(|entries| collect(sub_spec, &entries, secrets));
            outcome = outcome.and(result);
        }
    }
    outcome
}

/// Every text and number within a value. Booleans and nulls are not secrets.
fn collect_texts(value: &Value, secrets: &mut BTreeSet<String>) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => {
            secrets.insert(python::number_text(number));
        }
        Value::String(text) => {
            if !text.is_empty() {
                secrets.insert(exact::digits(text).unwrap_or(text).to_owned());
            }
        }
        Value::Array(elements) => {
            for element in elements {
                collect_texts(element, secrets);
            }
        }
        Value::Object(entries) => {
            for element in entries.values() {
                collect_texts(element, secrets);
            }
        }
    }
}

/// Adds the default of a `no_log` option.
pub fn collect_default(default: &Value, secrets: &mut BTreeSet<String>) {
    match default {
        // Ansible cannot hash these and aborts. Their contents are secrets.
        Value::Array(_) | Value::Object(_) => collect_texts(default, secrets),
        scalar if python::is_truthy(scalar) => {
            secrets.insert(python::str_of(scalar));
        }
        _ => {}
    }
}
