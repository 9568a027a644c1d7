//! The object that results from a request. No I/O, and no access to other objects.

use super::document::Kind;
use super::fields;
use crate::behavior::{Behavior, GivenNull, Nested, Normalization, ReadOnlyFields, UnknownFields, names_field};
use crate::random;
use serde_json::{Map, Value, json};

type Fields = Map<String, Value>;

/// Fields of every object that the cloud sets.
pub(crate) const OF_THE_CLOUD: [&str; 7] =
    ["id", "org_id", "site_id", "msp_id", "created_time", "modified_time", "for_site"];

/// A refusal of a request.
#[derive(Debug, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) field: String,
    /// The wording is that of Django's REST framework.
    pub(crate) problem: String,
    /// The `reason` of refusals that only some clouds have.
    pub(crate) reason: Option<String>,
}

impl Refusal {
    fn new(field: &str, problem: &str) -> Self {
        Self { field: field.to_owned(), problem: problem.to_owned(), reason: None }
    }

    fn with_reason(field: &str, reason: &str) -> Self {
        Self { reason: Some(format!("{reason}: {field}")), ..Self::new(field, "Invalid field.") }
    }
}

/// The fields of a new object, without those that the cloud adds.
pub(crate) fn created(name: &str, kind: &Kind, behavior: &Behavior, given: Fields) -> Result<Fields, Refusal> {
    let given = converted(kind, behavior, checked(kind, behavior, given, false)?);
    if behavior.required_fields {
        for field in &kind.required {
            if given.get(field).is_none_or(Value::is_null) {
                return Err(Refusal::new(field, "This field is required."));
            }
        }
    }
    let mut fields = apply(name, kind, behavior, &Fields::new(), given)?;
    fill_in(name, kind, behavior, &Fields::new(), &mut fields);
    let of_document = kind.defaults.iter().filter(|_| behavior.document_defaults);
    let of_behavior = ["*", name].into_iter().filter_map(|name| behavior.defaults.get(name)).flatten();
    for (field, value) in of_behavior.chain(of_document) {
        fields.entry(field.clone()).or_insert_with(|| value.clone());
    }
    Ok(fields)
}

/// The object after a PUT. Top-level fields that the request does not contain stay.
pub(crate) fn changed(
    name: &str,
    kind: &Kind,
    behavior: &Behavior,
    found: &Fields,
    given: Fields,
) -> Result<Fields, Refusal> {
    let given = converted(kind, behavior, checked(kind, behavior, given, true)?);
    if behavior.required_in_put
        && let Some(field) = kind.required.iter().find(|field| given.get(*field).is_none_or(Value::is_null))
    {
        return Err(Refusal::new(field, "This field is required."));
    }
    let mut fields = apply(name, kind, behavior, found, given)?;
    fill_in(name, kind, behavior, found, &mut fields);
    Ok(fields)
}

fn converted(kind: &Kind, behavior: &Behavior, mut given: Fields) -> Fields {
    if behavior.document_types {
        fields::convert(kind, &mut given);
    }
    given
}

/// Adds the fields that the cloud fills in inside of an object.
fn fill_in(name: &str, kind: &Kind, behavior: &Behavior, found: &Fields, fields: &mut Fields) {
    if behavior.nested_defaults {
        fields::add_nested_defaults(kind, fields);
    }
    if behavior.filled_in.is_empty() {
        return;
    }
    for (key, value) in fields.iter_mut() {
        fill_in_value(behavior, name, &mut vec![key.clone()], found.get(key), value);
    }
}

fn fill_in_value(behavior: &Behavior, name: &str, path: &mut Vec<String>, found: Option<&Value>, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let steps: Vec<&str> = path.iter().map(String::as_str).collect();
            let due = behavior.filled_in.iter().filter(|(dictionary, _)| names_field(dictionary, name, &steps));
            for (field, filling) in due.flat_map(|(_, fillings)| fillings) {
                let filling = || match filling {
                    Value::String(text) if text == "{uuid}" => {
                        found.and_then(|found| found.get(field)).cloned().unwrap_or_else(|| json!(random::uuid()))
                    }
                    other => other.clone(),
                };
                fields.entry(field.clone()).or_insert_with(filling);
            }
            for (key, inner) in fields.iter_mut() {
                path.push(key.clone());
                fill_in_value(behavior, name, path, found.and_then(|found| found.get(key)), inner);
                path.pop();
            }
        }
        Value::Array(items) => {
            path.push("[]".to_owned());
            for (index, item) in items.iter_mut().enumerate() {
                fill_in_value(behavior, name, path, found.and_then(|found| found.get(index)), item);
            }
            path.pop();
        }
        _ => {}
    }
}

/// The fields of a request that the cloud accepts.
fn checked(kind: &Kind, behavior: &Behavior, given: Fields, exists: bool) -> Result<Fields, Refusal> {
    let mut taken = Fields::new();
    for (field, value) in given {
        let of_the_cloud = OF_THE_CLOUD.contains(&field.as_str())
            || kind.read_only.contains(&field)
            || (exists && kind.fixed.contains(&field));
        if of_the_cloud {
            if behavior.read_only_fields == ReadOnlyFields::Refused {
                return Err(Refusal::with_reason(&field, "read-only field"));
            }
            continue;
        }
        let removal = exists && behavior.minus_removes && field.starts_with('-');
        let known = kind.fields.is_empty() || removal || kind.fields.contains(&field);
        match behavior.unknown_fields {
            UnknownFields::Refused if !known => return Err(Refusal::with_reason(&field, "unknown field")),
            UnknownFields::Ignored if !known => {}
            _ => drop(taken.insert(field, value)),
        }
    }
    Ok(taken)
}

fn apply(name: &str, kind: &Kind, behavior: &Behavior, found: &Fields, given: Fields) -> Result<Fields, Refusal> {
    let mut fields = found.clone();
    for (field, mut value) in given {
        if let Some(removed) = field.strip_prefix('-').filter(|_| behavior.minus_removes) {
            if kind.required.iter().any(|required| required == removed) {
                return Err(Refusal::new(removed, "This field is required."));
            }
            fields.shift_remove(removed);
            continue;
        }
        let is_name = matches!(field.as_str(), "name" | "ssid") && kind.required.contains(&field);
        if is_name && value.as_str().is_none_or(|text| text.trim().is_empty()) {
            return Err(Refusal::new(&field, "This field may not be blank."));
        }
        if value.is_null() {
            match behavior.given_null {
                GivenNull::Kept => {}
                GivenNull::Removes => {
                    fields.shift_remove(&field);
                    continue;
                }
                GivenNull::Ignored => continue,
                GivenNull::Refused => return Err(Refusal::new(&field, "This field may not be null.")),
            }
        }
        normalize(behavior, name, &mut vec![field.clone()], &mut value);
        match (behavior.nested, fields.get_mut(&field), value) {
            (Nested::Merged, Some(Value::Object(old)), Value::Object(new)) => merge(old, new),
            (_, _, value) => drop(fields.insert(field, value)),
        }
    }
    ignore(behavior, name, found, &mut fields, &mut Vec::new());
    Ok(fields)
}

fn merge(old: &mut Fields, new: Fields) {
    for (key, value) in new {
        match (old.get_mut(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new),
            (_, Value::Null) => drop(old.shift_remove(&key)),
            (_, value) => drop(old.insert(key, value)),
        }
    }
}

/// Restores the fields that a request cannot set.
fn ignore(behavior: &Behavior, name: &str, found: &Fields, fields: &mut Fields, path: &mut Vec<String>) {
    if behavior.ignored.is_empty() {
        return;
    }
    let keys: Vec<String> = found.keys().chain(fields.keys()).cloned().collect();
    for key in keys {
        path.push(key.clone());
        let steps: Vec<&str> = path.iter().map(String::as_str).collect();
        if behavior.ignored.iter().any(|ignored| names_field(ignored, name, &steps)) {
            match found.get(&key) {
                Some(value) => drop(fields.insert(key, value.clone())),
                None => drop(fields.shift_remove(&key)),
            }
        } else if let Some(Value::Object(inner)) = fields.get_mut(&key) {
            let empty = Fields::new();
            let before = found.get(&key).and_then(Value::as_object).unwrap_or(&empty);
            ignore(behavior, name, before, inner, path);
        }
        path.pop();
    }
}

fn normalize(behavior: &Behavior, name: &str, path: &mut Vec<String>, value: &mut Value) {
    if behavior.normalized.is_empty() {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (key, inner) in fields.iter_mut() {
                path.push(key.clone());
                normalize(behavior, name, path, inner);
                path.pop();
            }
        }
        Value::Array(items) => {
            path.push("[]".to_owned());
            items.iter_mut().for_each(|item| normalize(behavior, name, path, item));
            path.pop();
        }
        _ => {}
    }
    let steps: Vec<&str> = path.iter().map(String::as_str).collect();
    for (_, form) in behavior.normalized.iter().filter(|(field, _)| names_field(field, name, &steps)) {
        *value = normal(*form, value.take());
    }
}

fn normal(form: Normalization, value: Value) -> Value {
    match (form, value) {
        (Normalization::Lowercase, Value::String(text)) => json!(text.to_lowercase()),
        (Normalization::Uppercase, Value::String(text)) => json!(text.to_uppercase()),
        (Normalization::Trimmed, Value::String(text)) => json!(text.trim()),
        (Normalization::BareMac, Value::String(text)) => json!(text.replace([':', '-', '.'], "").to_lowercase()),
        (Normalization::Text, Value::Number(number)) => json!(number.to_string()),
        (Normalization::Text, Value::Bool(boolean)) => json!(boolean.to_string()),
        (Normalization::Boolean, Value::String(text)) => match text.to_ascii_lowercase().as_str() {
            "true" => json!(true),
            "false" => json!(false),
            _ => Value::String(text),
        },
        (Normalization::Number, Value::String(text)) => match text.parse::<serde_json::Number>() {
            Ok(number) => Value::Number(number),
            Err(_) => Value::String(text),
        },
        (Normalization::Sorted, Value::Array(mut items)) => {
            items.sort_by_key(Value::to_string);
            Value::Array(items)
        }
        (Normalization::Unique, Value::Array(items)) => {
            let mut unique: Vec<Value> = Vec::new();
            for item in items {
                if !unique.contains(&item) {
                    unique.push(item);
                }
            }
            Value::Array(unique)
        }
        (Normalization::Cut(most), Value::String(text)) => json!(text.chars().take(most).collect::<String>()),
        (_, value) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::super::document;
    use super::*;

    fn fields(value: Value) -> Fields {
        value.as_object().cloned().unwrap()
    }

    fn put(behavior: &Behavior, found: Value, given: Value) -> Value {
        let kind = document::kind("org", "wlans").unwrap();
        json!(changed("wlans", kind, behavior, &fields(found), fields(given)).unwrap())
    }

    #[test]
    fn a_nested_dictionary_is_replaced_or_merged_and_a_list_always_replaced() {
        let (found, given) =
            (json!({"a": {"x": 1, "y": {"p": 1}}, "l": [1, 2]}), json!({"a": {"y": {"q": 2}}, "l": [3]}));
        let replaced = put(&Behavior::default(), found.clone(), given.clone());
        assert_eq!(replaced, json!({"a": {"y": {"q": 2}}, "l": [3]}));
        let merging = Behavior { nested: Nested::Merged, ..Behavior::default() };
        let merged = put(&merging, found.clone(), given);
        assert_eq!(merged, json!({"a": {"x": 1, "y": {"p": 1, "q": 2}}, "l": [3]}));
        assert_eq!(put(&merging, found, json!({"a": {"x": null}})), json!({"a": {"y": {"p": 1}}, "l": [1, 2]}));
    }

    #[test]
    fn a_field_with_a_minus_is_removed_unless_it_is_required() {
        assert_eq!(put(&Behavior::default(), json!({"ssid": "a", "b": 1}), json!({"-b": ""})), json!({"ssid": "a"}));
        let kept = Behavior { minus_removes: false, ..Behavior::default() };
        assert_eq!(put(&kept, json!({"b": 1}), json!({"-b": ""})), json!({"b": 1, "-b": ""}));
        let kind = document::kind("org", "wlans").unwrap();
        let given = fields(json!({"-ssid": ""}));
        assert!(changed("wlans", kind, &Behavior::default(), &Fields::new(), given).is_err());
    }

    #[test]
    fn a_null_is_kept_removes_is_ignored_or_refused() {
        for (given_null, expected) in [
            (GivenNull::Kept, Some(json!({"b": null}))),
            (GivenNull::Removes, Some(json!({}))),
            (GivenNull::Ignored, Some(json!({"b": 1}))),
            (GivenNull::Refused, None),
        ] {
            let behavior = Behavior { given_null, ..Behavior::default() };
            let kind = document::kind("org", "wlans").unwrap();
            let after = changed("wlans", kind, &behavior, &fields(json!({"b": 1})), fields(json!({"b": null})));
            assert_eq!(after.ok().map(Value::Object), expected, "{given_null:?}");
        }
    }

    #[test]
    fn ignored_fields_keep_their_values_at_any_depth() {
        let ignored = vec!["vlan_id".to_owned(), "wlans:auth.type".to_owned(), "psks:ssid".to_owned()];
        let behavior = Behavior { ignored, ..Behavior::default() };
        let given = json!({"ssid": "new", "vlan_id": 3, "auth": {"type": "psk", "psk": "secret"}});
        let found = json!({"ssid": "old", "auth": {"type": "open"}});
        assert_eq!(put(&behavior, found, given), json!({"ssid": "new", "auth": {"type": "open", "psk": "secret"}}));
    }

    #[test]
    fn each_normal_form_changes_only_matching_values() {
        for (form, given, expected) in [
            (Normalization::Lowercase, json!("Ab"), json!("ab")),
            (Normalization::Uppercase, json!("Ab"), json!("AB")),
            (Normalization::Trimmed, json!(" a "), json!("a")),
            (Normalization::BareMac, json!("5C-5B-35-00-00-0A"), json!("5c5b3500000a")),
            (Normalization::Text, json!(7), json!("7")),
            (Normalization::Text, json!(true), json!("true")),
            (Normalization::Boolean, json!("True"), json!(true)),
            (Normalization::Boolean, json!("yes"), json!("yes")),
            (Normalization::Number, json!("7"), json!(7)),
            (Normalization::Number, json!("x"), json!("x")),
            (Normalization::Sorted, json!(["b", "a"]), json!(["a", "b"])),
            (Normalization::Unique, json!([1, 2, 1]), json!([1, 2])),
            (Normalization::Cut(2), json!("äöü"), json!("äö")),
            (Normalization::Lowercase, json!(7), json!(7)),
        ] {
            let normalized = [("auth_servers[].host".to_owned(), form)].into_iter().collect();
            let behavior = Behavior { normalized, ..Behavior::default() };
            let after = put(&behavior, json!({}), json!({"auth_servers": [{"host": given}]}));
            assert_eq!(after, json!({"auth_servers": [{"host": expected}]}), "{form:?}");
        }
    }

    #[test]
    fn list_items_are_filled_in_and_keep_their_ids() {
        let filling = fields(json!({"port": 1812, "id": "{uuid}"}));
        let behavior = Behavior {
            filled_in: [("auth_servers[]".to_owned(), filling)].into_iter().collect(),
            ..Behavior::default()
        };
        let first = put(&behavior, json!({}), json!({"auth_servers": [{"host": "a"}, {"host": "b", "port": 1645}]}));
        let servers = &first["auth_servers"];
        assert_eq!((&servers[0]["port"], &servers[1]["port"]), (&json!(1812), &json!(1645)));
        assert!(servers[0]["id"].as_str().is_some_and(random::is_uuid));
        assert_ne!(servers[0]["id"], servers[1]["id"]);
        let second = put(&behavior, first.clone(), json!({"auth_servers": [{"host": "a"}]}));
        assert_eq!(second["auth_servers"][0], servers[0], "the id of the item at this position stays");
    }

    #[test]
    fn a_put_without_a_required_field_can_be_refused() {
        let kind = document::kind("org", "wlans").unwrap();
        let strict = Behavior { required_in_put: true, ..Behavior::default() };
        let put = |behavior: &Behavior, given: Value| {
            changed("wlans", kind, behavior, &fields(json!({"ssid": "a"})), fields(given))
                .map_err(|refusal| refusal.field)
        };
        assert!(put(&Behavior::default(), json!({"enabled": true})).is_ok());
        assert_eq!(put(&strict, json!({"enabled": true})), Err("ssid".to_owned()));
        assert!(put(&strict, json!({"ssid": "a", "enabled": true})).is_ok());
    }

    #[test]
    fn a_new_object_needs_what_the_document_requires_and_gets_defaults_where_that_is_the_behavior() {
        let kind = document::kind("org", "wlans").unwrap();
        let create = |behavior: &Behavior, given: Value| created("wlans", kind, behavior, fields(given));
        let refusal = create(&Behavior::default(), json!({"enabled": true})).unwrap_err();
        assert_eq!((refusal.field.as_str(), refusal.reason), ("ssid", None));
        assert!(create(&Behavior::default(), json!({"ssid": " "})).is_err());
        let lax = Behavior { required_fields: false, ..Behavior::default() };
        assert_eq!(create(&lax, json!({"enabled": true})), Ok(fields(json!({"enabled": true}))));
        let defaults =
            [("*".to_owned(), fields(json!({"a": 1}))), ("wlans".to_owned(), fields(json!({"a": 2, "b": 3})))];
        let behavior =
            Behavior { document_defaults: true, defaults: defaults.into_iter().collect(), ..Behavior::default() };
        let made = create(&behavior, json!({"ssid": "x", "b": 9})).unwrap();
        assert_eq!((&made["a"], &made["b"], &made["enabled"]), (&json!(1), &json!(9), &json!(true)));
    }

    #[test]
    fn unknown_and_read_only_fields_are_kept_ignored_or_refused_with_a_reason() {
        let kind = document::kind("org", "wlans").unwrap();
        let given = || fields(json!({"ssid": "x", "gizmo": 1}));
        let behavior = |unknown_fields| Behavior { unknown_fields, ..Behavior::default() };
        let create = |unknown| created("wlans", kind, &behavior(unknown), given());
        assert_eq!(create(UnknownFields::Kept), Ok(given()));
        assert_eq!(create(UnknownFields::Ignored), Ok(fields(json!({"ssid": "x"}))));
        assert_eq!(create(UnknownFields::Refused).unwrap_err().reason.unwrap(), "unknown field: gizmo");
        let refusing = Behavior { read_only_fields: ReadOnlyFields::Refused, ..Behavior::default() };
        for (behavior, expected) in [(Behavior::default(), true), (refusing, false)] {
            for field in ["id", "created_time", "portal_sso_url"] {
                let given = fields(json!({"ssid": "x", field: "mine"}));
                let made = created("wlans", kind, &behavior, given);
                assert_eq!(made.map_err(drop), if expected { Ok(fields(json!({"ssid": "x"}))) } else { Err(()) });
            }
        }
    }
}
