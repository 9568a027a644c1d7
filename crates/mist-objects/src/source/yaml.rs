//! YAML as JSON: one document without anchors, aliases, deep nesting and repeated keys. No I/O.

use crate::error::SourceError;
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Map, Number, Value};
use std::borrow::Cow;

/// The deepest nesting of dictionaries and lists.
const DEEPEST: usize = 64;

/// A dictionary or list that is not complete yet.
enum Open {
    List(Vec<Value>),
    Dictionary(Map<String, Value>, Option<String>),
}

/// Reads YAML. An empty text is `null`.
///
/// # Errors
/// The fault with its line. The text is not quoted.
pub fn parse(text: &str) -> Result<Value, SourceError> {
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    let mut documents = 0;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = error.marker();
            SourceError::Yaml { line: at.line(), column: at.col() + 1, cause: error.info().to_owned() }
        })?;
        let line = span.start.line();
        let refuse = |fault| Err(SourceError::Line { line, fault });
        let complete = match event {
            Event::Alias(_) => return refuse("YAML aliases are not supported. Write the value out."),
            Event::Scalar(_, _, anchor, _) | Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _)
                if anchor != 0 =>
            {
                return refuse("YAML anchors are not supported. Write the value out.");
            }
            Event::SequenceStart(..) | Event::MappingStart(..) if open.len() >= DEEPEST => {
                return refuse("more than 64 levels of nesting");
            }
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return refuse("a second YAML document begins, but one is needed");
                }
                None
            }
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                None
            }
            Event::MappingStart(..) => {
                open.push(Open::Dictionary(Map::new(), None));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|closed| match closed {
                Open::List(items) => Value::Array(items),
                Open::Dictionary(fields, _) => Value::Object(fields),
            }),
            Event::Scalar(text, style, _, tag) => {
                let is_key = matches!(open.last(), Some(Open::Dictionary(_, None)));
                Some(if is_key { Value::String(text.into_owned()) } else { scalar(&text, style, tag.as_ref()) })
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => None,
        };
        let Some(value) = complete else { continue };
        match open.last_mut() {
            None => root = Some(value),
            Some(Open::List(items)) => items.push(value),
            Some(Open::Dictionary(fields, key)) => match key.take() {
                Some(key) => {
                    fields.insert(key, value);
                }
                None => match value {
                    Value::String(name) if fields.contains_key(&name) => {
                        return refuse("a key occurs twice");
                    }
                    Value::String(name) if name == "<<" => {
                        return refuse("YAML merge keys are not supported. Write the value out.");
                    }
                    Value::String(name) => *key = Some(name),
                    _ => return refuse("a key is a list or a dictionary"),
                },
            },
        }
    }
    Ok(root.unwrap_or(Value::Null))
}

/// A scalar by YAML 1.2's core schema.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Cow<'_, Tag>>) -> Value {
    let as_text = || Value::String(text.to_owned());
    let tagged_text = tag.is_some_and(|tag| tag.suffix == "str" || tag.handle == "!");
    if style != ScalarStyle::Plain || tagged_text {
        return as_text();
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    number(text).map_or_else(as_text, Value::Number)
}

fn number(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let radix = |digits: &str, radix| u64::from_str_radix(digits, radix).ok().map(Number::from);
    if let Some(digits) = unsigned.strip_prefix("0x").filter(|_| unsigned.len() == text.len()) {
        return radix(digits, 16);
    }
    if let Some(digits) = unsigned.strip_prefix("0o").filter(|_| unsigned.len() == text.len()) {
        return radix(digits, 8);
    }
    if !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        // A leading zero is an article number or an octal number of YAML 1.1: text is the safe reading.
        if unsigned.len() > 1 && unsigned.starts_with('0') {
            return None;
        }
        let text = text.strip_prefix('+').unwrap_or(text);
        return text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from)).ok();
    }
    let is_float = unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && unsigned.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'-' | b'+'))
        && unsigned.bytes().any(|byte| byte.is_ascii_digit());
    is_float.then(|| text.parse::<f64>().ok().and_then(Number::from_f64)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn yaml_is_what_it_says() {
        for (text, value) in [
            ("a: 1\nb: [x, '1', 1.5, true, ~, yes]\n", json!({"a": 1, "b": ["x", "1", 1.5, true, null, "yes"]})),
            (
                "vars:\n  ip: '{{branch_ip}}'\n  raw: |\n    {% raw %}\\d+\n",
                json!({"vars": {"ip": "{{branch_ip}}", "raw": "{% raw %}\\d+\n"}}),
            ),
            (
                "---\n- {a: !!str 5}\n- 0123\n- -7\n- 0x1f\n- 1.2.3.4\n- 12:30\n",
                json!([{"a": "5"}, "0123", -7, 31, "1.2.3.4", "12:30"]),
            ),
            ("1: one\ntrue: two\n", json!({"1": "one", "true": "two"})),
            ("", json!(null)),
            ("a:\n", json!({"a": null})),
        ] {
            assert_eq!(parse(text).as_ref(), Ok(&value), "{text}");
        }
    }

    #[test]
    fn what_could_hide_or_explode_is_refused_with_its_line() {
        let deep = "[".repeat(100_000);
        let nested = "{a: ".repeat(100_000);
        for (text, words) in [
            ("a: &x 1\nb: *x\n", "line 1: YAML anchors"),
            ("a: &x [1]\n", "line 1: YAML anchors"),
            ("b: *x\n", ""),
            ("<<: {a: 1}\n", "line 1: YAML merge keys"),
            ("a: 1\na: 2\n", "line 2: a key occurs twice"),
            ("a: 1\n---\nb: 2\n", "line 2: a second YAML document"),
            ("? [a]\n: 1\n", "line 1: a key is a list"),
            ("a: [secret\n", "it is not valid YAML"),
            (deep.as_str(), ""),
            (nested.as_str(), ""),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.starts_with(words) && !error.contains("secret"), "{error}");
        }
    }
}
