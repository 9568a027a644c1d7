//! Declared values in the types of the document: `'1800'` is a number where the document has a number, and `1001` is text where it has
//! text. A value without one obvious reading is an error. No I/O.

use crate::secrets::is_secret;
use crate::source;
use crate::table::{Field, Schema};
use crate::value::join;
use serde_json::{Map, Number, Value};
use std::fmt;

/// The text that Ansible before 2.19 leaves where a variable is omitted inside of a value.
const OMITTED: &str = "__omit_place_holder__";
/// A quoted value is cut after this many characters.
const SHOWN: usize = 40;

/// A value that is not of the type of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeError {
    /// The dotted path of the field.
    pub path: String,
    pub fault: TypeFault,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeFault {
    /// Another type is needed. The value is omitted if it can be a secret.
    Expected { expected: &'static str, value: Option<String> },
    /// Text is needed, and YAML made a boolean of it.
    BooleanForText(bool),
    /// Text is needed, and the number may have lost digits or its form.
    NumberForText,
    /// The integer has more than 64 bits, so its digits are lost.
    LargeInteger,
    /// The text is encrypted by Ansible Vault.
    Encrypted,
}

impl fmt::Display for TypeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.escape_debug();
        match &self.fault {
            TypeFault::Expected { expected, value: Some(value) } => {
                write!(formatter, "'{path}' must be {expected}, not {value}.")
            }
            TypeFault::Expected { expected, value: None } => write!(formatter, "'{path}' must be {expected}."),
            TypeFault::BooleanForText(value) => write!(
                formatter,
                "'{path}' must be text, not the boolean {value}. Quote it: YAML reads NO, off and n as false, and YES, on and y as true."
            ),
            TypeFault::NumberForText => {
                write!(formatter, "'{path}' must be text, not a number. Quote it: as a number, 1.10 is 1.1.")
            }
            TypeFault::LargeInteger => {
                write!(
                    formatter,
                    "'{path}' is an integer of more than 64 bits, which loses digits. Quote it if it is text."
                )
            }
            TypeFault::Encrypted => {
                write!(formatter, "'{path}' is encrypted by Ansible Vault. Pass a variable that Ansible decrypts.")
            }
        }
    }
}

/// The fields with values in the types of the document, without those that Ansible omits.
///
/// # Errors
/// Every value that has no obvious reading.
pub fn converted(schema: Schema, fields: Map<String, Value>) -> Result<Map<String, Value>, Vec<TypeError>> {
    let mut errors = Vec::new();
    let fields = dictionary(schema, "", fields, &mut errors);
    if errors.is_empty() { Ok(fields) } else { Err(errors) }
}

fn dictionary(
    schema: Schema,
    path: &str,
    fields: Map<String, Value>,
    errors: &mut Vec<TypeError>,
) -> Map<String, Value> {
    let mut all = Map::new();
    for (name, value) in fields.into_iter().filter(|(_, value)| !is_omitted(value)) {
        let field = schema.field_or_named(&name);
        let place = Place { path: &join(path, &name), may_be_secret: is_secret(schema, &name) };
        let value = within(field, &place, value, errors);
        all.insert(name, value);
    }
    all
}

fn is_omitted(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.starts_with(OMITTED))
}

struct Place<'a> {
    path: &'a str,
    may_be_secret: bool,
}

impl Place<'_> {
    fn refuse(&self, fault: TypeFault, errors: &mut Vec<TypeError>) -> Value {
        errors.push(TypeError { path: self.path.to_owned(), fault });
        Value::Null
    }

    fn expected(&self, field: Field, value: &Value, errors: &mut Vec<TypeError>) -> Value {
        let shown = match value {
            _ if self.may_be_secret => None,
            Value::Object(_) => Some("a dictionary".to_owned()),
            Value::Array(_) => Some("a list".to_owned()),
            Value::String(text) => Some(format!("'{}'", cut(text))),
            other => Some(other.to_string()),
        };
        self.refuse(TypeFault::Expected { expected: expected(field), value: shown }, errors)
    }
}

fn cut(text: &str) -> String {
    let shown: String = text.chars().take(SHOWN).collect();
    let more = if shown.len() < text.len() { "…" } else { "" };
    format!("{}{more}", shown.escape_debug())
}

/// The type of the document, in words.
#[must_use]
pub fn expected(field: Field) -> &'static str {
    match field {
        Field { list: true, dictionary: true, .. } => "a list or a dictionary",
        Field { list: true, .. } if field.item().dictionary => "a list of dictionaries",
        Field { list: true, number: true, .. } => "a list of numbers",
        Field { list: true, boolean: true, .. } => "a list of booleans",
        Field { list: true, text: true, .. } => "a list of texts",
        Field { list: true, .. } => "a list",
        Field { dictionary: true, single: true, .. } => "a dictionary or a single value",
        Field { dictionary: true, .. } => "a dictionary",
        Field { boolean: true, text: false, .. } => "a boolean",
        Field { number: true, whole: true, .. } => "an integer",
        Field { number: true, .. } => "a number",
        Field { number_or_text: true, .. } => "a number or text",
        _ => "text",
    }
}

fn within(field: Field, place: &Place<'_>, value: Value, errors: &mut Vec<TypeError>) -> Value {
    match value {
        Value::Null => Value::Null,
        Value::Object(fields) if field.dictionary || field.is_untyped() => {
            Value::Object(dictionary(field.schema, place.path, fields, errors))
        }
        Value::Array(items) if field.list || field.is_untyped() => list(field, place, items, errors),
        // `{}` merges nothing, whatever the type. Every other empty value clears a field.
        Value::Object(fields) if fields.is_empty() => Value::Object(fields),
        Value::Array(items) if items.is_empty() => Value::Null,
        Value::String(text) if text.starts_with(source::VAULT) => place.refuse(TypeFault::Encrypted, errors),
        Value::Number(number) if is_large(&number) && !is_measured(field) => {
            place.refuse(TypeFault::LargeInteger, errors)
        }
        value if field.is_untyped() => value,
        Value::String(text) if (field.list || field.dictionary) && !(field.single && is_scalar(field)) => {
            structured(field, place, text, errors)
        }
        value @ (Value::Number(_) | Value::Bool(_)) if field.list && !field.single => {
            list(field, place, vec![value], errors)
        }
        value => scalar(field, place, value, errors),
    }
}

/// True if the scalar types of the field are its own, and not those of its items.
fn is_scalar(field: Field) -> bool {
    field.text || field.number || field.number_or_text || field.boolean
}

fn list(field: Field, place: &Place<'_>, items: Vec<Value>, errors: &mut Vec<TypeError>) -> Value {
    let item = if field.is_untyped() { Field::default() } else { field.item() };
    let items = items.into_iter().filter(|item| !is_omitted(item)).enumerate();
    let convert = |(number, value)| {
        let place = Place { path: &format!("{}[{number}]", place.path), may_be_secret: place.may_be_secret };
        within(item, &place, value, errors)
    };
    Value::Array(items.map(convert).collect())
}

/// A text in the place of a list or a dictionary: JSON, or the items between commas.
fn structured(field: Field, place: &Place<'_>, text: String, errors: &mut Vec<TypeError>) -> Value {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return if field.list { Value::Array(Vec::new()) } else { Value::Null };
    }
    let is_json = (field.list && trimmed.starts_with('[')) || (field.dictionary && trimmed.starts_with('{'));
    let item = field.item();
    if is_json && let Ok(value) = source::json(trimmed) {
        return within(field, place, value, errors);
    }
    if is_json || !field.list || item.dictionary || item.list {
        return place.expected(field, &Value::String(text), errors);
    }
    let parts = trimmed.split(',').map(str::trim).filter(|part| !part.is_empty());
    list(field, place, parts.map(Value::from).collect(), errors)
}

fn scalar(field: Field, place: &Place<'_>, value: Value, errors: &mut Vec<TypeError>) -> Value {
    let accepts_text = field.text || field.number_or_text;
    let accepts_number = field.number || field.number_or_text;
    match &value {
        Value::String(_) if accepts_text => value,
        // A variable of Mist can replace every scalar.
        Value::String(text) if is_scalar(field) && text.contains("{{") => value,
        Value::String(text) if is_scalar(field) && text.trim().is_empty() => Value::Null,
        Value::String(text) => {
            let boolean = || field.boolean.then(|| boolean(text.trim())).flatten().map(Value::Bool);
            let number = || field.number.then(|| number(text.trim())).flatten();
            match number().map(|number| Value::Number(whole(field, number))).or_else(boolean) {
                Some(converted) if !is_fraction(field, &converted) => converted,
                _ => place.expected(field, &value, errors),
            }
        }
        Value::Number(number) if accepts_number => Value::Number(whole(field, number.clone())),
        Value::Number(number) if field.boolean && !field.text => match number.as_f64() {
            Some(0.0) => Value::Bool(false),
            Some(1.0) => Value::Bool(true),
            _ => place.expected(field, &value, errors),
        },
        Value::Number(number) if field.text => match number.is_f64() {
            true => place.refuse(TypeFault::NumberForText, errors),
            false => Value::String(number.to_string()),
        },
        Value::Bool(_) if field.boolean => value,
        Value::Bool(boolean) if accepts_text => place.refuse(TypeFault::BooleanForText(*boolean), errors),
        _ => place.expected(field, &value, errors),
    }
}

/// `1800.0` is 1800 where the document has integers.
fn whole(field: Field, number: Number) -> Number {
    let integral = number.as_f64().filter(|value| field.whole && number.is_f64() && value.fract() == 0.0);
    #[allow(clippy::cast_possible_truncation)]
    let integer = integral.filter(|value| value.abs() < 9e15).map(|value| Number::from(value as i64));
    integer.unwrap_or(number)
}

/// True for a text such as `1.5` where the document has integers. A number passes: its reading is obvious.
fn is_fraction(field: Field, value: &Value) -> bool {
    field.whole && value.is_f64()
}

/// JSON values here hold a larger integer as a float.
fn is_large(number: &Number) -> bool {
    number.is_f64() && number.as_f64().is_some_and(|value| value.abs() >= 9_223_372_036_854_775_808.0)
}

/// The paths of integers that have lost digits: a cloud returned them with more than 64 bits.
pub fn lost_digits(path: &str, value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Number(number) if is_large(number) => found.push(path.to_owned()),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| lost_digits(&join(path, name), value, found)),
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                lost_digits(&format!("{path}[{number}]"), item, found);
            }
        }
        _ => {}
    }
}

/// True if the field has numbers with a fraction, so that a large one is a measure and not an identifier.
fn is_measured(field: Field) -> bool {
    field.number && !field.whole
}

/// A boolean as Ansible reads it.
#[must_use]
pub fn boolean(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" | "y" | "t" | "1.0" => Some(true),
        "false" | "no" | "off" | "0" | "n" | "f" | "0.0" => Some(false),
        _ => None,
    }
}

/// A number that keeps its digits.
#[must_use]
pub fn number(text: &str) -> Option<Number> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
        return None;
    }
    let text = text.strip_prefix('+').unwrap_or(text);
    if unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse::<i64>().map(Number::from).or_else(|_| text.parse::<u64>().map(Number::from)).ok();
    }
    let is_number =
        unsigned.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E'));
    let number = is_number.then(|| text.parse::<f64>().ok().and_then(Number::from_f64)).flatten()?;
    source::keeps_digits(text).then_some(number)
}

#[cfg(test)]
#[path = "conversion_tests.rs"]
mod tests;
