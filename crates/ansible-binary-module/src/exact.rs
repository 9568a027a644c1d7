//! Integers of any size. JSON values here hold integers of 64 bits, and would turn larger ones into floats. Until a value
//! reaches the module's type, such an integer is a text in a private notation, so that its digits are not lost.

use serde_json::{Map, Value};
use std::borrow::Cow;

/// The start of the notation: a noncharacter, which no text contains.
const MARK: &str = "\u{10fffe}integer:";

/// Reads JSON without losing digits of large integers.
///
/// ```
/// use ansible_binary_module::exact;
///
/// let value = exact::parse(r#"{"big": 123456789012345678901234567890}"#)?;
/// assert_eq!(exact::integer(&value["big"]), Some("123456789012345678901234567890"));
/// assert_eq!(exact::to_json(&value), r#"{"big":123456789012345678901234567890}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
///
/// # Errors
///
/// As `serde_json::from_str`.
pub fn parse(text: &str) -> serde_json::Result<Value> {
    serde_json::from_str(&marked(text))
}

/// The digits of an integer that has more than 64 bits; `None` for every other value.
#[must_use]
pub fn integer(value: &Value) -> Option<&str> {
    value.as_str().and_then(digits)
}

/// Writes a value of [`parse`] as JSON.
#[must_use]
pub fn to_json(value: &Value) -> String {
    let json = value.to_string();
    match json.contains(MARK) {
        true => unmarked(&json),
        false => json,
    }
}

/// The value of a large integer, as it is kept until it reaches the module's type.
pub(crate) fn of_digits(digits: &str) -> Value {
    Value::String(format!("{MARK}{digits}"))
}

/// The digits, if this text is a large integer.
pub(crate) fn digits(text: &str) -> Option<&str> {
    let digits = text.strip_prefix(MARK)?;
    is_large(digits).then_some(digits)
}

/// True for an integer that does not fit 64 bits.
fn is_large(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    digits.len() > 18
        && digits.bytes().all(|digit| digit.is_ascii_digit())
        && !digits.starts_with('0')
        && number.parse::<i64>().is_err()
        && number.parse::<u64>().is_err()
}

/// The same JSON with large integers in the private notation. `-0` becomes 0, as Python reads it.
fn marked(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    // The end of the part that was copied to `out`.
    let mut copied = 0;
    let mut position = 0;
    while let Some(byte) = bytes.get(position) {
        match byte {
            b'"' => position = end_of_string(bytes, position + 1),
            b'-' | b'0'..=b'9' => {
                let is_part = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
                let length = bytes[position..].iter().take_while(|byte| is_part(byte)).count();
                let number = &text[position..position + length];
                let replacement = match number {
                    "-0" => Some("0".to_owned()),
                    _ => is_large(number).then(|| format!("\"{MARK}{number}\"")),
                };
                if let Some(replacement) = replacement {
                    out.push_str(&text[copied..position]);
                    out.push_str(&replacement);
                    copied = position + length;
                }
                position += length;
            }
            _ => position += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}

/// The position after the closing quotation mark.
fn end_of_string(bytes: &[u8], mut position: usize) -> usize {
    while let Some(byte) = bytes.get(position) {
        position += match byte {
            b'"' => return position + 1,
            b'\\' => 2,
            _ => 1,
        };
    }
    position
}

/// JSON in which the private notation is replaced by numbers.
fn unmarked(json: &str) -> String {
    let mark = format!("\"{MARK}");
    let mut parts = json.split(mark.as_str());
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('"') {
            Some((number, rest)) if is_large(number) => {
                out.push_str(number);
                out.push_str(rest);
            }
            _ => {
                out.push_str(&mark);
                out.push_str(part);
            }
        }
    }
    out
}

/// Replaces large integers by what a module's type can hold.
///
/// # Errors
///
/// The place of an integer that the type would not hold exactly.
pub(crate) fn resolve(value: &mut Value, path: &str) -> Result<(), String> {
    match value {
        Value::String(text) => {
            if let Some(digits) = digits(text) {
                *value = exact_number(digits).ok_or_else(|| {
                    format!("value of {path} is an integer of more than 64 bits. Quote it to pass it as a text")
                })?;
            }
            Ok(())
        }
        Value::Array(elements) => elements
            .iter_mut()
            .enumerate()
            .try_for_each(|(index, element)| resolve(element, &format!("{path}[{index}]"))),
        Value::Object(entries) => {
            entries.iter_mut().try_for_each(|(name, entry)| resolve(entry, &format!("{path}.{name}")))
        }
        _ => Ok(()),
    }
}

/// With the feature `exact-numbers`, a number of `serde_json` holds any digits.
fn exact_number(digits: &str) -> Option<Value> {
    if cfg!(feature = "exact-numbers") { serde_json::from_str(digits).ok() } else { None }
}

/// The parameters with [`to_text`], copied only where that changes them.
pub(crate) fn as_text(parameters: &Map<String, Value>) -> Cow<'_, Map<String, Value>> {
    if !parameters.values().any(has_large) {
        return Cow::Borrowed(parameters);
    }
    let mut parameters = parameters.clone();
    parameters.values_mut().for_each(to_text);
    Cow::Owned(parameters)
}

fn has_large(value: &Value) -> bool {
    match value {
        Value::String(text) => digits(text).is_some(),
        Value::Array(elements) => elements.iter().any(has_large),
        Value::Object(entries) => entries.values().any(has_large),
        _ => false,
    }
}

/// Replaces large integers by their digits as a text, for what is printed or searched.
pub(crate) fn to_text(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Some(digits) = digits(text) {
                *value = Value::from(digits);
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(to_text),
        Value::Object(entries) => entries.values_mut().for_each(to_text),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_integers_beyond_64_bits_are_kept_apart() {
        for number in ["18446744073709551616", "-9223372036854775809", "123456789012345678901234567890"] {
            let value = parse(&format!("[{number}, {{\"k\":{number}}}]")).unwrap();
            assert_eq!((integer(&value[0]), integer(&value[1]["k"])), (Some(number), Some(number)));
            assert_eq!(to_json(&value), format!("[{number},{{\"k\":{number}}}]"));
        }
        for number in ["18446744073709551615", "-9223372036854775808", "0", "1e30", "12345678901234567890.5", "1E400"] {
            assert!(matches!(marked(number), Cow::Borrowed(_)), "{number}");
        }
        assert_eq!(parse("-0").unwrap(), json!(0));
        assert_eq!(parse("-0.0").unwrap(), json!(-0.0));
    }

    #[test]
    fn texts_stay_and_faulty_json_is_refused() {
        let text = r#"{"123456789012345678901": "\"123456789012345678901", "k\\": "123456789012345678901\\"}"#;
        assert_eq!(parse(text).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        for text in
            ["0123456789012345678901", "12345678901234567890x", "--12345678901234567890", "[123456789012345678901"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        let hostile = format!("{{\"a\": \"{MARK}x\", \"b\": \"\\udbff\\udffeinteger:1\"}}");
        let value = parse(&hostile).unwrap();
        assert_eq!((integer(&value["a"]), integer(&value["b"])), (None, None));
        assert_eq!(serde_json::from_str::<Value>(&to_json(&value)).unwrap(), value);
    }

    #[test]
    fn megabytes_of_digits_and_quotation_marks_take_linear_time() {
        assert!(integer(&parse(&"7".repeat(5_000_000)).unwrap()).is_some());
        assert!(parse(&"\"".repeat(5_000_001)).is_err());
    }
}
