//! From found objects to declarations, and filters. No I/O.

use crate::matching;
use crate::names::{self, Index, Unresolved};
use crate::plan::{self, Fields};
use crate::secrets;
use crate::table::{Field, Kind, Schema};
use crate::value::{Path, is_nothing, text};
use serde_json::Value;

/// Fields that the cloud derives, at any depth, whatever the document has.
const DERIVED: [&str; 5] = ["template_url", "ui_url", "thumbnail_url", "tzoffset", "last_seen"];

/// An object as a declaration.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exported {
    pub object: Value,
    /// The places of secrets that the object does not have: omitted, masked by the cloud, or required and not shown.
    pub secrets_left_out: Vec<Path>,
    /// The ids of other objects that have no unique name, with their places.
    pub unresolved: Vec<Unresolved>,
}

/// The object as a declaration: without the fields that only the cloud sets, with names in place of ids.
#[must_use]
pub fn as_declared(kind: &Kind, object: &Fields, index: &Index<'_>, include_secrets: bool) -> Exported {
    let rest: Fields = object
        .iter()
        .filter(|(name, value)| is_exported(kind, name, value))
        .filter(|(name, _)| !DERIVED.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), declarable(kind.schema.field(name), value)))
        .collect();
    let mut secrets_left_out = secrets::hidden_required(kind.schema, &rest);
    let (named, unresolved) = names::with_names(kind.schema, &Value::Object(rest), index);
    let (object, left_out) = if include_secrets {
        secrets::without_masks(kind.schema, &named)
    } else {
        secrets::without(kind.schema, &named)
    };
    secrets_left_out.splice(0..0, left_out);
    Exported { object, secrets_left_out, unresolved }
}

/// An empty value is exported only where an object cannot be created without it.
fn is_exported(kind: &Kind, name: &str, value: &Value) -> bool {
    let is_needed = || !value.is_null() && kind.schema.field(name).required;
    !kind.is_read_only(name) && (!is_nothing(value) || is_needed()) && !is_declared_elsewhere(kind, name)
}

/// Each site has its site groups. Declared in both, neither could be created before the other.
fn is_declared_elsewhere(kind: &Kind, field: &str) -> bool {
    kind.word == "sitegroups" && field == "site_ids"
}

/// The value without the fields that only the cloud sets. The own ids of items are among them, ids of other objects are not.
fn declarable(field: Field, value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let is_declared = |name: &str| {
                let inner = field.schema.field(name);
                let is_own_id = name == "id" && inner.reference.is_none();
                !(inner.read_only || is_own_id || DERIVED.contains(&name))
            };
            // The keys of a dictionary such as `vars` are names that a user chose.
            let is_free = field.schema == Schema::default() || field.schema.fields().any(|(name, _)| name == "*");
            let fields = fields.iter().filter(|(name, _)| is_free || is_declared(name));
            let deeper = fields.map(|(name, value)| (name.clone(), declarable(field.schema.field(name), value)));
            Value::Object(deeper.collect())
        }
        Value::Array(items) => {
            let item = field.item();
            Value::Array(items.iter().map(|value| declarable(item, value)).collect())
        }
        other => other.clone(),
    }
}

/// Sorts objects by the identifying fields of the kind, then by id. A new object with the same name keeps its position.
pub fn in_order(kind: &Kind, objects: &mut [Fields]) {
    objects.sort_by_cached_key(|object| {
        let key: Vec<String> =
            kind.key.iter().map(|field| matching::at(object, field).map(text).unwrap_or_default()).collect();
        (key, plan::id(kind, object))
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::Known;
    use crate::table::{Level, kind};
    use serde_json::json;

    fn object(value: Value) -> Fields {
        value.as_object().cloned().unwrap()
    }

    #[test]
    fn an_export_has_what_is_declared_and_no_secret() {
        let wlans = kind(Level::Org, "wlans").unwrap();
        let found = object(json!({"id": "i", "org_id": "o", "created_time": 1, "ssid": "x", "template_id": "t1",
            "auth": {"type": "psk", "psk": "secret"}, "vlan_ids": [], "portal_sso_url": "u", "wxtag_ids": ["w"]}));
        let known: Known = [("templates".to_owned(), vec![("T".to_owned(), "t1".to_owned())])].into_iter().collect();
        let Exported { object: declared, secrets_left_out: left_out, .. } =
            as_declared(&wlans, &found, &Index::new(&known), false);
        assert_eq!(declared, json!({"ssid": "x", "template": "T", "auth": {"type": "psk"}, "wxtag_ids": ["w"]}));
        assert_eq!(left_out, ["auth.psk"]);
        let exported = as_declared(&wlans, &found, &Index::new(&known), true);
        assert_eq!((exported.object["auth"]["psk"].as_str(), exported.secrets_left_out.len()), (Some("secret"), 0));
    }

    #[test]
    fn names_that_a_user_chose_are_no_fields_of_the_cloud() {
        let setting = kind(Level::Site, "setting").unwrap();
        let found = object(json!({"id": "i", "vars": {"id": "7", "ui_url": "x", "last_seen": "y"}}));
        let exported = as_declared(&setting, &found, &Index::new(&Known::new()), false);
        assert_eq!(exported.object, json!({"vars": {"id": "7", "ui_url": "x", "last_seen": "y"}}));
    }

    #[test]
    fn the_sites_of_a_group_are_declared_by_the_sites() {
        let groups = kind(Level::Org, "sitegroups").unwrap();
        let found = object(json!({"id": "i", "name": "East", "site_ids": ["s"]}));
        assert_eq!(as_declared(&groups, &found, &Index::new(&Known::new()), false).object, json!({"name": "East"}));
    }

    #[test]
    fn objects_are_in_the_order_of_their_keys_and_then_of_their_ids() {
        let order = |word: &str, objects: Value| {
            let kind = kind(Level::Org, word).unwrap();
            let mut objects: Vec<Fields> = objects.as_array().unwrap().iter().cloned().map(object).collect();
            in_order(&kind, &mut objects);
            objects.iter().map(|object| plan::id(&kind, object).unwrap()).collect::<Vec<_>>().join(" ")
        };
        let wlans = json!([{"id": "3", "ssid": "b"}, {"id": "2", "ssid": "a"}, {"id": "1", "ssid": "a", "name": "z"}, {"id": "4"}]);
        assert_eq!(order("wlans", wlans), "4 1 2 3");
        assert_eq!(
            order("guests", json!([{"mac": "5c5b35000002"}, {"mac": "5c5b35000001"}])),
            "5c5b35000001 5c5b35000002"
        );
    }
}
