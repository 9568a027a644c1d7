//! Converts a value to an option's type as ansible-core's `check_type_*` functions do (`module_utils/common/validation.py`),
//! with their messages.

mod literal;
mod number;
mod path;
mod structure;

pub use path::home;
pub use structure::dictionary;

use crate::spec::ArgumentType;
use crate::validation::python;
use serde_json::Value;

/// The host's part in a conversion to `path`: environment variables and home directories.
pub struct Host<'a> {
    /// Returns an environment variable.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// The home directory of a user, by default of the user of this process.
    pub home: &'a dyn Fn(Option<&str>) -> Option<String>,
}

/// Converts `value` to `wanted`. The error is the reason in Ansible's words, without the option.
pub fn convert(wanted: ArgumentType, value: &Value, host: &Host) -> Result<Value, String> {
    match wanted {
        ArgumentType::Str => Ok(Value::String(text(value))),
        ArgumentType::Int => number::int(value),
        ArgumentType::Float => number::float(value),
        ArgumentType::Bool => boolean(value),
        ArgumentType::List => structure::list(value),
        ArgumentType::Dict => dictionary(value).map(Value::Object),
        ArgumentType::Path => path::expand(&text(value), host).map(Value::String),
        ArgumentType::Raw => Ok(value.clone()),
        ArgumentType::Json | ArgumentType::Jsonarg => structure::json_text(value),
        ArgumentType::Bytes => number::bytes(value),
        ArgumentType::Bits => number::bits(value),
    }
}

/// `check_type_str`. Null becomes the empty text (since ansible-core 2.19; `None` before).
fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        other => python::str_of(other),
    }
}

const TRUE: [&str; 6] = ["y", "yes", "on", "1", "true", "t"];
const FALSE: [&str; 6] = ["n", "no", "off", "0", "false", "f"];

/// `check_type_bool`.
pub fn boolean(value: &Value) -> Result<Value, String> {
    let truth = match value {
        Value::Bool(truth) => Some(*truth),
        Value::Number(_) => spelled_as_number(value),
        Value::String(text) => spelled(text),
        other => {
            return Err(format!("{} cannot be converted to a bool", python::class_text(other)));
        }
    };
    truth.map(Value::Bool).ok_or_else(|| {
        format!(
            // Ansible lists them in the order of a Python set, which varies.
            "The value '{}' is not a valid boolean. Valid booleans include: \
             'y', 'yes', 'on', '1', 'true', 't', 1, 'n', 'no', 'off', '0', 'false', 'f', 0",
            python::str_of(value)
        )
    })
}

fn spelled(text: &str) -> Option<bool> {
    let text = python::strip(text);
    // The longest spelling. A value of megabytes needs no copy in lower case.
    const LONGEST: usize = "false".len();
    if text.len() > LONGEST {
        return None;
    }
    let text = text.to_lowercase();
    if TRUE.contains(&text.as_str()) {
        Some(true)
    } else if FALSE.contains(&text.as_str()) {
        Some(false)
    } else {
        None
    }
}

fn spelled_as_number(value: &Value) -> Option<bool> {
    [true, false].into_iter().find(|truth| python::equal(value, &Value::Bool(*truth)))
}

/// True if a value of `choices` is a spelling of true (or false), numbers included.
pub fn is_spelling_of(truth: bool, value: &Value) -> bool {
    match value {
        // Only the exact spellings count here: neither case nor white space is changed.
        Value::String(text) => if truth { TRUE } else { FALSE }.contains(&text.as_str()),
        other => python::equal(other, &Value::Bool(truth)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_spelling_in_any_case_and_with_space_around_is_a_boolean() {
        for value in ["y", "YES", " on ", "1", "True\n", "\u{1c}t", "\u{a0}tRuE"] {
            assert_eq!(boolean(&json!(value)), Ok(json!(true)), "{value:?}");
        }
        for value in ["n", "No", "OFF\t", "0", "false", "F"] {
            assert_eq!(boolean(&json!(value)), Ok(json!(false)), "{value:?}");
        }
        assert_eq!(boolean(&json!(1.0)), Ok(json!(true)));
        assert_eq!(boolean(&json!(-0.0)), Ok(json!(false)));
    }

    #[test]
    fn anything_else_is_refused_with_the_value_and_the_spellings() {
        for value in [json!("maybe"), json!(""), json!("1.0"), json!(2), json!(0.5)] {
            let reason = boolean(&value).unwrap_err();
            let start = format!("The value '{}' is not a valid boolean. ", python::str_of(&value));
            assert!(reason.starts_with(&start), "{reason}");
        }
        assert_eq!(boolean(&json!([])), Err("<class 'list'> cannot be converted to a bool".to_owned()));
        assert_eq!(boolean(&json!(null)), Err("<class 'NoneType'> cannot be converted to a bool".to_owned()));
    }
}
