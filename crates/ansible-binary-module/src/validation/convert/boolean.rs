//! Booleans: `module_utils/parsing/convert_bool.py`.

use crate::validation::python;
use serde_json::Value;

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
            // Ansible lists them in the order of a Python set, which differs from run to run.
            "The value '{}' is not a valid boolean. Valid booleans include: \
             'y', 'yes', 'on', '1', 'true', 't', 1, 'n', 'no', 'off', '0', 'false', 'f', 0",
            python::str_of(value)
        )
    })
}

fn spelled(text: &str) -> Option<bool> {
    let text = python::strip(text);
    // The longest spelling; a value of megabytes is not worth a copy in lower case.
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

/// Whether a value of `choices` is one of the true (or false) spellings, numbers included.
pub fn is_spelling_of(truth: bool, value: &Value) -> bool {
    match value {
        // Only the spellings themselves count here, with neither case nor white space changed.
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
