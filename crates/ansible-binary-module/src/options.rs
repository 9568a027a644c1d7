//! From validated values to the module's own options type.

mod limits;
pub(crate) mod probe;

pub(crate) use limits::exceeded;

use crate::spec::ArgumentSpec;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The options as the module's type.
///
/// # Errors
///
/// What the type refuses though the argument specification does not (a number out of range, a text of another
/// form), by the name of the option.
pub(crate) fn deserialize<T: DeserializeOwned>(
    spec: &ArgumentSpec,
    validated: &Map<String, Value>,
) -> Result<T, String> {
    let options = given(spec, validated);
    if spec.is_empty()
        && let Ok(nothing) = attempt(Value::Null)
    {
        return Ok(nothing);
    }
    attempt(Value::Object(options.clone())).map_err(|refusal| {
        // Inside a flattened struct the path is lost.
        let path = refusal.path.or_else(|| culprit(&options, &|others| attempt::<T>(others).err()));
        worded(&refusal.words, path.as_deref())
    })
}

/// What serde says of a value that is no `T`.
struct Refusal {
    words: String,
    path: Option<String>,
}

/// The one place that deserializes: what serde makes of a large type is large, and so there is only one of it.
fn attempt<T: DeserializeOwned>(value: Value) -> Result<T, Refusal> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = Some(error.path().to_string()).filter(|path| path != ".");
        Refusal { words: error.into_inner().to_string(), path }
    })
}

/// The values of known options, without nulls: what is not given is left to serde's defaults.
pub(crate) fn given(spec: &ArgumentSpec, values: &Map<String, Value>) -> Map<String, Value> {
    known(spec, values, &|value| !value.is_null())
}

/// The values of known options, sub-options too. An option without a specification for its inside keeps all of it.
pub(crate) fn known(
    spec: &ArgumentSpec,
    values: &Map<String, Value>,
    keep: &dyn Fn(&Value) -> bool,
) -> Map<String, Value> {
    values
        .iter()
        .filter(|(_, value)| keep(value))
        .filter_map(|(name, value)| {
            let argument = spec.get(name)?;
            let value = match &argument.options {
                Some(options) => known_inside(options, value, keep),
                None => value.clone(),
            };
            Some((name.clone(), value))
        })
        .collect()
}

fn known_inside(options: &ArgumentSpec, value: &Value, keep: &dyn Fn(&Value) -> bool) -> Value {
    match value {
        Value::Object(values) => Value::Object(known(options, values, keep)),
        Value::Array(elements) => elements.iter().map(|element| known_inside(options, element, keep)).collect(),
        other => other.clone(),
    }
}

/// The options as `invocation` shows them: without what no option answers to, since a misspelt name may hold a secret.
pub(crate) fn printable(spec: &ArgumentSpec, values: &Map<String, Value>) -> Map<String, Value> {
    let mut printable = known(spec, values, &|_| true);
    for (name, value) in &mut printable {
        let argument = &spec[name.as_str()];
        let unread = match value {
            Value::Null => false,
            Value::Object(_) => false,
            Value::Array(elements) => !elements.iter().all(Value::is_object),
            _ => true,
        };
        // Sub-options that could not be read may hold secrets that nobody could find.
        if unread && argument.options.as_ref().is_some_and(has_secrets) {
            *value = Value::from("VALUE_SPECIFIED_IN_NO_LOG_PARAMETER");
        }
    }
    printable
}

fn has_secrets(spec: &ArgumentSpec) -> bool {
    spec.values().any(|argument| argument.no_log == Some(true) || argument.options.as_ref().is_some_and(has_secrets))
}

/// The option without which the refusal would be another, or none.
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
                // A required option is missed first, whether it was the culprit or not.
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
        // Ansible's own words: it lets a required option pass that is given as null.
        (Some(field), None) => format!("missing required arguments: {field}"),
        (Some(field), Some(path)) => format!("missing required arguments: {field} found in {path}"),
        (None, Some(path)) => format!("value of {path} is not usable: {refusal}"),
        (None, None) => format!("one of the options is not usable: {refusal}"),
    }
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
            (json!({"seconds": -1}), "value of seconds is not usable: "),
            (json!({"seconds": 1, "parts": [{"count": 1}, {"count": 256}]}), "value of parts[1].count is not usable: "),
            (json!({"seconds": 1, "part": {"count": null}}), "missing required arguments: count found in part"),
            (json!({"seconds": 1, "host": 5}), "value of host is not usable: "),
            (json!({"seconds": 1, "token": [], "name": "x"}), "value of token is not usable: "),
            (json!({"seconds": 1, "host": 5, "token": [], "name": "x"}), "value of host is not usable: "),
        ] {
            let error = deserialized(values).unwrap_err();
            assert!(error.starts_with(words), "{error}");
        }
    }
}
