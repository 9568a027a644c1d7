//! YAML as JSON: one document without anchors, aliases, deep nesting and repeated keys. No I/O.

use crate::error::SourceError;
use crate::table::{Field, Schema};
use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Map, Number, Value};
use std::borrow::Cow;

/// The deepest nesting of dictionaries and lists.
const DEEPEST: usize = 64;

/// A dictionary or list that is not complete yet.
enum Open {
    List(Field, Vec<Value>),
    Dictionary(Schema, Map<String, Value>, Option<String>),
}

impl Open {
    /// The field of the value that comes next.
    fn next(&self) -> Field {
        match self {
            Self::List(field, _) => *field,
            Self::Dictionary(schema, _, key) => schema.field_or_named(key.as_deref().unwrap_or_default()),
        }
    }
}

/// Reads one object of this schema, or a list of such objects. An empty text is `null`. Where the document has text, a scalar
/// keeps its text.
///
/// # Errors
/// The fault with its line. The text is not quoted.
pub fn parse(text: &str, schema: Schema) -> Result<Value, SourceError> {
    let top = Field { schema, dictionary: true, ..Field::default() };
    let mut open: Vec<Open> = Vec::new();
    let mut root = None;
    let mut documents = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = error.marker();
            SourceError::Yaml { line: at.line(), column: at.col() + 1, cause: error.info().to_owned() }
        })?;
        let line = span.start.line();
        let refuse = |fault| Err(SourceError::Line { line, fault });
        if let Event::SequenceStart(_, Some(tag)) | Event::MappingStart(_, Some(tag)) = &event
            && !["seq", "map"].contains(&core_tag(tag).unwrap_or_default())
        {
            return refuse(UNKNOWN_TAG);
        }
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
                let field = open.last().map_or(top, |above| above.next().item());
                open.push(Open::List(field, Vec::new()));
                None
            }
            Event::MappingStart(..) => {
                let field = open.last().map_or(top, Open::next);
                open.push(Open::Dictionary(field.schema, Map::new(), None));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|closed| match closed {
                Open::List(_, items) => Value::Array(items),
                Open::Dictionary(_, fields, _) => Value::Object(fields),
            }),
            Event::Scalar(text, style, _, tag) => {
                let is_key = matches!(open.last(), Some(Open::Dictionary(_, _, None)));
                let field = open.last().map(Open::next).unwrap_or_default();
                match scalar(&text, style, tag.as_ref(), field) {
                    _ if is_key => Some(Value::String(text.into_owned())),
                    Ok(value) => Some(value),
                    Err(fault) => return refuse(fault),
                }
            }
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => None,
        };
        let Some(value) = complete else { continue };
        match open.last_mut() {
            None => root = Some(value),
            Some(Open::List(_, items)) => items.push(value),
            Some(Open::Dictionary(_, fields, key)) => match key.take() {
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

const UNKNOWN_TAG: &str = "unknown YAML tag. Write the value without it.";

/// The name of a tag of YAML itself: `str` for `!!str`, and `seq`, `map` or an empty name for `!`.
fn core_tag(tag: &Tag) -> Option<&str> {
    match (tag.handle.as_str(), tag.suffix.as_str()) {
        ("tag:yaml.org,2002:", name) => Some(name),
        ("", name) => name.strip_prefix("tag:yaml.org,2002:").or(name.is_empty().then_some("seq")),
        ("!", "") => Some("str"),
        _ => None,
    }
}

/// A scalar by YAML 1.2's core schema, unless the document has text there.
fn scalar(text: &str, style: ScalarStyle, tag: Option<&Cow<'_, Tag>>, field: Field) -> Result<Value, &'static str> {
    let as_text = || Value::String(text.to_owned());
    let fits = |value: Value, fits: bool| if fits { Ok(value) } else { Err("a value does not fit its YAML tag") };
    match tag.map(|tag| (core_tag(tag), tag.suffix.as_str())) {
        Some((Some("str"), _)) => return Ok(as_text()),
        Some((_, "vault")) => {
            return Err("a value that Ansible Vault encrypts. Pass it as a variable in the option in place of src.");
        }
        Some((Some("int" | "float"), _)) => {
            let value = number(text)?;
            return fits(value.clone().map_or(Value::Null, Value::Number), value.is_some());
        }
        Some((Some(name @ ("bool" | "null")), _)) => {
            let value = word(text);
            let is_right = value.as_ref().is_some_and(|value| value.is_boolean() == (name == "bool"));
            return fits(value.unwrap_or_default(), is_right);
        }
        Some(_) => return Err(UNKNOWN_TAG),
        None => {}
    }
    let keeps_text = field.text && !(field.number || field.boolean);
    match word(text) {
        _ if style != ScalarStyle::Plain => Ok(as_text()),
        Some(Value::Null) => Ok(Value::Null),
        _ if keeps_text => Ok(as_text()),
        Some(value) => Ok(value),
        None => Ok(number(text)?.map_or_else(as_text, Value::Number)),
    }
}

fn word(text: &str) -> Option<Value> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Some(Value::Null),
        "true" | "True" | "TRUE" => Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => Some(Value::Bool(false)),
        _ => None,
    }
}

/// # Errors
/// Digits would be lost.
fn number(text: &str) -> Result<Option<Number>, &'static str> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let radix = |digits: &str, radix: u32| {
        let is_number = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
        match u64::from_str_radix(digits, radix) {
            Ok(number) => Ok(Some(Number::from(number))),
            Err(_) if is_number => Err(super::LOST_DIGITS),
            Err(_) => Ok(None),
        }
    };
    if let Some(digits) = unsigned.strip_prefix("0x").filter(|_| unsigned.len() == text.len()) {
        return radix(digits, 16);
    }
    if let Some(digits) = unsigned.strip_prefix("0o").filter(|_| unsigned.len() == text.len()) {
        return radix(digits, 8);
    }
    if !unsigned.is_empty() && unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        // A leading zero is an article number or an octal number of YAML 1.1: text is the safe reading.
        if unsigned.len() > 1 && unsigned.starts_with('0') {
            return Ok(None);
        }
        let text = text.strip_prefix('+').unwrap_or(text);
        let number = text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from));
        return number.map(Some).map_err(|_| super::LOST_DIGITS);
    }
    let is_float = unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && unsigned.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'-' | b'+'))
        && unsigned.bytes().any(|byte| byte.is_ascii_digit());
    match is_float.then(|| text.parse::<f64>().ok().and_then(Number::from_f64)).flatten() {
        Some(_) if !super::keeps_digits(text) => Err(super::LOST_DIGITS),
        number => Ok(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Level, kind};
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
            assert_eq!(parse(text, Schema::default()).as_ref(), Ok(&value), "{text}");
        }
    }

    #[test]
    fn text_of_the_document_keeps_its_text() {
        let schema = |word: &str| kind(Level::Org, word).unwrap().schema;
        for (word, text, value) in [
            ("psks", "name: 012\npassphrase: 0x1f2e3d4c\n", json!({"name": "012", "passphrase": "0x1f2e3d4c"})),
            ("psks", "passphrase: 12345678901234567890123\n", json!({"passphrase": "12345678901234567890123"})),
            (
                "sites",
                "[{name: 12e05, notes: 2024-01-01, country_code: NO}]",
                json!([{"name": "12e05", "notes": "2024-01-01", "country_code": "NO"}]),
            ),
            (
                "sites",
                "name: 1.10\nnotes: true\naddress: ~\nlatlng: {lat: 1.10}\n",
                json!({"name": "1.10", "notes": "true", "address": null, "latlng": {"lat": 1.1}}),
            ),
            (
                "sites",
                "rftemplate: 1.10\nsitegroups: [012, 1.0]\n",
                json!({"rftemplate": "1.10", "sitegroups": ["012", "1.0"]}),
            ),
            (
                "wlans",
                "bands: [24, 5]\nauth_servers: [{host: 1.10, secret: 0o17}]\nmax_idletime: !!int '5'\n",
                json!({"bands": ["24", "5"], "auth_servers": [{"host": "1.10", "secret": "0o17"}], "max_idletime": 5}),
            ),
            ("setting", "vars: {vlan: 010, on: yes}\n", json!({"vars": {"vlan": "010", "on": "yes"}})),
        ] {
            assert_eq!(parse(text, schema(word)).as_ref(), Ok(&value), "{text}");
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
            (
                "a: 1\npsk: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  6162\n",
                "line 2: a value that Ansible Vault encrypts",
            ),
            ("a: !Ref x\n", "line 1: unknown YAML tag"),
            ("a: !!binary eA==\n", "line 1: unknown YAML tag"),
            ("a: !x [1]\n", "line 1: unknown YAML tag"),
            ("a: !<x> {b: 1}\n", "line 1: unknown YAML tag"),
            ("a: !!int x\n", "line 1: a value does not fit its YAML tag"),
            ("a: 12345678901234567890123\n", "line 1: a number has more digits"),
            ("a: 0x12345678901234567890\n", "line 1: a number has more digits"),
            ("a: 0.12345678901234567890\n", "line 1: a number has more digits"),
            (deep.as_str(), ""),
            (nested.as_str(), ""),
        ] {
            let error = parse(text, Schema::default()).unwrap_err().to_string();
            assert!(error.starts_with(words) && !error.contains("secret"), "{error}");
        }
    }
}
