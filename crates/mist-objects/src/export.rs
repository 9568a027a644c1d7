//! From found objects to declarations, and filters. No I/O.

use crate::matching;
use crate::names::{self, Index};
use crate::plan::{self, Fields};
use crate::secrets;
use crate::table::{Kind, Schema};
use crate::value::{is_nothing, text};
use serde_json::Value;

/// An object as a declaration, and the paths of the secrets that it omits.
#[must_use]
pub fn as_declared(kind: &Kind, object: &Fields, index: &Index<'_>, include_secrets: bool) -> (Value, Vec<String>) {
    let rest: Fields = object
        .iter()
        .filter(|(name, value)| !kind.is_read_only(name) && !is_nothing(value) && !is_declared_elsewhere(kind, name))
        .map(|(name, value)| (name.clone(), without_read_only(kind.schema, name, value)))
        .collect();
    let named = names::with_names(kind.schema, &Value::Object(rest), index);
    if include_secrets { (named, Vec::new()) } else { secrets::without(kind.schema, &named) }
}

/// Each site has its site groups. Declared in both, neither could be created before the other.
fn is_declared_elsewhere(kind: &Kind, field: &str) -> bool {
    kind.word == "sitegroups" && field == "site_ids"
}

fn without_read_only(schema: Schema, name: &str, value: &Value) -> Value {
    let field = schema.field(name);
    fn inner(schema: Schema, value: &Value, deeper: crate::table::Field) -> Value {
        match value {
            Value::Object(fields) => Value::Object(
                fields
                    .iter()
                    .filter(|(name, _)| !schema.field(name).read_only)
                    .map(|(name, value)| (name.clone(), without_read_only(schema, name, value)))
                    .collect(),
            ),
            Value::Array(items) => {
                let item = deeper.item();
                Value::Array(items.iter().map(|value| inner(item.schema, value, item)).collect())
            }
            other => other.clone(),
        }
    }
    inner(field.schema, value, field)
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
        let (declared, left_out) = as_declared(&wlans, &found, &Index::new(&known), false);
        assert_eq!(declared, json!({"ssid": "x", "template": "T", "auth": {"type": "psk"}, "wxtag_ids": ["w"]}));
        assert_eq!(left_out, ["auth.psk"]);
        let (declared, left_out) = as_declared(&wlans, &found, &Index::new(&known), true);
        assert_eq!((declared["auth"]["psk"].as_str(), left_out.len()), (Some("secret"), 0));
    }

    #[test]
    fn the_sites_of_a_group_are_declared_by_the_sites() {
        let groups = kind(Level::Org, "sitegroups").unwrap();
        let found = object(json!({"id": "i", "name": "East", "site_ids": ["s"]}));
        assert_eq!(as_declared(&groups, &found, &Index::new(&Known::new()), false).0, json!({"name": "East"}));
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
