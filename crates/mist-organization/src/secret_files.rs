//! Secrets from another folder or a dictionary, which are added to declarations. No I/O.

use crate::declaration::{MATCH, TWIN, canonical, title};
use crate::desired::{DesiredObject, Origin, ReadError, ReadFault};
use crate::layout::{self, Place};
use crate::read::Texts;
use mist_objects::plan::Fields;
use mist_objects::secrets;
use mist_objects::source;
use mist_objects::table::{Kind, Schema};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Secrets by folder of the site, kind and title.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    all: BTreeMap<(Option<String>, String, String), Vec<Fields>>,
    pub errors: Vec<ReadError>,
}

impl Secrets {
    /// Adds those of a folder.
    pub fn add_folder(&mut self, texts: &Texts) {
        for (path, text) in &texts.0 {
            let Some(Place::Objects { site, word, .. }) = layout::place(path) else { continue };
            let Some(kind) = layout::kind(site.is_some(), &word) else { continue };
            let objects = text.clone().and_then(|text| match source::many(path, &text, kind.schema) {
                Err(_) => source::one(path, &text, kind.schema).map(|object| vec![object]),
                objects => objects,
            });
            match objects {
                Ok(objects) => {
                    for object in objects {
                        let title = title(&kind, &Value::Object(object.clone()));
                        self.all.entry((site.clone(), word.clone(), title)).or_default().push(object);
                    }
                }
                Err(error) => {
                    self.errors.push(ReadError { origin: Origin::file(path), fault: ReadFault::Source(error) });
                }
            }
        }
    }

    /// Adds those of one object. `key` is its title, or empty for a setting.
    pub fn add_object(&mut self, site: Option<&str>, kind: &Kind, key: &str, object: Fields) {
        self.all.entry((site.map(str::to_owned), kind.word.clone(), key.to_owned())).or_default().push(object);
    }

    /// Adds the secrets of an object to its declaration.
    pub fn add(&self, site: Option<&str>, object: &mut DesiredObject) {
        if self.all.is_empty() {
            return;
        }
        let kind = &object.kind;
        let titles = [title(kind, &Value::Object(object.fields.clone())), object.name().unwrap_or_default().to_owned()];
        let found =
            titles.iter().find_map(|title| self.all.get(&(site.map(str::to_owned), kind.word.clone(), title.clone())));
        let Some(several) = found else { return };
        // Of several objects with one key, the one that agrees in everything that both declare.
        let fits = |overlay: &&Fields| {
            overlay.iter().all(|(name, value)| {
                matches!(name.as_str(), MATCH | TWIN)
                    || !object.fields.contains_key(name)
                    || value.is_object()
                    || value.is_array()
                    || object.fields.get(name) == Some(value)
            })
        };
        let Some(overlay) = several.iter().find(fits) else { return };
        add_missing(kind.schema, &mut object.fields, overlay);
    }

    /// The texts of all secrets, to be hidden.
    #[must_use]
    pub fn texts(&self) -> Vec<String> {
        let mut all = Vec::new();
        for ((site, word, _), objects) in &self.all {
            let Some(kind) = layout::kind(site.is_some(), word) else { continue };
            for object in objects {
                all.extend(secrets::texts(kind.schema, &Value::Object(object.clone())));
            }
        }
        all
    }
}

/// Adds fields that are not declared. Items of lists belong together if all scalars that both have are equal.
fn add_missing(schema: Schema, fields: &mut Fields, more: &Map<String, Value>) {
    for (name, value) in more {
        if matches!(name.as_str(), MATCH | TWIN) {
            continue;
        }
        let field = schema.field(name);
        match (fields.get_mut(name), value) {
            (None, value) => drop(fields.insert(name.clone(), value.clone())),
            (Some(Value::Object(there)), Value::Object(value)) => add_missing(field.schema, there, value),
            (Some(Value::Array(there)), Value::Array(items)) => {
                for item in items.iter().filter_map(Value::as_object) {
                    let same = |there: &&mut Value| there.as_object().is_some_and(|there| agree(there, item));
                    if let Some(Value::Object(there)) = there.iter_mut().find(same) {
                        add_missing(field.item().schema, there, item);
                    }
                }
            }
            // A declared field stays.
            (Some(_), _) => {}
        }
    }
}

fn agree(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    one.iter().all(|(name, value)| other.get(name).is_none_or(|there| canonical(there) == canonical(value)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mist_objects::table::{Level, kind};
    use serde_json::json;
    use std::sync::Arc;

    #[test]
    fn secrets_are_added_by_what_locates_them_and_override_nothing() {
        let wlans = Arc::new(kind(Level::Org, "wlans").unwrap());
        let fields = |value: Value| value.as_object().cloned().unwrap();
        let mut secrets = Secrets::default();
        let servers = json!([{"host": "b", "secret": "two"}, {"host": "a", "secret": "one"}]);
        secrets.add_object(
            None,
            &wlans,
            "s",
            fields(json!({"ssid": "s", "auth": {"psk": "p"}, "auth_servers": servers, "vlan_id": 7})),
        );
        let mut object = DesiredObject::new(Origin::default(), wlans);
        object.fields = fields(
            json!({"ssid": "s", "auth": {"type": "psk"}, "vlan_id": 7, "auth_servers": [{"host": "a"}, {"host": "b", "secret": "mine"}]}),
        );
        secrets.add(None, &mut object);
        assert_eq!(
            Value::Object(object.fields),
            json!({"ssid": "s", "auth": {"type": "psk", "psk": "p"}, "vlan_id": 7,
                "auth_servers": [{"host": "a", "secret": "one"}, {"host": "b", "secret": "mine"}]})
        );
    }
}
