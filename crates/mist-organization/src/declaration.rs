//! Found objects as declarations: without ids, with names, and with what distinguishes objects of one name. No I/O.

use crate::file_name;
use mist_objects::names::Index;
use mist_objects::plan::Fields;
use mist_objects::table::{Field, Kind, Schema};
use mist_objects::value::{is_masked, is_nothing};
use mist_objects::{export, secrets};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};

/// The field with the fields that identify a declared object, where others have its name.
pub const MATCH: &str = "match_by";
/// The field with the number of a declared object among those that only their content distinguishes.
pub const TWIN: &str = "twin";
/// The field of a site with the name of its folder, where others have its name.
pub const FOLDER: &str = "folder";

/// The names of referenced objects: of each kind, those that only one object has, by id.
pub type UniqueNames = HashMap<String, HashMap<String, String>>;

/// A declared object.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The values that identify the object, for messages.
    pub title: String,
    pub value: Value,
    /// Its secrets, with what locates them.
    pub secrets: Option<Value>,
    /// The id in the cloud. It is never written.
    pub id: String,
}

/// The declared objects of one kind, and what they do not contain.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Items {
    pub items: Vec<Item>,
    /// The secrets that were omitted, each with the title of its object.
    pub secrets_left_out: Vec<String>,
    /// The secrets that the cloud masks or, where an object needs them, hides.
    pub masked: Vec<String>,
    /// References that no name expresses.
    pub unresolved: Vec<String>,
}

/// The objects of a kind as declarations, in an order that does not depend on that of the cloud.
#[must_use]
pub fn items(kind: &Kind, found: Vec<Fields>, index: &Index<'_>, unique: &UniqueNames) -> Items {
    let mut all = Items::default();
    for mut object in found {
        let mut dropped = Vec::new();
        object = drop_unresolved(kind.schema, object, "", unique, &mut dropped);
        let complete = export::as_declared(kind, &object, index, true);
        let public = export::as_declared(kind, &object, index, false);
        let (value, with_secrets) =
            (sorted_sets(kind.schema, public.object), sorted_sets(kind.schema, complete.object));
        let title = title(kind, &value);
        let of = |path: &str| if kind.one { path.to_owned() } else { format!("{title}: {path}") };
        all.unresolved.extend(dropped.iter().map(|path| of(path)));
        let masked = complete.secrets_left_out;
        let left_out = public.secrets_left_out.iter().filter(|path| !masked.contains(path));
        all.secrets_left_out.extend(left_out.map(|path| of(&path.to_string())));
        all.masked.extend(masked.iter().map(|path| of(&path.to_string())));
        let secrets = only_secrets(kind.schema, &with_secrets);
        let id = mist_objects::plan::id(kind, &object).unwrap_or_default();
        all.items.push(Item { title, value, secrets, id });
    }
    all.items.sort_by_cached_key(|item| {
        let secrets = item.secrets.as_ref().map(Value::to_string).unwrap_or_default();
        (item.title.clone(), canonical(&item.value).to_string(), secrets)
    });
    if !kind.one {
        tell_apart(kind, &mut all.items);
    }
    all.secrets_left_out.sort();
    all.masked.sort();
    all.unresolved.sort();
    all
}

/// The identifying values of a declaration.
#[must_use]
pub fn title(kind: &Kind, declared: &Value) -> String {
    key(kind, declared).join(" / ")
}

fn key(kind: &Kind, declared: &Value) -> Vec<String> {
    let text = |field: &str| match declared.get(field) {
        Some(Value::String(text)) => text.clone(),
        Some(other) if !is_nothing(other) => other.to_string(),
        _ => String::new(),
    };
    let mut key: Vec<String> = kind.key.iter().map(|field| text(field)).collect();
    if let Some(also) = kind.key_where_declared.as_deref() {
        let value = kind.schema.alias(also).map(|alias| text(&alias)).filter(|value| !value.is_empty());
        key.extend(value.or_else(|| Some(text(also)).filter(|value| !value.is_empty())));
    }
    key
}

/// Distinguishes the objects of one key: by a field in which all of them differ, otherwise a number.
fn tell_apart(kind: &Kind, items: &mut [Item]) {
    let mut groups: BTreeMap<Vec<String>, Vec<usize>> = BTreeMap::new();
    for (number, item) in items.iter().enumerate() {
        groups.entry(key(kind, &item.value)).or_default().push(number);
    }
    for group in groups.into_values().filter(|group| group.len() > 1) {
        let values: Vec<&Map<String, Value>> =
            group.iter().filter_map(|number| items.get(*number)?.value.as_object()).collect();
        let mut fields = kind.key.clone();
        if let Some(also) = &kind.key_where_declared {
            let alias = kind.schema.alias(also).unwrap_or_else(|| also.clone());
            if values.iter().all(|value| value.contains_key(&alias)) {
                fields.push(alias);
            }
        }
        let distinguishing = distinguishing_field(kind, &fields, &values);
        let is_site = kind.word == "sites";
        let places: Vec<String> = values.iter().map(|value| whereabouts(value)).collect();
        let are_apart = (0..places.len()).all(|one| (0..one).all(|other| places.get(one) != places.get(other)));
        for (position, number) in group.iter().enumerate() {
            let Some(Value::Object(value)) = items.get_mut(*number).map(|item| &mut item.value) else { continue };
            match &distinguishing {
                Some(field) => {
                    let all: Vec<Value> = fields.iter().chain([field]).cloned().map(Value::String).collect();
                    value.insert(MATCH.to_owned(), Value::Array(all));
                }
                None => drop(value.insert(TWIN.to_owned(), (position + 1).into())),
            }
            if is_site {
                let name = value.get("name").and_then(Value::as_str).unwrap_or_default();
                let place = places.get(position).cloned().unwrap_or_default();
                let suffix = if are_apart { file_name::hash(&place, 6) } else { format!("{}", position + 1) };
                value.insert(FOLDER.to_owned(), file_name::with_suffix(name, &suffix).into());
            }
        }
    }
}

/// Fields that rarely change. The folder of the site keeps its name while these fields stay, whatever other sites there are.
fn whereabouts(site: &Map<String, Value>) -> String {
    ["address", "country_code", "latlng", "timezone"]
        .map(|field| site.get(field).map(|value| canonical(value).to_string()).unwrap_or_default())
        .join("\n")
}

/// The first field with a scalar that all have, and in which all differ.
fn distinguishing_field(kind: &Kind, key: &[String], values: &[&Map<String, Value>]) -> Option<String> {
    let mut names: Vec<&String> = values.first()?.keys().filter(|name| !key.contains(name)).collect();
    names.sort_unstable();
    let differs = |name: &&&String| {
        let field = kind.schema.field_or_named(name);
        let texts: Vec<String> = values
            .iter()
            .filter_map(|value| match value.get(**name) {
                Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
                Some(number @ Value::Number(_)) => Some(number.to_string()),
                _ => None,
            })
            .collect();
        let are_distinct = (0..texts.len()).all(|one| (0..one).all(|other| texts.get(one) != texts.get(other)));
        !field.secret && texts.len() == values.len() && are_distinct
    };
    names.iter().find(differs).map(|name| (**name).clone())
}

/// Removes ids that no unique name replaces, with their paths.
fn drop_unresolved(
    schema: Schema,
    fields: Fields,
    path: &str,
    unique: &UniqueNames,
    dropped: &mut Vec<String>,
) -> Fields {
    let mut all = Map::new();
    for (name, value) in fields {
        let here = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        let field = schema.field(&name);
        let Some(kind) = field.reference else {
            all.insert(name, inside(field, value, &here, unique, dropped));
            continue;
        };
        let is_known = |id: &str| unique.get(kind).is_some_and(|names| names.contains_key(id));
        // Where the document does not define the form of ids, another value is data.
        let is_id = |id: &str| !field.loose || mist_client::path::uuid(id).is_some();
        match value {
            Value::String(id) if !id.is_empty() && is_id(&id) && !is_known(&id) => dropped.push(format!("{here} {id}")),
            Value::Array(ids) => {
                let mut rest = Vec::with_capacity(ids.len());
                for id in ids {
                    match id.as_str() {
                        Some(text) if is_id(text) && !is_known(text) => dropped.push(format!("{here} {text}")),
                        _ => rest.push(id),
                    }
                }
                all.insert(name, Value::Array(rest));
            }
            other => drop(all.insert(name, other)),
        }
    }
    all
}

fn inside(field: Field, value: Value, path: &str, unique: &UniqueNames, dropped: &mut Vec<String>) -> Value {
    match value {
        Value::Object(fields) => Value::Object(drop_unresolved(field.schema, fields, path, unique, dropped)),
        Value::Array(items) => items
            .into_iter()
            .enumerate()
            .map(|(number, item)| inside(field.item(), item, &format!("{path}[{number}]"), unique, dropped))
            .collect(),
        other => other,
    }
}

/// Lists of names in place of ids have no order: sorted.
fn sorted_sets(schema: Schema, value: Value) -> Value {
    fn of_field(field: Field, value: Value) -> Value {
        match value {
            Value::Object(_) => sorted_sets(field.schema, value),
            Value::Array(mut items) if field.ids => {
                items.sort_by_key(ToString::to_string);
                items.dedup();
                Value::Array(items)
            }
            Value::Array(items) => items.into_iter().map(|item| of_field(field.item(), item)).collect(),
            other => other,
        }
    }
    match value {
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(name, value)| {
                    let field = schema.field_or_named(&name);
                    (name, of_field(field, value))
                })
                .collect(),
        ),
        other => other,
    }
}

/// The value with sorted keys.
#[must_use]
pub fn canonical(value: &Value) -> Value {
    let mut sorted = value.clone();
    sorted.sort_all_objects();
    sorted
}

/// The secrets that the cloud shows, in their dictionaries. An item of a list keeps its other scalars, which identify it.
fn only_secrets(schema: Schema, value: &Value) -> Option<Value> {
    let shown: Vec<Value> =
        secrets::secrets(schema, value).into_iter().map(|(_, value)| value).filter(|value| !is_masked(value)).collect();
    if shown.is_empty() {
        return None;
    }
    let (without, _) = secrets::without(schema, value);
    difference(value, Some(&without), false)
}

/// The part of `whole` that `rest` does not have.
fn difference(whole: &Value, rest: Option<&Value>, in_list: bool) -> Option<Value> {
    match (whole, rest) {
        (Value::Object(whole), Some(Value::Object(rest))) => {
            let mut all = Map::new();
            for (name, value) in whole {
                if let Some(value) = difference(value, rest.get(name), false) {
                    all.insert(name.clone(), value);
                }
            }
            if all.is_empty() {
                return None;
            }
            if in_list {
                let scalars = rest.iter().filter(|(_, value)| !value.is_object() && !value.is_array());
                all.extend(scalars.map(|(name, value)| (name.clone(), value.clone())));
            }
            Some(Value::Object(all))
        }
        (Value::Array(whole), Some(Value::Array(rest))) => {
            let items: Vec<Value> = whole
                .iter()
                .enumerate()
                .filter_map(|(number, item)| difference(item, rest.get(number), true))
                .collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        (_, Some(_)) => None,
        (value, None) => (!is_masked(value) && !is_nothing(value)).then(|| value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mist_objects::names::Known;
    use mist_objects::table::{Level, kind};
    use serde_json::json;

    fn found(values: Value) -> Vec<Fields> {
        values.as_array().unwrap().iter().map(|value| value.as_object().cloned().unwrap()).collect()
    }

    const ID: &str = "53f10664-3ce8-4c27-b382-0ef66432349f";
    const OTHER: &str = "53f10664-3ce8-4c27-b382-0ef664323490";

    fn declared(word: &str, objects: Value) -> Items {
        let kind = kind(Level::Org, word).unwrap();
        let known: Known = [("templates".to_owned(), vec![("T".to_owned(), ID.to_owned())])].into_iter().collect();
        let unique: UniqueNames =
            [("templates".to_owned(), [(ID.to_owned(), "T".to_owned())].into_iter().collect())].into_iter().collect();
        items(&kind, found(objects), &Index::new(&known), &unique)
    }

    fn values(items: &Items) -> Value {
        items.items.iter().map(|item| item.value.clone()).collect()
    }

    #[test]
    fn the_order_of_the_cloud_and_of_its_sets_is_not_seen() {
        let (one, other) =
            (json!({"id": "1", "ssid": "b", "vlan_id": 3}), json!({"id": "2", "ssid": "a", "template_id": ID}));
        let forward = declared("wlans", json!([one, other]));
        assert_eq!(forward, declared("wlans", json!([other, one])));
        assert_eq!(values(&forward), json!([{"ssid": "a", "template": "T"}, {"ssid": "b", "vlan_id": 3}]));
    }

    #[test]
    fn a_reference_without_a_unique_name_is_listed_and_not_written() {
        let items = declared("wlans", json!([{"id": "1", "ssid": "b", "template_id": OTHER, "mxtunnel_ids": [OTHER]}]));
        assert_eq!(values(&items), json!([{"ssid": "b"}]));
        assert_eq!(items.unresolved, [format!("b: mxtunnel_ids {OTHER}"), format!("b: template_id {OTHER}")]);
    }

    #[test]
    fn twins_carry_a_field_in_which_they_differ_or_a_number() {
        let two =
            declared("psks", json!([{"id": "1", "name": "n", "ssid": "a"}, {"id": "2", "name": "n", "ssid": "b"}]));
        assert_eq!(
            values(&two),
            json!([{"name": "n", "ssid": "a", "match_by": ["name", "ssid"]}, {"name": "n", "ssid": "b", "match_by": ["name", "ssid"]}])
        );
        let equal = declared(
            "psks",
            json!([{"id": "2", "name": "n", "passphrase": "two-two-two"}, {"id": "1", "name": "n", "passphrase": "one-one-one"}]),
        );
        assert_eq!(values(&equal), json!([{"name": "n", "twin": 1}, {"name": "n", "twin": 2}]));
        assert_eq!(equal.items[0].secrets, Some(json!({"passphrase": "one-one-one"})));
        let wlans = json!([{"id": "1", "ssid": "s", "template_id": ID, "vlan_id": 1}, {"id": "2", "ssid": "s", "template_id": ID, "vlan_id": 2}]);
        assert_eq!(values(&declared("wlans", wlans))[1]["match_by"], json!(["ssid", "template", "vlan_id"]));
    }

    #[test]
    fn the_folder_of_a_site_does_not_depend_on_its_twins() {
        let site = |id: &str, address: &str| json!({"id": id, "name": "Branch", "address": address});
        let three = declared("sites", json!([site("1", "a"), site("2", "b"), site("3", "c")]));
        let two = declared("sites", json!([site("2", "b"), site("3", "c")]));
        assert_eq!(three.items[1].value["folder"], two.items[0].value["folder"]);
        assert_ne!(three.items[0].value["folder"], three.items[1].value["folder"]);
    }

    #[test]
    fn secrets_are_apart_and_a_mask_is_none() {
        let object = json!([{"id": "1", "ssid": "s", "auth": {"type": "psk", "psk": "canary-1"},
            "auth_servers": [{"host": "a", "port": 1, "secret": "canary-2"}, {"host": "b", "secret": "***"}]}]);
        let items = declared("wlans", object);
        assert!(!values(&items).to_string().contains("canary") && !values(&items).to_string().contains("***"));
        assert_eq!(
            items.items[0].secrets,
            Some(
                json!({"auth": {"psk": "canary-1"}, "auth_servers": [{"secret": "canary-2", "host": "a", "port": 1}]})
            )
        );
        assert_eq!(items.secrets_left_out, ["s: auth.psk", "s: auth_servers[0].secret"]);
        assert_eq!(items.masked, ["s: auth_servers[1].secret"]);
    }
}
