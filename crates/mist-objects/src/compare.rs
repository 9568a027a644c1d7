//! Compares a declaration with what was found. No I/O.
//!
//! Dictionaries are compared by declared fields only, and so are the items of a list, which [`items`] pairs. Order counts only where
//! the table has it. `null`, absent, `[]`, `{}` and `""` are equal, and a declared `{}` is equal to every dictionary. A field that
//! the cloud omits has its documented default. A number and its text are equal where the document allows both, and so are the forms
//! of a MAC address.

use crate::items;
use crate::matching::mac;
use crate::secrets;
use crate::table::{Field, Schema};
use crate::value::{Path, clears, is_empty_dictionary, is_masked, is_nothing, text};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The rules of a task.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Dictionaries, by dotted path, in which undeclared fields are differences.
    pub exact: BTreeSet<String>,
    /// A declared secret that cannot be compared is a difference.
    pub rewrite_secrets: bool,
    /// A declared secret is not a difference if neither it nor its dictionary was found. For comparisons after a write: the cloud
    /// hides it.
    pub trust_hidden: bool,
    /// Both values are from the cloud. A secret that only one of them has is a difference.
    pub both_shown: bool,
    /// Lists are compared as wholes: an undeclared field of an item is a difference.
    pub whole_lists: bool,
}

impl Rules {
    /// True if undeclared fields of the dictionary at this place are differences.
    #[must_use]
    pub fn is_exact(&self, path: &Path) -> bool {
        !self.exact.is_empty() && self.exact.contains(&path.to_string())
    }

    fn quiet(&self) -> Self {
        Self { rewrite_secrets: false, ..self.clone() }
    }
}

/// The result of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// The places with differences.
    pub differing: Vec<Path>,
    /// Declared secrets that the cloud hides or masks, so that they could not be compared.
    pub unseen: Vec<Path>,
}

/// Compares a value at this place.
#[must_use]
pub fn compare(path: &Path, field: Field, declared: &Value, found: &Value, rules: &Rules) -> Comparison {
    let mut walk = Walk { rules, comparison: Comparison::default() };
    walk.value(path, field, declared, found, true);
    walk.comparison
}

/// The places with differences.
#[must_use]
pub fn differences(path: &Path, field: Field, declared: &Value, found: &Value, rules: &Rules) -> Vec<Path> {
    compare(path, field, declared, found, rules).differing
}

/// For each declared item of a list, the number of the found item that is the same one.
pub(crate) fn paired(field: Field, declared: &[Value], found: &[Value], rules: &Rules) -> Vec<Option<usize>> {
    let (quiet, item) = (rules.quiet(), field.item());
    let equal = |one: &Value, other: &Value| differences(&Path::default(), item, one, other, &quiet).is_empty();
    items::pairs(field, declared, found, &equal)
}

/// A field of a dictionary, where a name can show that the value is secret, too.
fn child(schema: Schema, name: &str) -> Field {
    let (field, is_named) = schema.lookup(name);
    Field { secret: secrets::is_secret_field(field, is_named, name), ..field }
}

struct Walk<'a> {
    rules: &'a Rules,
    comparison: Comparison,
}

impl Walk<'_> {
    fn differs(&mut self, path: &Path) {
        self.comparison.differing.push(path.clone());
    }

    /// `may_be_hidden` is whether the cloud may have a secret that was not found.
    fn value(&mut self, path: &Path, field: Field, declared: &Value, found: &Value, may_be_hidden: bool) {
        if is_empty_dictionary(declared) && !self.rules.is_exact(path) {
            return;
        }
        if field.secret && !is_nothing(declared) && (is_nothing(found) || is_masked(found)) {
            let is_hidden = is_masked(found) || may_be_hidden || self.rules.trust_hidden;
            if self.rules.rewrite_secrets || !is_hidden {
                self.differs(path);
            } else {
                self.comparison.unseen.push(path.clone());
            }
            return;
        }
        match (declared, found) {
            (declared, found) if clears(declared) => {
                if !(is_nothing(found) || is_default(field, found) || all_default(field, found)) {
                    self.differs(path);
                }
            }
            (Value::Object(declared), found) if found.is_object() || is_nothing(found) => {
                self.dictionary(path, field.schema, declared, found);
            }
            (Value::Array(declared), Value::Array(found)) if has_structure(declared) && !self.rules.whole_lists => {
                self.list(path, field, declared, found);
            }
            (declared, found) => {
                if !same(field, declared, found, self.rules) {
                    self.differs(path);
                }
            }
        }
    }

    fn dictionary(&mut self, path: &Path, schema: Schema, declared: &Map<String, Value>, found: &Value) {
        let empty = Map::new();
        let fields = found.as_object().unwrap_or(&empty);
        for (name, value) in declared {
            let (field, is_named) = schema.lookup(name);
            if field.read_only {
                continue;
            }
            let inner = Field { secret: secrets::is_secret_field(field, is_named, name), ..field };
            // The cloud does not hide one free key and show others, and hides no secret that the document does not have.
            let may_be_hidden = found.is_object() && (is_named || (field.secret && is_nothing(found)));
            let there = fields.get(name).unwrap_or(&Value::Null);
            self.value(&path.field(name), inner, value, there, may_be_hidden);
        }
        if self.rules.is_exact(path) {
            let undeclared = |(name, value): &(&String, &Value)| {
                !declared.contains_key(*name) && !is_nothing(value) && !schema.field(name).read_only
            };
            let undeclared: Vec<Path> = fields.iter().filter(undeclared).map(|(name, _)| path.field(name)).collect();
            self.comparison.differing.extend(undeclared);
        }
    }

    fn list(&mut self, path: &Path, field: Field, declared: &[Value], found: &[Value]) {
        let pairs = paired(field, declared, found, self.rules);
        let is_whole = declared.len() == found.len() && pairs.iter().all(Option::is_some);
        let in_order = || pairs.iter().enumerate().all(|(number, found)| *found == Some(number));
        if !is_whole || (keeps_order(field) && !in_order()) {
            self.differs(path);
        }
        for (number, (item, pair)) in declared.iter().zip(&pairs).enumerate() {
            if let Some(other) = pair.and_then(|pair| found.get(pair)) {
                self.value(&path.item(number), field.item(), item, other, true);
            }
        }
    }
}

fn has_structure(items: &[Value]) -> bool {
    items.iter().any(|item| item.is_object() || item.is_array())
}

/// True if the position of an item of the list has a meaning, as far as known.
fn keeps_order(field: Field) -> bool {
    field.ordered || field.is_untyped()
}

/// True if two values are equal, where neither is a declaration: a field that only one has is a difference.
#[must_use]
pub fn same(field: Field, one: &Value, other: &Value, rules: &Rules) -> bool {
    if field.read_only {
        return true;
    }
    let hidden = |value: &Value| is_masked(value) || (is_nothing(value) && !rules.both_shown);
    if field.secret && !rules.rewrite_secrets && (hidden(one) || hidden(other)) {
        return true;
    }
    match (one, other) {
        (Value::Object(_), Value::Object(_)) => same_fields(field, one, other, rules),
        (Value::Object(_), nothing) | (nothing, Value::Object(_)) if is_nothing(nothing) => {
            same_fields(field, one, other, rules)
        }
        (Value::Array(one), Value::Array(other)) => same_items(field, one, other, rules),
        _ => {
            let (one_is, other_is) = (!is_nothing(one), !is_nothing(other));
            match (one_is, other_is) {
                (true, true) => same_scalar(field, one, other),
                (false, false) => true,
                (true, false) => is_default(field, one),
                (false, true) => is_default(field, other),
            }
        }
    }
}

fn same_fields(field: Field, one: &Value, other: &Value, rules: &Rules) -> bool {
    let empty = Map::new();
    let (one, other) = (one.as_object().unwrap_or(&empty), other.as_object().unwrap_or(&empty));
    let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let get = |fields: &Map<String, Value>, name: &str| fields.get(name).cloned().unwrap_or(Value::Null);
    names.into_iter().all(|name| same(child(field.schema, name), &get(one, name), &get(other, name), rules))
}

fn same_items(field: Field, one: &[Value], other: &[Value], rules: &Rules) -> bool {
    let item = field.item();
    if keeps_order(field) {
        return one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(item, one, other, rules));
    }
    if !has_structure(one) && !has_structure(other) {
        let set = |items: &[Value]| items.iter().map(|value| as_member(field, value)).collect::<BTreeSet<String>>();
        return set(one) == set(other);
    }
    let pairs = items::pairs(field, one, other, &|one, other| same(item, one, other, rules));
    let is_same = |(number, pair): (usize, &Option<usize>)| {
        pair.and_then(|pair| other.get(pair)).is_some_and(|other| same(item, &one[number], other, rules))
    };
    one.len() == other.len() && pairs.iter().enumerate().all(is_same)
}

/// The comparable form of an item of a list without an order.
fn as_member(field: Field, value: &Value) -> String {
    match value {
        Value::String(text) if field.format == Some("mac") => mac(text),
        Value::Number(number) => match number.as_f64().filter(|value| number.is_f64() && value.fract() == 0.0) {
            Some(value) => format!("{value:.0}"),
            None => number.to_string(),
        },
        Value::String(text) if field.number_or_text || field.ids => text.clone(),
        other => other.to_string(),
    }
}

fn same_scalar(field: Field, one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other
                || (!(one.is_i64() || one.is_u64()) || !(other.is_i64() || other.is_u64()))
                    && one.as_f64() == other.as_f64()
        }
        (Value::Number(_), Value::String(_)) | (Value::String(_), Value::Number(_)) if field.number_or_text => {
            text(one) == text(other)
        }
        (Value::String(one), Value::String(other)) => one == other || is_same_mac(field, one, other),
        _ => one == other,
    }
}

/// True for two forms of one MAC address. Where the document does not have one, at least one of the texts must have separators.
fn is_same_mac(field: Field, one: &str, other: &str) -> bool {
    let separated = |text: &str| text.contains([':', '-', '.']);
    let is_mac = field.format == Some("mac") || separated(one) || separated(other);
    is_mac && !field.secret && one.len().abs_diff(other.len()) <= 5 && mac(one) == mac(other)
}

/// True for the documented default of an absent field.
fn is_default(field: Field, value: &Value) -> bool {
    field.documented_default().is_some_and(|default| same_scalar(field, &default, value))
}

/// True if a dictionary has only defaults.
fn all_default(field: Field, value: &Value) -> bool {
    value.as_object().is_some_and(|fields| {
        !fields.is_empty()
            && fields.iter().all(|(name, value)| {
                let inner = field.schema.field(name);
                is_nothing(value) || is_default(inner, value) || all_default(inner, value)
            })
    })
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
