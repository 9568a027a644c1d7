//! Converts a value to an option's type as ansible-core's `check_type_*` functions do (`module_utils/common/validation.py`),
//! with their messages.

mod literal;
mod number;
mod path;

use crate::exact;
use crate::spec::ArgumentType;
use crate::validation::python;
pub use path::home;
use serde_json::{Map, Value};

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
        ArgumentType::List => list(value),
        ArgumentType::Dict => dictionary(value).map(Value::Object),
        ArgumentType::Path => path::expand(&text(value), host).map(Value::String),
        ArgumentType::Raw => Ok(value.clone()),
        ArgumentType::Json | ArgumentType::Jsonarg => json_text(value),
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

/// `check_type_list`. A text is split at commas; a number or boolean becomes a list of its text.
pub fn list(value: &Value) -> Result<Value, String> {
    match value {
        Value::Array(_) => Ok(value.clone()),
        Value::String(text) if exact::digits(text).is_none() => Ok(text.split(',').map(Value::from).collect()),
        Value::Number(_) | Value::Bool(_) | Value::String(_) => Ok(Value::Array(vec![python::str_of(value).into()])),
        Value::Null | Value::Object(_) => Err(format!("{} cannot be converted to a list", python::class_text(value))),
    }
}

/// `check_type_dict`. A text that starts with `{` is JSON or a Python literal, and a text with a `=` is `k=v` pairs.
pub fn dictionary(value: &Value) -> Result<Map<String, Value>, String> {
    match value {
        Value::Object(entries) => Ok(entries.clone()),
        Value::String(text) if text.starts_with('{') => exact::parse(text)
            .ok()
            .and_then(|value| value.as_object().cloned())
            .or_else(|| literal::dictionary(text))
            .ok_or_else(|| "unable to evaluate string as dictionary".to_owned()),
        Value::String(text) if text.contains('=') => key_value_pairs(text)
            .ok_or_else(|| "unable to evaluate string in the \"key=value\" format as dictionary".to_owned()),
        Value::String(text) if exact::digits(text).is_none() => {
            Err("dictionary requested, could not parse JSON or key=value".to_owned())
        }
        other => Err(format!("{} cannot be converted to a dict", python::class_text(other))),
    }
}

/// `check_type_jsonarg`. A text is taken for JSON and only stripped; a list or dictionary is written as JSON.
pub fn json_text(value: &Value) -> Result<Value, String> {
    match value {
        Value::String(text) if exact::digits(text).is_none() => Ok(python::strip(text).into()),
        Value::Array(_) | Value::Object(_) => Ok(python::json_dumps(value).into()),
        other => Err(format!("{} cannot be converted to a json string", python::class_text(other))),
    }
}

/// Splits at commas and spaces outside quotes, and each field at its first `=`. `None` where a field has none.
///
/// As in `check_type_dict`: quotes are removed, a backslash escapes the next character (also within quotes), and an open quote
/// ends with the text.
fn key_value_pairs(text: &str) -> Option<Map<String, Value>> {
    let mut entries = Map::new();
    let mut field = String::new();
    let mut quote = None;
    let mut characters = python::strip(text).chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => field.extend(characters.next()),
            '\'' | '"' if quote.is_none() => quote = Some(character),
            _ if quote == Some(character) => quote = None,
            ',' | ' ' if quote.is_none() => insert(&mut entries, std::mem::take(&mut field))?,
            _ => field.push(character),
        }
    }
    insert(&mut entries, field)?;
    Some(entries)
}

fn insert(entries: &mut Map<String, Value>, field: String) -> Option<()> {
    if !field.is_empty() {
        let (key, value) = field.split_once('=')?;
        entries.insert(key.to_owned(), value.into());
    }
    Some(())
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

    #[test]
    fn a_list_is_a_list_a_text_with_commas_or_one_scalar() {
        for (given, expected) in [
            (json!([1, null]), json!([1, null])),
            (json!("a, b,,c "), json!(["a", " b", "", "c "])),
            (json!(""), json!([""])),
            (json!(1.0), json!(["1.0"])),
            (json!(true), json!(["True"])),
        ] {
            assert_eq!(list(&given), Ok(expected));
        }
        assert_eq!(list(&json!({})), Err("<class 'dict'> cannot be converted to a list".to_owned()));
    }

    #[test]
    fn a_dictionary_is_a_dictionary_json_a_literal_or_pairs() {
        for (given, expected) in [
            (json!({"a": 1}), json!({"a": 1})),
            (json!("{\"a\": [1, null]}"), json!({"a": [1, null]})),
            (json!("{'a': (1, None)}"), json!({"a": [1, null]})),
            (json!("a=1, b='x y'"), json!({"a": "1", "b": "x y"})),
        ] {
            assert_eq!(dictionary(&given).map(Value::Object), Ok(expected));
        }
        for (given, reason) in [
            (json!("{a: 1}"), "unable to evaluate string as dictionary"),
            (json!("{1, 2}"), "unable to evaluate string as dictionary"),
            (json!("a=1, b"), "unable to evaluate string in the \"key=value\" format as dictionary"),
            (json!("a"), "dictionary requested, could not parse JSON or key=value"),
            (json!(" {}"), "dictionary requested, could not parse JSON or key=value"),
            (json!([]), "<class 'list'> cannot be converted to a dict"),
        ] {
            assert_eq!(dictionary(&given), Err(reason.to_owned()), "{given}");
        }
    }

    #[test]
    fn json_as_text_is_stripped_or_written() {
        assert_eq!(json_text(&json!(" {} \n")), Ok(json!("{}")));
        assert_eq!(json_text(&json!({"a": [1]})), Ok(json!("{\"a\": [1]}")));
        assert_eq!(json_text(&json!(1)), Err("<class 'int'> cannot be converted to a json string".to_owned()));
    }

    #[test]
    fn fields_are_split_outside_quotes_only() {
        for (text, expected) in [
            ("a=1", json!({"a": "1"})),
            (" a=1,b=2  c=3, ", json!({"a": "1", "b": "2", "c": "3"})),
            ("a='x, y'z b=\"it's\"", json!({"a": "x, yz", "b": "it's"})),
            ("a=x\\ y\\,z", json!({"a": "x y,z"})),
            ("a='\\''", json!({"a": "'"})),
            ("a='open b=2", json!({"a": "open b=2"})),
            ("a=b=c", json!({"a": "b=c"})),
            ("=", json!({"": ""})),
            ("a=1\tb=2", json!({"a": "1\tb=2"})),
            ("a=1,a=2", json!({"a": "2"})),
            ("a=1\\", json!({"a": "1"})),
        ] {
            assert_eq!(key_value_pairs(text).map(Value::Object), Some(expected), "{text}");
        }
        assert_eq!(key_value_pairs("a=1 b"), None);
        assert_eq!(key_value_pairs("'a b'"), None);
    }
}
