//! What `--diff` shows of a call.

use crate::mist_api_request::secrets::masked;
use crate::mist_api_request::update::the_object;
use ansible_binary_module::Diff;
use serde_json::{Map, Value};

/// The diff of an update: of what is there, only that which is sent.
#[must_use]
pub fn of_update(path: &str, sent: &Value, found: &Value) -> Diff {
    let before = concerned(sent, the_object(sent, found));
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
