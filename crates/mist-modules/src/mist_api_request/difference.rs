//! Whether what is sent differs from what is there, and what `--diff` shows of it.

use crate::mist_api_request::secrets::masked;
use ansible_binary_module::Diff;
use serde_json::{Map, Value};

/// Whether `sent` asks for anything that `found` has not: every field of a dictionary, and within it again; lists and
/// everything else as a whole. Fields that are not sent do not count, and nothing is the same as `null`.
#[must_use]
pub fn differs(sent: &Value, found: &Value) -> bool {
    match (sent, found) {
        (Value::Object(sent), Value::Object(found)) => {
            sent.iter().any(|(name, value)| differs(value, found.get(name).unwrap_or(&Value::Null)))
        }
        _ => !same(sent, found),
    }
}

/// Equality, in which `1` and `1.0` are the same number: the cloud may write it the other way.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || ((one.is_f64() || other.is_f64()) && one.as_f64() == other.as_f64())
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(name, value)| other.get(name).is_some_and(|other| same(value, other)))
        }
        _ => one == other,
    }
}

/// The diff of an update: of what is there, only that which is sent.
#[must_use]
pub fn of_update(path: &str, sent: &Value, found: &Value) -> Diff {
    let before = concerned(sent, found);
    Diff::new(masked(&before, sent, "before"), masked(sent, &before, "after")).headed(path)
}

/// The diff of a creation: there was nothing.
#[must_use]
pub fn of_creation(path: &str, sent: &Value) -> Diff {
    Diff::new(Map::new(), masked(sent, &Value::Null, "after")).headed(path)
}

/// The diff of a deletion: what was there was not looked at.
#[must_use]
pub fn of_deletion(path: &str) -> Diff {
    Diff::new(format!("{path}\n"), "").headed(path)
}

/// The part of `found` that `sent` is about.
fn concerned(sent: &Value, found: &Value) -> Value {
    match (sent, found) {
        (Value::Object(sent), Value::Object(found)) => {
            let part = |(name, value): (&String, &Value)| Some((name.clone(), concerned(value, found.get(name)?)));
            Value::Object(sent.iter().filter_map(part).collect())
        }
        _ => found.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_sent_and_other_is_a_difference() {
        let found = json!({
            "name": "Lobby", "rssi": -67, "ratio": 1.0, "tags": ["a", "b"], "none": null, "vars": {"vlan": "10", "x": 1},
            "servers": [{"host": "h", "port": 1}], "id": "i",
        });
        for (sent, differing) in [
            (json!({}), false),
            (json!({"name": "Lobby"}), false),
            (json!({"name": "lobby"}), true),
            (json!({"rssi": -67.0, "ratio": 1}), false),
            (json!({"rssi": "-67"}), true),
            (json!({"tags": ["a", "b"]}), false),
            (json!({"tags": ["b", "a"]}), true),
            (json!({"tags": ["a"]}), true),
            (json!({"vars": {"vlan": "10"}}), false),
            (json!({"vars": {"vlan": "11"}}), true),
            (json!({"vars": {"new": "1"}}), true),
            (json!({"vars": {}}), false),
            (json!({"vars": []}), true),
            (json!({"servers": [{"host": "h", "port": 1.0}]}), false),
            (json!({"servers": [{"host": "h"}]}), true),
            (json!({"none": null, "missing": null}), false),
            (json!({"name": null}), true),
            (json!({"missing": false}), true),
            (json!([]), true),
        ] {
            assert_eq!(differs(&sent, &found), differing, "{sent}");
        }
        assert!(!differs(&json!([1, 2]), &json!([1, 2])));
        assert!(differs(&json!({"a": 1}), &json!([])) && differs(&json!({"a": 1}), &Value::Null));
        let large = 9_007_199_254_740_993_u64;
        assert!(differs(&json!(large), &json!(large - 1)), "whole numbers are not rounded");
    }

    #[test]
    fn the_diff_shows_what_is_sent_and_nothing_else() {
        let found = json!({"name": "old", "id": "i", "auth": {"psk": "old-psk", "type": "psk"}, "tags": ["a"]});
        let sent = json!({"name": "new", "auth": {"psk": "new-psk"}, "tags": ["b"], "extra": 1});
        let diff = of_update("PUT /x", &sent, &found);
        assert_eq!(diff.before, json!({"name": "old", "auth": {"psk": "******** (before)"}, "tags": ["a"]}));
        assert_eq!(diff.after, json!({"name": "new", "auth": {"psk": "******** (after)"}, "tags": ["b"], "extra": 1}));
        assert_eq!(diff.before_header.as_deref(), Some("PUT /x"));
    }

    #[test]
    fn a_creation_comes_from_nothing_and_a_deletion_leads_there() {
        let made = of_creation("POST /x", &json!({"name": "n", "psk": "geheim"}));
        assert_eq!((made.before, made.after), (json!({}), json!({"name": "n", "psk": "******** (after)"})));
        let gone = of_deletion("DELETE /x");
        assert_eq!((gone.before, gone.after), (json!("DELETE /x\n"), json!("")));
    }
}
