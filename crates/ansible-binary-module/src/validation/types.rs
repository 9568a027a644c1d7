//! Converts every value to its option's type and checks the choices: `_validate_argument_types` and
//! `_validate_argument_values` of `module_utils/common/parameters.py`.

use super::convert::{Host, convert, is_spelling_of};
use super::python;
use crate::spec::{Argument, ArgumentSpec, ArgumentType};
use serde_json::{Map, Value};

/// Converts the values of one level in place. A value that cannot be converted stays, with a message in `errors`.
pub fn convert_all(
    spec: &ArgumentSpec,
    parameters: &mut Map<String, Value>,
    context: &[String],
    host: &Host,
    errors: &mut Vec<String>,
) {
    for (name, argument) in spec {
        let Some(value) = parameters.get_mut(name) else {
            continue;
        };
        // Null stays, unless the option should have a value (since ansible-core 2.19; before, always).
        if value.is_null() && !argument.required && argument.default.is_none() {
            continue;
        }
        let wanted = argument.argument_type.unwrap_or_default();
        let unable = |reason: String| {
            format!(
                "argument '{name}' is of type {}{} and we were unable to convert to {}: {reason}",
                python::type_name(value),
                found_in(context, "."),
                wanted.name()
            )
        };
        match convert(wanted, value, host) {
            Err(reason) => errors.push(unable(reason)),
            Ok(converted) => {
                let Some(elements_type) = argument.elements else {
                    *value = converted;
                    continue;
                };
                if !converted.is_array() {
                    errors.push(format!(
                        "Invalid type {} for option '{}'{}, elements value check is supported only with 'list' type",
                        wanted.name(),
                        python::str_of(&converted),
                        found_in(context, "."),
                    ));
                }
                match iterate(&converted) {
                    Some(elements) => {
                        *value = convert_elements(name, elements_type, &elements, context, host, errors);
                    }
                    None => {
                        let kind = python::type_name(&converted);
                        errors.push(unable(format!("'{kind}' object is not iterable")));
                        *value = converted;
                    }
                }
            }
        }
    }
}

/// The items of Python's `for`, which include the characters of a text and the keys of a dictionary.
fn iterate(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(elements) => Some(elements.clone()),
        Value::String(text) => Some(text.chars().map(|c| c.to_string().into()).collect()),
        Value::Object(entries) => Some(entries.keys().map(|key| key.as_str().into()).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// The converted elements. Each failure is an error.
fn convert_elements(
    name: &str,
    wanted: ArgumentType,
    elements: &[Value],
    context: &[String],
    host: &Host,
    errors: &mut Vec<String>,
) -> Value {
    let mut converted = Vec::with_capacity(elements.len());
    for element in elements {
        match convert(wanted, element, host) {
            Ok(element) => converted.push(element),
            Err(reason) => errors.push(format!(
                "Elements value for option '{name}'{} is of type {} and we were unable to convert to {}: {reason}",
                found_in(context, ""),
                python::type_name(element),
                wanted.name()
            )),
        }
    }
    Value::Array(converted)
}

fn found_in(context: &[String], end: &str) -> String {
    if context.is_empty() { String::new() } else { format!(" found in '{}'{end}", context.join(" -> ")) }
}

/// Checks the values of one level against their choices. The messages do not name the level.
///
/// YAML reads `yes` and `no` as booleans. If `True` or `False` is refused as a text and exactly one choice is a spelling of it,
/// that choice is taken.
pub fn check_choices(spec: &ArgumentSpec, parameters: &mut Map<String, Value>) -> Vec<String> {
    let mut errors = Vec::new();
    for (name, argument) in spec {
        if argument.choices.is_empty() {
            continue;
        }
        match parameters.get_mut(name) {
            None => {}
            Some(Value::Array(elements)) => errors.extend(check_elements(name, argument, elements)),
            Some(value) => {
                if let Some(meant) = meant_choice(argument, value) {
                    *value = meant;
                }
                if !is_choice(argument, value) {
                    errors.push(format!(
                        "value of {name} must be one of: {}, got: {}",
                        listed(&argument.choices),
                        python::str_of(value)
                    ));
                }
            }
        }
    }
    errors
}

fn check_elements(name: &str, argument: &Argument, elements: &[Value]) -> Option<String> {
    let refused: Vec<&Value> = elements.iter().filter(|element| !is_choice(argument, element)).collect();
    (!refused.is_empty()).then(|| {
        format!(
            "value of {name} must be one or more of: {}. Got no match for: {}",
            listed(&argument.choices),
            listed(refused)
        )
    })
}

fn is_choice(argument: &Argument, value: &Value) -> bool {
    argument.choices.iter().any(|choice| python::equal(choice, value))
}

fn meant_choice(argument: &Argument, value: &Value) -> Option<Value> {
    if is_choice(argument, value) {
        return None;
    }
    let truth = match value.as_str()? {
        "True" => true,
        "False" => false,
        _ => return None,
    };
    let mut spellings = argument.choices.iter().filter(|choice| is_spelling_of(truth, choice));
    let first = spellings.next()?;
    // 1, 1.0 and true are equal in Python.
    spellings.all(|other| python::equal(other, first)).then(|| first.clone())
}

fn listed<'a>(values: impl IntoIterator<Item = &'a Value>) -> String {
    let texts: Vec<String> = values.into_iter().map(python::str_of).collect();
    texts.join(", ")
}
