//! Turns validated values into the module's type of options.

use crate::definition::{Limits, Node, fields_within};
use crate::exact;
use crate::spec::{Argument, ArgumentSpec, ArgumentType};
use crate::validation::convert_alone;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The options as the module's type.
///
/// # Errors
///
/// A value that the type refuses and the argument specification does not (a number out of range, a text of another form),
/// with the name of the option.
pub(crate) fn deserialize<T: DeserializeOwned>(
    spec: &ArgumentSpec,
    validated: &Map<String, Value>,
) -> Result<T, String> {
    let mut options = given(spec, validated);
    for (name, value) in &mut options {
        exact::resolve(value, name)?;
    }
    if spec.is_empty() {
        if let Ok(nothing) = attempt(Value::Null) {
            return Ok(nothing);
        }
    }
    attempt(Value::Object(options.clone())).map_err(|refusal| {
        // Within a flattened struct serde loses the path.
        let path = refusal.path.or_else(|| culprit(&options, &|others| attempt::<T>(others).err()));
        worded(&refusal.words, path.as_deref())
    })
}

/// serde's refusal of a value.
struct Refusal {
    words: String,
    path: Option<String>,
}

/// The only call of serde for this type: its code for a large type is large, so that it exists once.
fn attempt<T: DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = Some(error.path().to_string()).filter(|path| path != ".");
        Refusal { words: error.into_inner().to_string(), path }
    })
}

/// The values of known options without nulls: serde's defaults apply to those. The null of a required option of type `raw` is its
/// value.
pub(crate) fn given(spec: &ArgumentSpec, values: &Map<String, Value>) -> Map<String, Value> {
    known(spec, values, &|argument, value| {
        !value.is_null() || argument.required && argument.argument_type == Some(ArgumentType::Raw)
    })
}

/// The values of known options and sub-options. An option without sub-options keeps everything in it.
pub(crate) fn known(
    spec: &ArgumentSpec,
    values: &Map<String, Value>,
    keep: &dyn Fn(&Argument, &Value) -> bool,
) -> Map<String, Value> {
    values
        .iter()
        .filter_map(|(name, value)| {
            let argument = spec.get(name).filter(|argument| keep(argument, value))?;
            let value = match &argument.options {
                Some(options) => known_inside(options, value, keep),
                None => value.clone(),
            };
            Some((name.clone(), value))
        })
        .collect()
}

fn known_inside(options: &ArgumentSpec, value: &Value, keep: &dyn Fn(&Argument, &Value) -> bool) -> Value {
    match value {
        Value::Object(values) => Value::Object(known(options, values, keep)),
        Value::Array(elements) => elements.iter().map(|element| known_inside(options, element, keep)).collect(),
        other => other.clone(),
    }
}

/// The options for `invocation`, without unknown names: the value of a misspelled name can be a secret.
pub(crate) fn printable(spec: &ArgumentSpec, values: &Map<String, Value>) -> Map<String, Value> {
    let mut printable = known(spec, values, &|_, _| true);
    printable.values_mut().for_each(exact::to_text);
    for (name, value) in &mut printable {
        let argument = &spec[name.as_str()];
        let unread = match value {
            Value::Null => false,
            Value::Object(_) => false,
            Value::Array(elements) => !elements.iter().all(Value::is_object),
            _ => true,
        };
        // Sub-options that cannot be read can contain secrets that were not found.
        if unread && argument.options.as_ref().is_some_and(has_secrets) {
            *value = Value::from("VALUE_SPECIFIED_IN_NO_LOG_PARAMETER");
        }
    }
    printable
}

fn has_secrets(spec: &ArgumentSpec) -> bool {
    spec.values().any(|argument| argument.no_log == Some(true) || argument.options.as_ref().is_some_and(has_secrets))
}

/// The option that causes the refusal: the refusal changes when the option is removed.
fn culprit(options: &Map<String, Value>, attempt: &dyn Fn(Value) -> Option<Refusal>) -> Option<String> {
    let refusal = |options: &Map<String, Value>| attempt(Value::Object(options.clone())).map(|refusal| refusal.words);
    let whole = refusal(options)?;
    options
        .keys()
        .find(|option| {
            let mut others = options.clone();
            others.shift_remove(*option);
            match refusal(&others) {
                None => true,
                // serde reports a missing required option first.
                Some(other) => other != whole && missing_field(&other).is_none(),
            }
        })
        .cloned()
}

fn missing_field(refusal: &str) -> Option<&str> {
    refusal.strip_prefix("missing field `")?.strip_suffix('`')
}

fn worded(refusal: &str, path: Option<&str>) -> String {
    match (missing_field(refusal), path) {
        // Ansible's own sentence. It accepts a required option that is null.
        (Some(field), None) => format!("missing required arguments: {field}"),
        (Some(field), Some(path)) => format!("missing required arguments: {field} found in {path}"),
        (None, Some(path)) => format!("value of {path} cannot be used: {refusal}"),
        (None, None) => format!("value of an option cannot be used: {refusal}"),
    }
}

/// Converts what Ansible's conversions leave to Python: a boolean is an integer there, and the values of a dictionary have the
/// type that the module reads.
///
/// # Errors
///
/// A value of a dictionary that cannot be converted, in Ansible's words.
pub(crate) fn adapt(node: &Node, values: &mut Map<String, Value>) -> Result<(), String> {
    adapt_fields(node, values, "")
}

fn adapt_fields(node: &Node, values: &mut Map<String, Value>, prefix: &str) -> Result<(), String> {
    fields_within(node).iter().try_for_each(|field| match values.get_mut(&field.name) {
        Some(value) => adapt_value(&field.node, value, &format!("{prefix}{}", field.name)),
        None => Ok(()),
    })
}

fn adapt_value(node: &Node, value: &mut Value, path: &str) -> Result<(), String> {
    match value {
        Value::Bool(truth) if node.argument_type == ArgumentType::Int => *value = u8::from(*truth).into(),
        Value::Array(elements) => {
            if let Some(items) = &node.elements {
                for (index, element) in elements.iter_mut().enumerate() {
                    adapt_value(items, element, &format!("{path}[{index}]"))?;
                }
            }
        }
        Value::Object(entries) => match &node.values {
            Some(values) => {
                for (name, entry) in entries {
                    let path = format!("{path}.{name}");
                    if !entry.is_null() && values.argument_type != ArgumentType::Raw {
                        *entry = convert_alone(values.argument_type, entry, &path)?;
                    }
                    adapt_value(values, entry, &path)?;
                }
            }
            None => adapt_fields(node, entries, &format!("{path}."))?,
        },
        _ => {}
    }
    Ok(())
}

/// The first option that exceeds a limit, in words.
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
            if let (Some((least, most)), Some(integer)) = (limits.integer, number.as_i128()) {
                if integer < least {
                    return Some(format!("be at least {least}, got: {value}"));
                }
                if integer > most {
                    return Some(format!("be at most {most}, got: {value}"));
                }
            }
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
    use crate::definition::Definition;
    use crate::definition::tests::{Everything, Options};
    use serde_json::json;

    fn deserialized(values: Value) -> Result<Options, String> {
        let spec = Definition::of::<Everything>().unwrap().spec;
        deserialize(&spec, values.as_object().unwrap())
    }

    #[test]
    fn nulls_and_unknown_values_are_left_out_and_defaults_hold() {
        let options = deserialized(json!({
            "seconds": 1, "name": null, "state": null, "sure": null, "unknown": 1, "token": "t",
            "part": {"site": null, "role": "low", "count": 3, "unknown": []},
            "anything": {"kept": null}, "body": {"kept": null},
        }))
        .unwrap();
        assert_eq!(options.name, None);
        assert_eq!(options.state, crate::definition::tests::State::Present);
        assert!(options.sure);
        assert_eq!(options.shared.host, "example.org");
        assert_eq!(options.part.unwrap().count, 3);
        assert_eq!(options.anything, Some(json!({"kept": null})));
        assert_eq!(Value::Object(options.body), json!({"kept": null}));
    }

    #[test]
    fn a_refusal_names_the_option() {
        for (values, words) in [
            (json!({}), "missing required arguments: seconds"),
            (json!({"seconds": null}), "missing required arguments: seconds"),
            (json!({"seconds": -1}), "value of seconds cannot be used: "),
            (
                json!({"seconds": 1, "parts": [{"count": 1}, {"count": 256}]}),
                "value of parts[1].count cannot be used: ",
            ),
            (json!({"seconds": 1, "part": {"count": null}}), "missing required arguments: count found in part"),
            (json!({"seconds": 1, "host": 5}), "value of host cannot be used: "),
            (json!({"seconds": 1, "token": [], "name": "x"}), "value of token cannot be used: "),
            (json!({"seconds": 1, "host": 5, "token": [], "name": "x"}), "value of host cannot be used: "),
        ] {
            let error = deserialized(values).unwrap_err();
            assert!(error.starts_with(words), "{error}");
        }
    }
}

#[cfg(test)]
mod limit_tests {
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
