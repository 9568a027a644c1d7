//! JSON without repeated keys, and with numbers that keep their digits. No I/O.

use crate::error::SourceError;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::fmt;

/// Reads JSON.
///
/// # Errors
/// The fault with its line. The text is not quoted.
pub fn parse(text: &str) -> Result<Value, SourceError> {
    let value: Unique = serde_json::from_str(text).map_err(|error| {
        let words = error.to_string();
        let cause = words.rsplit_once(" at line ").map_or(words.as_str(), |(cause, _)| cause).to_owned();
        SourceError::Json { line: error.line(), column: error.column(), is_cut: error.is_eof(), cause }
    })?;
    match lost_digits(text) {
        Some(line) => Err(SourceError::Line { line, fault: super::LOST_DIGITS }),
        None => Ok(value.0),
    }
}

/// A value whose dictionaries have each key once.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader).map(Self)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Unique(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(Value::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if all.contains_key(&key) {
                return Err(A::Error::custom("a key occurs twice"));
            }
            let Unique(value) = entries.next_value()?;
            all.insert(key, value);
        }
        Ok(Value::Object(all))
    }
}

/// The line of the first number that a float does not hold. The text is valid JSON.
fn lost_digits(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut position, mut line) = (0, 1);
    while let Some(byte) = bytes.get(position) {
        match byte {
            b'\n' => line += 1,
            b'"' => {
                position += 1;
                while bytes.get(position).is_some_and(|byte| *byte != b'"') {
                    position += if bytes.get(position) == Some(&b'\\') { 2 } else { 1 };
                }
            }
            b'-' | b'0'..=b'9' => {
                let is_part = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
                let end = position + bytes.iter().skip(position).take_while(|byte| is_part(byte)).count();
                if !text.get(position..end).is_some_and(keeps_digits) {
                    return Some(line);
                }
                position = end;
                continue;
            }
            _ => {}
        }
        position += 1;
    }
    None
}

/// True if a number of JSON values here has all digits of this text.
#[must_use]
pub fn keeps_digits(number: &str) -> bool {
    if number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok() {
        return true;
    }
    let digits = |text: &str| {
        let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
        let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
        digits.trim_start_matches('0').trim_end_matches('0').to_owned()
    };
    let is_integer = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    !is_integer
        && number.parse::<f64>().is_ok_and(|value| value.is_finite() && digits(&format!("{value:e}")) == digits(number))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_is_read_with_its_digits() {
        let text = r#"{"a": [1, -2, 1.5, 18446744073709551615, true, null, "x\"9"], "b": {"c": "\u00e4", "d": 1e3}}"#;
        assert_eq!(parse(text).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(
            parse("[\"12345678901234567890123\", \"a\\\\\"]").unwrap(),
            json!(["12345678901234567890123", "a\\"])
        );
    }

    #[test]
    fn a_repeated_key_and_lost_digits_are_refused_with_their_line() {
        for (text, sentence) in [
            ("{\"a\": 1,\n\"a\": 2}", "it is not valid JSON (line 2, column 3: a key occurs twice)"),
            ("[{\"b\": {\"a\": 1, \"a\": 1}}]", "it is not valid JSON (line 1, column 19: a key occurs twice)"),
            ("{\"a\":\n12345678901234567890123}", "line 2: a number has more digits"),
            ("{\"a\": -99999999999999999999}", "line 1: a number has more digits"),
            ("[\n\n0.12345678901234567890123]", "line 3: a number has more digits"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.starts_with(sentence), "{error}");
        }
    }
}
