//! Lists, dictionaries, and JSON as text.

use super::{key_value, literal};
use crate::validation::python;
use serde_json::{Map, Value};

/// `check_type_list`: a text is split at its commas; a number or boolean is a list of its text.
pub fn list(value: &Value) -> Result<Value, String> {
    match value {
        Value::Array(_) => Ok(value.clone()),
        Value::String(text) => Ok(text.split(',').map(Value::from).collect()),
        Value::Number(_) | Value::Bool(_) => Ok(Value::Array(vec![python::str_of(value).into()])),
        Value::Null | Value::Object(_) => Err(format!("{} cannot be converted to a list", python::class_text(value))),
    }
}

/// `check_type_dict`: a text that starts with `{` is JSON or a Python literal, one with a `=` is `k=v` pairs.
pub fn dictionary(value: &Value) -> Result<Map<String, Value>, String> {
    match value {
        Value::Object(entries) => Ok(entries.clone()),
        Value::String(text) if text.starts_with('{') => serde_json::from_str(text)
            .ok()
            .or_else(|| literal::dictionary(text))
            .ok_or_else(|| "unable to evaluate string as dictionary".to_owned()),
        Value::String(text) if text.contains('=') => key_value::split(text)
            .ok_or_else(|| "unable to evaluate string in the \"key=value\" format as dictionary".to_owned()),
        Value::String(_) => Err("dictionary requested, could not parse JSON or key=value".to_owned()),
        other => Err(format!("{} cannot be converted to a dict", python::class_text(other))),
    }
}

/// `check_type_jsonarg`: a text is taken for JSON and only stripped; a structure is written as JSON.
pub fn json_text(value: &Value) -> Result<Value, String> {
    match value {
        Value::String(text) => Ok(python::strip(text).into()),
        Value::Array(_) | Value::Object(_) => Ok(python::json_dumps(value).into()),
        other => Err(format!("{} cannot be converted to a json string", python::class_text(other))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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
}
