//! Python's notation, comparison and parsing of JSON values.
//!
//! Ansible's messages quote values by Python's `str` and `repr`, an option of type `str` holds the result of `str`, and choices
//! match by Python's `==` (`1 == 1.0 == True`).
//! Source: the Python language reference (`repr`, string literals) and CPython's `unicodeobject.c`.

use crate::exact;
use serde_json::{Number, Value};
use std::fmt::Write as _;

/// Python's `str(value)`.
pub fn str_of(value: &Value) -> String {
    match value {
        Value::String(text) => exact::digits(text).unwrap_or(text).to_owned(),
        other => repr(other),
    }
}

/// Python's `repr(value)`.
pub fn repr(value: &Value) -> String {
    let mut out = String::new();
    write_repr(&mut out, value);
    out
}

fn write_repr(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Number(number) => out.push_str(&number_text(number)),
        Value::String(text) => match exact::digits(text) {
            Some(digits) => out.push_str(digits),
            None => write_text_repr(out, text),
        },
        Value::Array(elements) => {
            out.push('[');
            for (position, element) in elements.iter().enumerate() {
                if position > 0 {
                    out.push_str(", ");
                }
                write_repr(out, element);
            }
            out.push(']');
        }
        Value::Object(entries) => {
            out.push('{');
            for (position, (key, element)) in entries.iter().enumerate() {
                if position > 0 {
                    out.push_str(", ");
                }
                write_text_repr(out, key);
                out.push_str(": ");
                write_repr(out, element);
            }
            out.push('}');
        }
    }
}

fn write_text_repr(out: &mut String, text: &str) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.reserve(text.len() + 2);
    out.push(quote);
    for character in text.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ if character == quote => {
                out.push('\\');
                out.push(character);
            }
            ' '..='~' => out.push(character),
            _ if is_printable(character) => out.push(character),
            _ => write_code_point(out, character),
        }
    }
    out.push(quote);
}

fn write_code_point(out: &mut String, character: char) {
    let code = u32::from(character);
    // Writing to a String cannot fail.
    let _ = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
}

/// Python's `str.isprintable` for one character: not in the categories Cc, Cf, Cs, Co, Cn, Zl, Zp, Zs.
///
/// `escape_debug` of the standard library escapes exactly these characters. It leaves a combining character alone unless it
/// comes first, hence the letter before it.
fn is_printable(character: char) -> bool {
    let mut buffer = [b'a'; 5];
    let length = character.encode_utf8(&mut buffer[1..]).len();
    std::str::from_utf8(&buffer[..=length]).is_ok_and(|text| text.escape_debug().skip(1).eq([character]))
}

/// `str(number)`.
pub fn number_text(number: &Number) -> String {
    match (number.as_i64(), number.as_u64(), number.as_f64()) {
        (Some(integer), _, _) => integer.to_string(),
        (_, Some(integer), _) => integer.to_string(),
        (_, _, Some(float)) => float_text(float),
        _ => number.to_string(),
    }
}

/// Python's `repr(float)`: the shortest digits that read back as the same number, positional for exponents from -4 to 15.
fn float_text(float: f64) -> String {
    let shortest = shortest_digits(float);
    let Some((mantissa, exponent)) = shortest.split_once('e') else {
        return shortest;
    };
    let Ok(exponent) = exponent.parse::<i32>() else {
        return shortest;
    };
    if !(-4..16).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", exponent.abs());
    }
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let sign = if mantissa.starts_with('-') { "-" } else { "" };
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or_default());
    if exponent < 0 {
        return format!("{sign}0.{}{digits}", zeros(-exponent - 1));
    }
    // The exponent gives the number of digits before the point; at least one zero follows it.
    let point = usize::try_from(exponent + 1).unwrap_or_default();
    let padded = format!("{digits:0<width$}", width = point + 1);
    let (whole, fraction) = padded.split_at(point);
    format!("{sign}{whole}.{fraction}")
}

/// The shortest digits in scientific notation. Of two equally near candidates, Rust takes the greater and Python the even one:
/// rounding to that many digits finds it.
fn shortest_digits(float: f64) -> String {
    let shortest = format!("{float:e}");
    let mantissa = shortest.split('e').next().unwrap_or_default();
    let decimals = mantissa.split('.').nth(1).map_or(0, str::len);
    let even = format!("{float:.decimals$e}");
    if even.parse() == Ok(float) { even } else { shortest }
}

/// The name of the value's type in Python.
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "NoneType",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float",
        Value::Number(_) => "int",
        Value::String(text) if exact::digits(text).is_some() => "int",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// `str(type(value))`.
pub fn class_text(value: &Value) -> String {
    format!("<class '{}'>", type_name(value))
}

/// True if the value is true in Python.
pub fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => !elements.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
    }
}

/// Python's `==`: booleans are the integers 0 and 1, and an integer equals a float of the same value.
pub fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::String(left), Value::String(right)) => left == right,
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| equal(l, r))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|other| equal(value, other)))
        }
        _ => match (Numeric::of(left), Numeric::of(right)) {
            (Some(left), Some(right)) => left.equals(right),
            _ => false,
        },
    }
}

#[derive(Clone, Copy)]
enum Numeric {
    Integer(i128),
    Float(f64),
}

impl Numeric {
    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(truth) => Some(Self::Integer(i128::from(*truth))),
            Value::Number(number) => number.as_i128().map(Self::Integer).or_else(|| number.as_f64().map(Self::Float)),
            _ => None,
        }
    }

    fn equals(self, other: Self) -> bool {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => left == right,
            (Self::Float(left), Self::Float(right)) => left == right,
            (Self::Integer(integer), Self::Float(float)) | (Self::Float(float), Self::Integer(integer)) => {
                whole_number(float) == Some(integer)
            }
        }
    }
}

/// The integer value of a float, if it has at most about 65 bits. JSON values here have no larger integers.
pub fn whole_number(float: f64) -> Option<i128> {
    const LIMIT: f64 = 1e20;
    #[allow(clippy::cast_possible_truncation)] // Whole, and far below 128 bits.
    (float.fract() == 0.0 && float.abs() < LIMIT).then_some(float as i128)
}

/// An integer as JSON carries it; `None` beyond 64 bits.
pub fn integer(value: i128) -> Option<Value> {
    i64::try_from(value).map(Value::from).or_else(|_| u64::try_from(value).map(Value::from)).ok()
}

/// Python's `str.isspace` for one character: Unicode's white space, and four ASCII separators.
pub fn is_space(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

/// Python's `str.strip()`.
pub fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// Python's `json.dumps(value)`: separators with a space, and only ASCII.
pub fn json_dumps(value: &Value) -> String {
    let mut out = String::new();
    write_json(&mut out, value);
    out
}

fn write_json(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number_text(number)),
        Value::String(text) => match exact::digits(text) {
            Some(digits) => out.push_str(digits),
            None => write_json_text(out, text),
        },
        Value::Array(elements) => {
            out.push('[');
            for (position, element) in elements.iter().enumerate() {
                if position > 0 {
                    out.push_str(", ");
                }
                write_json(out, element);
            }
            out.push(']');
        }
        Value::Object(entries) => {
            out.push('{');
            for (position, (key, element)) in entries.iter().enumerate() {
                if position > 0 {
                    out.push_str(", ");
                }
                write_json_text(out, key);
                out.push_str(": ");
                write_json(out, element);
            }
            out.push('}');
        }
    }
}

fn write_json_text(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_is_written_as_python_writes_it() {
        for (value, expected) in [
            (json!(null), "None"),
            (json!(true), "True"),
            (json!(-3), "-3"),
            (json!(18_446_744_073_709_551_615_u64), "18446744073709551615"),
            (json!(1.0), "1.0"),
            (json!(-0.0), "-0.0"),
            (json!(0.1), "0.1"),
            (json!(0.0001), "0.0001"),
            (json!(0.00001), "1e-05"),
            (json!(1e15), "1000000000000000.0"),
            (json!(1e16), "1e+16"),
            (json!(1.5e300), "1.5e+300"),
            (json!(123_456.789), "123456.789"),
            (json!(-0.001_5), "-0.0015"),
            (json!(5e-324), "5e-324"),
            (json!(9_007_199_254_740_992.0), "9007199254740992.0"),
            // Halfway between two shortest forms: the even one.
            (json!(5_676_271_513_525_233.0 / 4.0), "1419067878381308.2"),
            (json!(5_676_271_513_525_235.0 / 4.0), "1419067878381308.8"),
            (json!("plain"), "'plain'"),
            (json!("it's"), "\"it's\""),
            (json!("it's \"so\""), "'it\\'s \"so\"'"),
            (json!("a\\b\n\r\t\u{0}\u{7f}"), "'a\\\\b\\n\\r\\t\\x00\\x7f'"),
            (
                json!("é\u{301}\u{a0}\u{ad}\u{2028}\u{1f600}\u{e0001}"),
                "'é\u{301}\\xa0\\xad\\u2028\u{1f600}\\U000e0001'",
            ),
            (json!(["a", 1, {"k": null}]), "['a', 1, {'k': None}]"),
        ] {
            assert_eq!(repr(&value), expected);
        }
        assert_eq!(str_of(&json!("it's")), "it's");
    }

    #[test]
    fn numbers_and_booleans_compare_by_value() {
        assert!(equal(&json!(1), &json!(1.0)));
        assert!(equal(&json!(true), &json!(1)));
        assert!(equal(&json!([0, {"a": 2.0}]), &json!([false, {"a": 2}])));
        assert!(!equal(&json!("1"), &json!(1)));
        assert!(!equal(&json!(9_007_199_254_740_993_i64), &json!(9_007_199_254_740_992.0)));
        assert!(!equal(&json!({"a": 1}), &json!({"a": 1, "b": 1})));
    }

    #[test]
    fn a_structure_is_dumped_in_ascii_with_spaces() {
        assert_eq!(
            json_dumps(&json!({"ä": ["\u{1f600}", "\"\\\n\u{7f}"], "b": 1e16})),
            r#"{"\u00e4": ["\ud83d\ude00", "\"\\\n\u007f"], "b": 1e+16}"#
        );
    }
}
