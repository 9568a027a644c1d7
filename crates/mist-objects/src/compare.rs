//! Compares a declaration with what was found. No I/O.
//!
//! Dictionaries are compared by declared fields only, lists as a whole and in order, lists of ids as sets. `null`, absent, `[]`,
//! `{}` and `""` are equal. A field that the cloud omits has its documented default. A number and its text are equal where the
//! document allows both.

use crate::table::Field;
use crate::value::{clears, is_masked, is_nothing, join, text};
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
}

/// The dotted paths with differences. `path` is the path of the values.
#[must_use]
pub fn differences(path: &str, field: Field, declared: &Value, found: &Value, rules: &Rules) -> Vec<String> {
    let mut differing = Vec::new();
    walk(path, field, declared, found, true, rules, &mut differing);
    differing
}

/// `beside` is whether the dictionary around the value was found. If it was, the cloud may hide a secret in it. If not, the secret
/// is not set.
fn walk(
    path: &str,
    field: Field,
    declared: &Value,
    found: &Value,
    beside: bool,
    rules: &Rules,
    differing: &mut Vec<String>,
) {
    if field.secret && !clears(declared) && (is_nothing(found) || is_masked(found)) {
        if rules.rewrite_secrets || !(beside || rules.trust_hidden) {
            differing.push(path.to_owned());
        }
        return;
    }
    match (declared, found) {
        (declared, found) if clears(declared) => {
            if !(is_nothing(found) || is_default(field, found) || all_default(field, found)) {
                differing.push(path.to_owned());
            }
        }
        (Value::Object(declared), found) if found.is_object() || is_nothing(found) => {
            let (empty, beside) = (Map::new(), found.is_object());
            let found = found.as_object().unwrap_or(&empty);
            for (name, value) in declared {
                let inner = field.schema.field(name);
                if !inner.read_only {
                    let there = found.get(name).unwrap_or(&Value::Null);
                    walk(&join(path, name), inner, value, there, beside, rules, differing);
                }
            }
            if rules.exact.contains(path) {
                let undeclared = |(name, value): &(&String, &Value)| {
                    !declared.contains_key(*name) && !is_nothing(value) && !field.schema.field(name).read_only
                };
                differing.extend(found.iter().filter(undeclared).map(|(name, _)| join(path, name)));
            }
        }
        (declared, found) => {
            if !same(field, declared, found, rules) {
                differing.push(path.to_owned());
            }
        }
    }
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
    names.into_iter().all(|name| {
        let inner = field.schema.field(name);
        same(inner, &get(one, name), &get(other, name), rules)
    })
}

fn same_items(field: Field, one: &[Value], other: &[Value], rules: &Rules) -> bool {
    if field.ids {
        let set = |items: &[Value]| items.iter().map(text).collect::<BTreeSet<String>>();
        return set(one) == set(other);
    }
    let item = field.item();
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(item, one, other, rules))
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
        _ => one == other,
    }
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
