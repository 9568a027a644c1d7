//! Deviations of a declaration from the document: unknown fields and values, and missing required fields. The cloud may know more than
//! the document, so they are not type errors. Also fields that only the cloud sets. No I/O.

use crate::names;
use crate::table::{Field, Kind, Schema};
use crate::value::{is_nothing, join, text};
use mist_client::suggest;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Similar names are searched for this many deviations.
const SEARCHES: usize = 20;
/// A shorter name is part of too many others.
const SHORTEST: usize = 3;
const MOST_SIMILAR: usize = 3;
/// A longer enumeration is not listed.
const MOST_VALUES: usize = 12;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deviation {
    /// The document does not have the field.
    Field { similar: Vec<String> },
    /// The document does not have the value.
    Value { value: String, similar: Vec<String>, known: Vec<String> },
}

/// The unknown fields and values of declarations, each once, by their paths. Items of lists have the step `[]`.
#[derive(Clone, Debug, Default)]
pub struct Deviations {
    all: BTreeMap<String, Deviation>,
}

impl Deviations {
    /// The deviations by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Deviation)> {
        self.all.iter().map(|(path, deviation)| (path.as_str(), deviation))
    }

    /// Adds those of an object.
    pub fn add(&mut self, kind: &Kind, object: &Map<String, Value>) {
        // Without a document, nothing is known.
        if kind.field_names().next().is_none() {
            return;
        }
        self.fields(kind.schema, Some(kind), "", object);
    }

    fn fields(&mut self, schema: Schema, kind: Option<&Kind>, path: &str, fields: &Map<String, Value>) {
        // A dictionary without documented fields can have any.
        let is_open = schema == Schema::default();
        for (name, value) in fields {
            let plain = name.strip_prefix('-').unwrap_or(name);
            let is_known = is_open
                || schema.known(plain).is_some()
                || schema.named_reference(plain).is_some()
                || kind.is_some_and(|kind| kind.is_read_only(plain));
            let place = join(path, name);
            if !is_known {
                if !self.all.contains_key(&place) {
                    let similar = || similar(plain, names::writable(schema, kind));
                    let similar = if self.all.len() < SEARCHES { similar() } else { Vec::new() };
                    self.all.insert(place, Deviation::Field { similar });
                }
                continue;
            }
            self.value(schema.field_or_named(plain), &place, value);
        }
    }

    fn value(&mut self, field: Field, path: &str, value: &Value) {
        match value {
            Value::Object(fields) if field.dictionary => self.fields(field.schema, None, path, fields),
            Value::Array(items) if field.list => {
                let place = format!("{path}[]");
                items.iter().for_each(|item| self.value(field.item(), &place, item));
            }
            Value::String(_) | Value::Number(_) if !is_possible(field, value) && !self.all.contains_key(path) => {
                let (value, known) = (text(value), field.values().collect::<Vec<_>>());
                let similar =
                    if self.all.len() < SEARCHES { similar(&value, known.iter().cloned()) } else { Vec::new() };
                let known = if known.len() > MOST_VALUES { Vec::new() } else { known };
                self.all.insert(path.to_owned(), Deviation::Value { value, similar, known });
            }
            _ => {}
        }
    }
}

/// True if the enumeration has the value, or does not apply to it.
fn is_possible(field: Field, value: &Value) -> bool {
    let shown = text(value);
    let is_number = |text: &str| text.parse::<f64>().is_ok();
    let mut values = field.values().peekable();
    if field.secret || values.peek().is_none() || shown.is_empty() || shown.contains("{{") {
        return true;
    }
    // Where text and numbers are possible, a document may enumerate only the texts.
    let accepts_number = field.number || field.number_or_text;
    let (mut has_numbers, mut has_value) = (false, false);
    for known in values {
        has_numbers |= is_number(&known);
        has_value |= known == shown;
    }
    has_value || (accepts_number && is_number(&shown) && !has_numbers)
}

fn similar(name: &str, known: impl IntoIterator<Item = String>) -> Vec<String> {
    let known: Vec<String> = known.into_iter().collect();
    let known = || known.iter().map(String::as_str);
    let mut found = suggest::likely_typos(name, known());
    let length = name.chars().count();
    if found.is_empty() && length >= SHORTEST {
        let is_close = |known: &&str| (length.div_ceil(2)..=length * 2).contains(&known.chars().count());
        found = suggest::similar(name, known().filter(is_close));
    }
    found.truncate(MOST_SIMILAR);
    found
}

/// The declaration without fields that only the cloud sets, and the places of these fields. `-field`, the form of the API, clears a
/// field.
#[must_use]
pub fn without_read_only(kind: &Kind, declared: Map<String, Value>) -> (Map<String, Value>, Vec<String>) {
    let (mut rest, mut ignored) = (Map::new(), Vec::new());
    for (name, value) in declared {
        let cleared = name.strip_prefix('-').filter(|plain| !plain.is_empty() && !kind.schema.has(&name));
        let (name, value) = cleared.map_or((name.clone(), value), |plain| (plain.to_owned(), Value::Null));
        if kind.is_read_only(&name) {
            ignored.push(name);
            continue;
        }
        nested_read_only(kind.schema.field(&name), &name, &value, &mut ignored);
        // A value next to its removal is a value.
        if cleared_only(&rest, &name) || !value.is_null() {
            rest.insert(name, value);
        }
    }
    ignored.dedup();
    (rest, ignored)
}

fn cleared_only(rest: &Map<String, Value>, name: &str) -> bool {
    rest.get(name).is_none_or(Value::is_null)
}

/// Declared fields inside a value that only the cloud sets. They are not compared.
fn nested_read_only(field: Field, path: &str, value: &Value, ignored: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let (inner, path) = (field.schema.field(name), format!("{path}.{name}"));
                if !inner.read_only {
                    nested_read_only(inner, &path, value, ignored);
                } else if !ignored.contains(&path) {
                    ignored.push(path);
                }
            }
        }
        Value::Array(items) => {
            let (item, path) = (field.item(), format!("{path}[]"));
            items.iter().for_each(|value| nested_read_only(item, &path, value, ignored));
        }
        _ => {}
    }
}

/// The paths of the required fields of the document that a new object does not have. Its names are replaced with ids.
#[must_use]
pub fn missing(kind: &Kind, new: &Map<String, Value>) -> Vec<String> {
    let mut all = Vec::new();
    missing_inside(kind.schema, Some(kind), "", new, &mut all);
    all.sort_unstable();
    all.dedup();
    all
}

fn missing_inside(schema: Schema, kind: Option<&Kind>, path: &str, fields: &Map<String, Value>, all: &mut Vec<String>) {
    for (name, field) in schema.required() {
        let is_set_by_cloud = field.read_only || kind.is_some_and(|kind| kind.is_read_only(name));
        if !is_set_by_cloud && field.documented_default().is_none() && !fields.contains_key(name) {
            all.push(join(path, name));
        }
    }
    for (name, value) in fields.iter().filter(|(_, value)| !is_nothing(value)) {
        missing_value(schema.field(name), &join(path, name), value, all);
    }
}

fn missing_value(field: Field, path: &str, value: &Value, all: &mut Vec<String>) {
    match value {
        Value::Object(fields) => missing_inside(field.schema, None, path, fields, all),
        Value::Array(items) => {
            let place = format!("{path}[]");
            items.iter().for_each(|item| missing_value(field.item(), &place, item, all));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Level, all, kind};
    use serde_json::json;

    fn of(level: Level, word: &str, object: Value) -> Vec<String> {
        let mut deviations = Deviations::default();
        deviations.add(&kind(level, word).unwrap(), object.as_object().unwrap());
        let shown = |(path, deviation): (&str, &Deviation)| match deviation {
            Deviation::Field { similar } => format!("{path} -> {}", similar.join(" ")),
            Deviation::Value { value, similar, .. } => format!("{path}={value} -> {}", similar.join(" ")),
        };
        deviations.iter().map(shown).collect()
    }

    #[test]
    fn unknown_fields_are_found_at_every_depth_with_the_close_name() {
        for (word, object, found) in [
            (
                "wlans",
                json!({"ssid": "w", "vlan_idd": 1, "foobar": 2}),
                vec!["foobar -> ", "vlan_idd -> vlan_id vlan_ids"],
            ),
            ("wlans", json!({"auth": {"typ": "psk"}}), vec!["auth.typ -> type"]),
            ("wlans", json!({"auth_servers": [{"hots": "h"}, {"hots": "i"}]}), vec!["auth_servers[].hots -> host"]),
            ("networktemplates", json!({"port_usages": {"ap": {"mod": "access"}}}), vec!["port_usages.ap.mod -> mode"]),
            ("templates", json!({"applies": {"sitegroup": ["x"]}}), vec!["applies.sitegroup -> sitegroups"]),
            ("sites", json!({"name": "x", "rftemplate": "R", "sitegroups": ["S"], "id": "i", "-notes": ""}), vec![]),
            ("templates", json!({"applies": {"sites": ["x"]}}), vec![]),
            ("aptemplates", json!({"-nots": ""}), vec!["-nots -> "]),
        ] {
            let shown = of(Level::Org, word, object.clone());
            assert_eq!(shown.len(), found.len(), "{object}: {shown:?}");
            assert!(shown.iter().zip(&found).all(|(shown, found)| shown.starts_with(found)), "{object}: {shown:?}");
        }
        assert!(of(Level::Site, "setting", json!({"vars": {"any": "x"}})).is_empty(), "its keys are free");
        let unknown = Kind::unknown("orgs/{org_id}/newthings", Level::Org, vec!["name".to_owned()]);
        let mut deviations = Deviations::default();
        deviations.add(&unknown, json!({"any": 1}).as_object().unwrap());
        assert!(deviations.all.is_empty());
    }

    #[test]
    fn unknown_values_of_enumerations_are_found() {
        for (object, found) in [
            (json!({"auth": {"type": "pks"}}), vec!["auth.type=pks -> psk"]),
            (json!({"bands": ["24", "7"]}), vec!["bands[]=7 -> "]),
            (json!({"roam_mode": "{{mode}}", "interface": "", "auth": {"type": "psk"}}), vec![]),
        ] {
            assert_eq!(of(Level::Org, "wlans", object.clone()), found, "{object}");
        }
    }

    #[test]
    fn many_unknown_fields_cost_a_bounded_search() {
        let object: Map<String, Value> = (0..5_000).map(|number| (format!("unknown{number}"), json!(1))).collect();
        let mut deviations = Deviations::default();
        deviations.add(&kind(Level::Org, "wlans").unwrap(), &object);
        let searched = |(_, deviation): &(&str, &Deviation)| matches!(deviation, Deviation::Field { similar } if !similar.is_empty());
        assert_eq!(deviations.iter().count(), 5_000);
        assert!(deviations.iter().filter(searched).count() <= SEARCHES);
    }

    #[test]
    fn a_new_object_lacks_required_fields_without_default() {
        let missing =
            |word: &str, object: Value| missing(&kind(Level::Org, word).unwrap(), object.as_object().unwrap());
        assert_eq!(missing("psks", json!({"name": "p"})), ["passphrase", "ssid"]);
        assert_eq!(missing("wlans", json!({"ssid": "w", "auth": {"psk": "x"}})), [""; 0], "the type has a default");
        assert_eq!(
            missing("wlans", json!({"ssid": "w", "auth_servers": [{"port": 1}, {"host": "h", "secret": "s"}]})),
            ["auth_servers[].host", "auth_servers[].secret"]
        );
        assert_eq!(missing("vpns", json!({"name": "v", "paths": {}})), [""; 0]);
        assert_eq!(missing("sites", json!({"name": "s", "latlng": {"lat": 1}})), ["latlng.lng"]);
        for kind in all().filter(|kind| !kind.one) {
            let missing = super::missing(&kind, &Map::new());
            assert!(!missing.iter().any(|path| kind.is_read_only(path)), "{}: {missing:?}", kind.word);
        }
    }
}
