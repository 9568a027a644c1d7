//! Secrets in objects, and objects without them. No I/O.
//!
//! The table marks the secrets of the document. Where the document has no field of a name, the name decides: [`is_secret_name`], the
//! one list of all modules. Addresses with credentials in them are secrets wherever they are.

mod names;
mod urls;

pub use names::is_secret_name;
pub use urls::has_credentials;

use crate::items;
use crate::table::{Field, Schema};
use crate::value::{Path, is_masked, is_no_log, is_nothing};
use serde_json::{Map, Value};

/// The mask in place of a secret.
pub const MASK: &str = "********";

/// A dictionary with more fields has secrets of several features, most of which are not used.
const LARGE: usize = 12;

/// True for a secret: by the document, or by its name if the document does not have it.
#[must_use]
pub fn is_secret(schema: Schema, name: &str) -> bool {
    let (field, is_named) = schema.lookup(name);
    is_secret_field(field, is_named, name)
}

/// As [`is_secret`], for a field that was looked up. `is_named` is whether the document has exactly this name.
pub(crate) fn is_secret_field(field: Field, is_named: bool, name: &str) -> bool {
    let by_name =
        || field.is_plain() && if field.text { names::is_secret_variable(name) } else { is_secret_name(name) };
    field.secret || (!is_named && by_name())
}

/// True if the value at this place is a secret. A boolean is not, whatever its name.
fn is_secret_value(schema: Schema, name: &str, value: &Value) -> bool {
    !value.is_boolean() && (is_secret(schema, name) || is_address_with_credentials(value))
}

fn is_address_with_credentials(value: &Value) -> bool {
    value.as_str().is_some_and(has_credentials)
}

/// The object with masked secrets.
#[must_use]
pub fn masked(schema: Schema, object: &Value) -> Value {
    let mut shown = object.clone();
    if let Value::Object(fields) = &mut shown {
        each(schema, fields, &Path::default(), &mut |_, value| *value = Value::String(MASK.to_owned()));
    }
    shown
}

/// Both objects with masked secrets. Masks of different secrets differ. A secret that one object hides or masks is omitted in
/// both, because it cannot be compared.
#[must_use]
pub fn masked_both(schema: Schema, before: &Value, after: &Value) -> (Value, Value) {
    let field = Field { schema, dictionary: true, ..Field::default() };
    (shown_next_to(field, before, after, "before"), shown_next_to(field, after, before, "after"))
}

/// The value with masked secrets, next to the other one of a diff.
fn shown_next_to(field: Field, value: &Value, other: &Value, word: &str) -> Value {
    match value {
        Value::Object(fields) => {
            let mut shown = Map::new();
            for (name, value) in fields {
                let other = other.get(name).unwrap_or(&Value::Null);
                let inner = field.schema.field(name);
                if is_nothing(value) || !is_secret_value(field.schema, name, value) {
                    shown.insert(name.clone(), shown_next_to(inner, value, other, word));
                } else if value == other && !is_masked(value) {
                    shown.insert(name.clone(), MASK.into());
                } else if !is_masked(value) && !is_nothing(other) && !is_masked(other) {
                    shown.insert(name.clone(), format!("{MASK} ({word})").into());
                }
            }
            Value::Object(shown)
        }
        Value::Array(list) => {
            let empty = Vec::new();
            let others = other.as_array().unwrap_or(&empty);
            let pairs = items::pairs(field, list, others, &|one, other| one == other);
            let one = |(item, pair): (&Value, Option<usize>)| {
                let other = pair.and_then(|pair| others.get(pair)).unwrap_or(&Value::Null);
                if is_address_with_credentials(item) {
                    MASK.into()
                } else {
                    shown_next_to(field.item(), item, other, word)
                }
            };
            Value::Array(list.iter().zip(pairs).map(one).collect())
        }
        other => other.clone(),
    }
}

/// The object without secrets, and the places of the secrets.
#[must_use]
pub fn without(schema: Schema, object: &Value) -> (Value, Vec<Path>) {
    remove(schema, object, &|_| true)
}

/// The object without masks in the places of secrets, and these places.
#[must_use]
pub fn without_masks(schema: Schema, object: &Value) -> (Value, Vec<Path>) {
    remove(schema, object, &is_masked)
}

fn remove(schema: Schema, object: &Value, leaves: &dyn Fn(&Value) -> bool) -> (Value, Vec<Path>) {
    let (mut rest, mut left_out) = (object.clone(), Vec::new());
    if let Value::Object(fields) = &mut rest {
        let mut note = |path: &Path, value: &mut Value| {
            if leaves(value) {
                left_out.push(path.clone());
                *value = Value::Null;
            }
        };
        each(schema, fields, &Path::default(), &mut note);
    }
    for path in &left_out {
        path.remove(&mut rest);
    }
    (rest, left_out)
}

/// Conditions (dotted paths with values) with masked secrets.
#[must_use]
pub fn masked_conditions(schema: Schema, conditions: &Map<String, Value>) -> Map<String, Value> {
    let shown = |(path, value): (&String, &Value)| {
        let is_secret = is_secret_condition(schema, path) && !is_nothing(value);
        (path.clone(), if is_secret { MASK.into() } else { value.clone() })
    };
    conditions.iter().map(shown).collect()
}

/// The texts of the secrets in conditions.
#[must_use]
pub fn texts_of_conditions(schema: Schema, conditions: &Map<String, Value>) -> Vec<String> {
    let mut all = Vec::new();
    let secret = conditions.iter().filter(|(path, _)| is_secret_condition(schema, path));
    secret.for_each(|(_, value)| collect(value, &mut all));
    all
}

fn is_secret_condition(schema: Schema, path: &str) -> bool {
    let mut at = Field { schema, ..Field::default() };
    path.split('.').any(|step| {
        let around = if at.list { at.item().schema } else { at.schema };
        at = around.field(step);
        is_secret(around, step)
    })
}

/// Every secret with its place.
#[must_use]
pub fn secrets(schema: Schema, object: &Value) -> Vec<(Path, Value)> {
    let mut found = Vec::new();
    let mut copy = object.clone();
    if let Value::Object(fields) = &mut copy {
        each(schema, fields, &Path::default(), &mut |path, value| found.push((path.clone(), value.clone())));
    }
    found
}

/// The text of every secret.
#[must_use]
pub fn texts(schema: Schema, object: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for (_, value) in secrets(schema, object) {
        collect(&value, &mut all);
    }
    all
}

fn collect(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::String(text) if !text.is_empty() => {
            all.push(text.clone());
            all.extend(urls::credentials(text));
        }
        Value::Number(number) => all.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, all)),
        Value::Object(fields) => fields.values().for_each(|value| collect(value, all)),
        _ => {}
    }
}

/// The places of declared masks: a mask in the place of a secret, or Ansible's word anywhere.
#[must_use]
pub fn declared_masks(schema: Schema, object: &Map<String, Value>) -> Vec<Path> {
    let secret = secrets(schema, &Value::Object(object.clone())).into_iter();
    let mut masks: Vec<Path> = secret.filter(|(_, value)| is_masked(value)).map(|(path, _)| path).collect();
    no_log_words(object, &Path::default(), &mut masks);
    masks
}

fn no_log_words(fields: &Map<String, Value>, path: &Path, found: &mut Vec<Path>) {
    fn inside(value: &Value, path: Path, found: &mut Vec<Path>) {
        match value {
            Value::Object(fields) => no_log_words(fields, &path, found),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(number, item)| inside(item, path.item(number), found));
            }
            value if is_no_log(value) && !found.iter().any(|known| path.starts_with(known)) => found.push(path),
            _ => {}
        }
    }
    fields.iter().for_each(|(name, value)| inside(value, path.field(name), found));
}

/// The names of the secrets that a dictionary does not show, and that the cloud may have: those that the document or the type of the
/// dictionary requires, and those of a feature that it shows.
pub(crate) fn may_be_hidden(schema: Schema, shown: &Map<String, Value>) -> Vec<String> {
    let is_absent = |name: &str| shown.get(name).is_none_or(is_nothing);
    let mut fields = schema.fields().skip(LARGE);
    let is_large = fields.next().is_some();
    let may_be = |(name, field): &(&str, Field)| {
        is_absent(name)
            && by_type(schema, name, shown).unwrap_or_else(|| field.required || is_used(name, is_large, shown))
    };
    schema.secrets().filter(may_be).map(|(name, _)| name.to_owned()).collect()
}

/// True if the type of a dictionary requires the secret; `None` if the type does not decide.
fn by_type(schema: Schema, name: &str, shown: &Map<String, Value>) -> Option<bool> {
    let is = |wanted: &str| shown.get("type").and_then(Value::as_str) == Some(wanted);
    match name {
        "psk" if schema.has("type") => Some(is("psk") && shown.get("multi_psk_only") != Some(&Value::Bool(true))),
        "keys" if schema.has("type") => Some(is("wep") || shown.get("enable_wep") == Some(&Value::Bool(true))),
        _ => None,
    }
}

/// True if another field shows that the feature of a secret is used: `facebook_enabled` for `facebook_client_secret`.
fn is_used(name: &str, is_large: bool, shown: &Map<String, Value>) -> bool {
    let (first, has_more) = name.split_once('_').map_or((name, false), |(first, _)| (first, true));
    if !has_more && !is_large {
        return true;
    }
    shown.iter().any(|(other, value)| {
        let is_set = !is_nothing(value) && *value != Value::Bool(false);
        let is_next = other.strip_prefix(first).is_some_and(|rest| rest.starts_with('_'));
        is_set && other != name && (is_next || value.as_str() == Some(first))
    })
}

/// The places of secrets that an object does not show although the document or its type requires them.
#[must_use]
pub fn hidden_required(schema: Schema, object: &Map<String, Value>) -> Vec<Path> {
    let mut hidden = Vec::new();
    hidden_inside(schema, object, &Path::default(), &mut hidden);
    // Keys of their own replace the common one.
    let is_enabled = |field: &str| object.get(field).and_then(|value| value.get("enabled")) == Some(&Value::Bool(true));
    if is_enabled("dynamic_psk") {
        hidden.retain(|path| *path != Path::top("auth").field("psk"));
    }
    hidden
}

fn hidden_inside(schema: Schema, fields: &Map<String, Value>, path: &Path, hidden: &mut Vec<Path>) {
    for (name, field) in schema.secrets() {
        let is_required = by_type(schema, name, fields).unwrap_or(field.required);
        if is_required && fields.get(name).is_none_or(is_nothing) {
            hidden.push(path.field(name));
        }
    }
    fn value_inside(field: Field, value: &Value, path: Path, hidden: &mut Vec<Path>) {
        match value {
            Value::Object(fields) if !fields.is_empty() => hidden_inside(field.schema, fields, &path, hidden),
            Value::Array(items) => {
                let item = field.item();
                let each = items.iter().enumerate();
                each.for_each(|(number, value)| value_inside(item, value, path.item(number), hidden));
            }
            _ => {}
        }
    }
    for (name, value) in fields {
        value_inside(schema.field(name), value, path.field(name), hidden);
    }
}

fn each(schema: Schema, fields: &mut Map<String, Value>, path: &Path, act: &mut dyn FnMut(&Path, &mut Value)) {
    for (name, value) in fields.iter_mut() {
        let here = path.field(name);
        if is_secret_value(schema, name, value) {
            if !is_nothing(value) {
                act(&here, value);
            }
        } else {
            inside(schema.field(name), value, &here, act);
        }
    }
}

fn inside(field: Field, value: &mut Value, path: &Path, act: &mut dyn FnMut(&Path, &mut Value)) {
    match value {
        Value::Object(fields) => each(field.schema, fields, path, act),
        Value::Array(items) => {
            for (number, item) in items.iter_mut().enumerate() {
                if is_address_with_credentials(item) {
                    act(&path.item(number), item);
                } else {
                    inside(field.item(), item, &path.item(number), act);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
