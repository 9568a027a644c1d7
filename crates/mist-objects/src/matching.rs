//! Identifies an object among those found. No I/O.

use crate::error::ObjectError;
use crate::table::Kind;
use crate::value::{is_nothing, text};
use serde_json::{Map, Value};

/// The fields that identify an object: by default those of the kind.
///
/// # Errors
/// No field identifies objects of the kind, or one of the fields is not declared.
pub fn fields(kind: &Kind, asked: &[String], declared: &Map<String, Value>) -> Result<Vec<String>, ObjectError> {
    let own = asked.is_empty();
    let mut fields: Vec<String> = if own { kind.key.clone() } else { asked.to_vec() };
    if own
        && let Some(also) =
            kind.key_where_declared.as_ref().filter(|also| declared.get(*also).is_some_and(|value| !is_nothing(value)))
    {
        fields.push(also.clone());
    }
    if fields.is_empty() {
        return Err(ObjectError::NoKey);
    }
    for field in &mut fields {
        // A name has become an id.
        if at(declared, field).is_none()
            && let Some((target, _)) = kind.schema.named_reference(field)
        {
            *field = target;
        }
        if at(declared, field).is_none_or(is_nothing) {
            return Err(ObjectError::KeyNotDeclared { field: field.clone() });
        }
    }
    Ok(fields)
}

/// The comparable values of these fields. `None` if one is missing.
#[must_use]
pub fn key(fields: &[String], object: &Map<String, Value>) -> Option<Vec<String>> {
    fields
        .iter()
        .map(|field| {
            let value = at(object, field).filter(|value| !is_nothing(value))?;
            Some(if field == "mac" { mac(&text(value)) } else { text(value) })
        })
        .collect()
}

/// The name of an object for messages.
#[must_use]
pub fn title(fields: &[String], object: &Map<String, Value>) -> String {
    let parts: Vec<String> = fields.iter().filter_map(|field| at(object, field).map(text)).collect();
    parts.join(" / ")
}

/// A MAC address as Mist keeps it: without separators, in lower case. Other text stays as it is.
#[must_use]
pub fn mac(address: &str) -> String {
    let bare: String = address.chars().filter(|character| !matches!(character, ':' | '-' | '.')).collect();
    let is_mac = bare.len() == 12 && bare.chars().all(|digit| digit.is_ascii_hexdigit());
    if is_mac { bare.to_ascii_lowercase() } else { address.to_owned() }
}

/// The value at a dotted path.
#[must_use]
pub fn at<'a>(object: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    if let Some(value) = object.get(path) {
        return Some(value);
    }
    let (first, rest) = path.split_once('.')?;
    at(object.get(first)?.as_object()?, rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Level, kind};
    use serde_json::json;

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn the_fields_of_the_kind_or_of_the_task_identify_an_object() {
        let wlans = kind(Level::Org, "wlans").unwrap();
        let asked = |fields: &[&str]| fields.iter().map(|field| (*field).to_owned()).collect::<Vec<_>>();
        for (given, declared, expected) in [
            (&[][..], json!({"ssid": "a"}), Ok(asked(&["ssid"]))),
            (&[], json!({"ssid": "a", "template_id": "t"}), Ok(asked(&["ssid", "template_id"]))),
            (&[], json!({"ssid": "a", "template_id": null}), Ok(asked(&["ssid"]))),
            (&["template"], json!({"ssid": "a", "template_id": "t"}), Ok(asked(&["template_id"]))),
            (&["ssid", "auth.type"], json!({"ssid": "a", "auth": {"type": "psk"}}), Ok(asked(&["ssid", "auth.type"]))),
            (&["apply_to"], json!({"ssid": "a"}), Err("apply_to")),
            (&[], json!({"ssid": ""}), Err("ssid")),
        ] {
            match (fields(&wlans, &asked(given), &object(declared)), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected),
                (Err(found), Err(field)) => assert_eq!(found, ObjectError::KeyNotDeclared { field: field.to_owned() }),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_mac_address_is_the_same_in_every_form() {
        let fields = ["mac".to_owned()];
        let key = |mac: &str| key(&fields, &object(json!({"mac": mac})));
        assert_eq!(key("5C-5B-35-00-00-0A"), key("5c5b3500000a"));
        assert_eq!(key("5c:5b:35:00:00:0a"), key("5c5b.3500.000a"));
        assert_ne!(key("x-y"), key("xy"));
        assert_eq!(key(""), None);
    }
}
