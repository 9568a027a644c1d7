//! Conditions that choose objects: `{ssid: Staff, auth.type: [psk, eap], template: Branch*}`. No I/O: a caller lists the kinds that
//! [`Filter::needed`] returns.

use crate::error::NameError;
use crate::matching::mac_address;
use crate::names::Known;
use crate::plan::Fields;
use crate::table::{Field, Schema};
use crate::value::{is_nothing, text};
use mist_client::suggest::Candidates;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// True if a text matches a pattern.
pub type Matches<'a> = dyn Fn(&str, &str) -> bool + 'a;

/// Conditions that an object meets all of.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Filter(Vec<Condition>);

#[derive(Clone, Debug, PartialEq)]
struct Condition {
    /// As given.
    path: String,
    /// The path of the values: with a name in place of an id, that of the id.
    target: String,
    /// The kind whose names the values are.
    named: Option<&'static str>,
    /// One of these is enough. Empty values are `null`.
    any: Vec<Value>,
}

impl Filter {
    /// Reads conditions: a list of values means any of them.
    #[must_use]
    pub fn new(schema: Schema, conditions: &Fields) -> Self {
        let one = |(path, wanted): (&String, &Value)| {
            let (target, named) = target(schema, path);
            let any = match wanted {
                Value::Array(values) if !values.is_empty() => values.clone(),
                one => vec![one.clone()],
            };
            Condition { path: path.clone(), target, named, any }
        };
        Self(conditions.iter().map(one).collect())
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The kinds whose names the conditions have.
    #[must_use]
    pub fn needed(&self) -> BTreeSet<String> {
        self.0.iter().filter_map(|condition| condition.named).map(str::to_owned).collect()
    }

    /// The values of a top-level field that the conditions allow, if they are texts.
    #[must_use]
    pub fn values(&self, field: &str) -> Option<BTreeSet<String>> {
        let condition = self.0.iter().find(|condition| condition.path == field)?;
        condition.any.iter().map(|value| value.as_str().map(str::to_owned)).collect()
    }

    /// The filter with ids in place of names.
    ///
    /// # Errors
    /// Every name that no object has. A pattern may match none.
    pub fn resolved(
        mut self,
        known: &Known,
        is_pattern: &dyn Fn(&str) -> bool,
        matches: &Matches<'_>,
    ) -> Result<Self, Vec<NameError>> {
        let mut errors = Vec::new();
        for condition in &mut self.0 {
            let Some(word) = condition.named else { continue };
            let pairs = known.get(word).map(Vec::as_slice).unwrap_or_default();
            let mut ids = Vec::new();
            for value in &condition.any {
                if is_nothing(value) {
                    ids.push(Value::Null);
                    continue;
                }
                let name = text(value);
                let mut found = pairs.iter().filter(|(known, _)| *known == name || matches(&name, known)).peekable();
                if found.peek().is_none() && !is_pattern(&name) {
                    let candidates = Some(Candidates::new(&name, pairs.iter().map(|(known, _)| known.as_str())));
                    errors.push(NameError::Missing {
                        field: condition.path.clone(),
                        word: word.to_owned(),
                        name,
                        candidates,
                    });
                    continue;
                }
                ids.extend(found.map(|(_, id)| Value::String(id.clone())));
            }
            (condition.any, condition.named) = (ids, None);
        }
        if errors.is_empty() { Ok(self) } else { Err(errors) }
    }

    /// True if an object meets all conditions. A text can be a pattern for `matches`. In a list, one item is enough.
    #[must_use]
    pub fn fits(&self, object: &Fields, matches: &Matches<'_>) -> bool {
        self.0.iter().all(|condition| {
            let mut found = Vec::new();
            values_at(object, &condition.target, &mut found);
            condition.any.iter().any(|wanted| {
                if is_nothing(wanted) {
                    return found.iter().all(|value| is_nothing(value));
                }
                found.iter().any(|value| is_same(wanted, value, matches))
            })
        })
    }
}

/// The path of the values that a path means, and the kind whose names they are.
fn target(schema: Schema, path: &str) -> (String, Option<&'static str>) {
    let (above, last) = path.rsplit_once('.').map_or(("", path), |(above, last)| (above, last));
    let inner = above.split('.').filter(|step| !step.is_empty()).fold(schema, |schema, step| {
        let field = schema.field(step);
        if field.list { field.item().schema } else { field.schema }
    });
    let is_known = |name: &str| inner.known(name).is_some_and(|field| field != Field::default());
    match inner.named_reference(last).filter(|_| !is_known(last)) {
        Some((id, field)) if above.is_empty() => (id, field.reference),
        Some((id, field)) => (format!("{above}.{id}"), field.reference),
        None => (path.to_owned(), None),
    }
}

/// All values at a dotted path. A list on the way means each of its items, and a key may contain dots.
fn values_at<'a>(object: &'a Map<String, Value>, path: &str, found: &mut Vec<&'a Value>) {
    if let Some(value) = object.get(path) {
        return leaves(value, found);
    }
    for (end, _) in path.match_indices('.') {
        let (Some(value), Some(rest)) = (path.get(..end).and_then(|first| object.get(first)), path.get(end + 1..))
        else {
            continue;
        };
        inside(value, rest, found);
    }
}

fn inside<'a>(value: &'a Value, path: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(fields) => values_at(fields, path, found),
        Value::Array(items) => items.iter().for_each(|item| inside(item, path, found)),
        _ => {}
    }
}

/// The value, and the items of a list.
fn leaves<'a>(value: &'a Value, found: &mut Vec<&'a Value>) {
    found.push(value);
    if let Value::Array(items) = value {
        items.iter().for_each(|item| leaves(item, found));
    }
}

fn is_same(wanted: &Value, value: &Value, matches: &Matches<'_>) -> bool {
    match (wanted, value) {
        (_, Value::Object(_) | Value::Array(_)) => wanted == value,
        (Value::String(wanted), value) => {
            let value = text(value);
            *wanted == value || matches(wanted, &value) || is_same_mac(wanted, &value, matches)
        }
        (Value::Number(wanted), Value::String(value)) => wanted.to_string() == *value,
        (Value::Number(wanted), Value::Number(value)) => wanted == value || wanted.as_f64() == value.as_f64(),
        (wanted, value) => wanted == value,
    }
}

/// True for the same MAC address in any notation. A pattern may be the beginning of one: `5C:5B:35:*`.
fn is_same_mac(wanted: &str, value: &str, matches: &Matches<'_>) -> bool {
    mac_address(value).is_some_and(|value| matches(&mac_pattern(wanted), &value))
}

/// A pattern for MAC addresses as Mist keeps them. The separators in `[a-f]` stay.
#[must_use]
pub fn mac_pattern(pattern: &str) -> String {
    if pattern.contains('[') {
        return pattern.to_ascii_lowercase();
    }
    pattern.chars().filter(|character| !matches!(character, ':' | '-' | '.')).collect::<String>().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Level, kind};
    use serde_json::json;

    fn object(value: Value) -> Fields {
        value.as_object().cloned().unwrap()
    }

    fn matches(pattern: &str, text: &str) -> bool {
        match pattern.strip_suffix('*') {
            Some(start) => text.starts_with(start),
            None => pattern == text,
        }
    }

    #[test]
    fn an_object_is_chosen_by_values_patterns_paths_and_lists() {
        let found = object(json!({
            "name": "Branch 1", "vlan_id": 10, "auth": {"type": "psk"}, "groups": ["a", "b"], "none": null,
            "auth_servers": [{"host": "1.1.1.1", "port": 1812}, {"host": "1.1.1.2"}], "empty": [],
            "port_config": {"ge-0/0/0.100": {"usage": "ap"}}, "mac": "5c5b35000001", "macs": ["5c5b350000ff"],
        }));
        for (wanted, expected) in [
            (json!({}), true),
            (json!({"name": "Branch*"}), true),
            (json!({"name": "Branch"}), false),
            (json!({"vlan_id": 10, "auth.type": "psk"}), true),
            (json!({"vlan_id": "10"}), true),
            (json!({"vlan_id": [20, 10]}), true),
            (json!({"vlan_id": [20, 30]}), false),
            (json!({"auth.type": ["eap", "p*"]}), true),
            (json!({"groups": "b"}), true),
            (json!({"groups": "c"}), false),
            (json!({"groups": ["c", "a"]}), true),
            (json!({"auth_servers.host": "1.1.1.2"}), true),
            (json!({"auth_servers.host": "1.1.1.3"}), false),
            (json!({"auth_servers.port": 1812}), true),
            (json!({"port_config.ge-0/0/0.100.usage": "ap"}), true),
            (json!({"mac": "5C:5B:35:00:00:01"}), true),
            (json!({"mac": "5C-5B-35-*"}), true),
            (json!({"mac": "5C:5B:36:*"}), false),
            (json!({"macs": "5c:5b:35:00:00:ff"}), true),
            (json!({"none": null, "missing": null, "empty": null}), true),
            (json!({"name": null}), false),
            (json!({"name": [null, "Branch 1"]}), true),
            (json!({"missing": "*"}), false),
            (json!({"missing": [null, "x"]}), true),
        ] {
            let filter = Filter::new(Schema::default(), &object(wanted.clone()));
            assert_eq!(filter.fits(&found, &matches), expected, "{wanted}");
        }
    }

    #[test]
    fn names_are_in_place_of_ids() {
        let wlans = kind(Level::Org, "wlans").unwrap().schema;
        let pairs = [("Branch 1", "t1"), ("Branch 2", "t2"), ("Lab", "t3")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        let known: Known = [("templates".to_owned(), pairs.to_vec())].into();
        let found = object(json!({"ssid": "x", "template_id": "t2"}));
        let is_pattern = |text: &str| text.contains('*');
        for (wanted, expected) in [
            (json!({"template": "Branch 2"}), true),
            (json!({"template": "Branch*"}), true),
            (json!({"template": "None*"}), false),
            (json!({"template": ["Lab", "Branch 1"]}), false),
            (json!({"template": null}), false),
            (json!({"template_id": "t2"}), true),
        ] {
            let filter = Filter::new(wlans, &object(wanted.clone()));
            assert_eq!(filter.needed().len(), usize::from(wanted.get("template").is_some()));
            let filter = filter.resolved(&known, &is_pattern, &matches).unwrap();
            assert_eq!(filter.fits(&found, &matches), expected, "{wanted}");
        }
        let unknown = Filter::new(wlans, &object(json!({"template": "Lob"}))).resolved(&known, &is_pattern, &matches);
        let Err(errors) = unknown else { panic!() };
        assert!(matches!(errors.as_slice(), [NameError::Missing { name, .. }] if name == "Lob"), "{errors:?}");
    }
}
