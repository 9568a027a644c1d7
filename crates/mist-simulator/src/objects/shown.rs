//! The response for an object: what the cloud shows of the fields that it keeps.

use super::document::Kind;
use crate::behavior::{Behavior, Empty, Secrets, names_collection, names_field};
use serde_json::{Map, Value, json};

/// The request that an object is shown for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    /// The response to a creation or an update.
    AfterWriting,
    /// Reading one object.
    Read,
    /// A list.
    Listed,
}

/// The object as it is shown.
pub(crate) fn shown(name: &str, kind: &Kind, behavior: &Behavior, mut fields: Map<String, Value>, view: View) -> Value {
    if view == View::Listed {
        if names_collection(&behavior.summaries, name) {
            fields.retain(|_, value| !value.is_array() && !value.is_object());
        }
        if !behavior.whole_lists {
            kind.summary.iter().for_each(|field| drop(fields.shift_remove(field)));
        }
    }
    let mut value = Value::Object(fields);
    let secrets = match behavior.secrets {
        Secrets::ShownOnce if view == View::AfterWriting => Secrets::Shown,
        Secrets::ShownOnce => Secrets::Masked,
        other => other,
    };
    if secrets != Secrets::Shown {
        cover(&Cover { name, kind, behavior, secrets }, &mut value, &mut Vec::new());
    }
    if behavior.empty != Empty::Kept || behavior.null_left_out {
        tidy(behavior, &mut value);
    }
    value
}

struct Cover<'a> {
    name: &'a str,
    kind: &'a Kind,
    behavior: &'a Behavior,
    secrets: Secrets,
}

impl Cover<'_> {
    fn is_secret(&self, path: &[&str]) -> bool {
        self.kind.is_secret(path) || self.behavior.more_secrets.iter().any(|name| names_field(name, self.name, path))
    }
}

/// Masks or removes the secrets in a value, and returns whether the value itself stays.
fn cover(how: &Cover<'_>, value: &mut Value, path: &mut Vec<String>) -> bool {
    let steps: Vec<&str> = path.iter().map(String::as_str).collect();
    match value {
        Value::Object(fields) => fields.retain(|key, inner| {
            path.push(key.clone());
            let stays = cover(how, inner, path);
            path.pop();
            stays
        }),
        Value::Array(items) => {
            path.push("[]".to_owned());
            items.retain_mut(|item| cover(how, item, path));
            path.pop();
        }
        Value::String(text) if !text.is_empty() && how.is_secret(&steps) => {
            *value = json!(how.behavior.mask);
            return how.secrets == Secrets::Masked;
        }
        _ => {}
    }
    true
}

fn tidy(behavior: &Behavior, value: &mut Value) {
    match value {
        Value::Object(fields) => fields.retain(|_, inner| {
            tidy(behavior, inner);
            if is_empty(inner) {
                match behavior.empty {
                    Empty::Kept => {}
                    Empty::Null => *inner = Value::Null,
                    Empty::LeftOut => return false,
                }
            }
            !(behavior.null_left_out && inner.is_null())
        }),
        Value::Array(items) => items.iter_mut().for_each(|item| tidy(behavior, item)),
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::document;
    use super::*;

    fn show(behavior: &Behavior, fields: Value, view: View) -> Value {
        let kind = document::kind("org", "evpn_topologies").unwrap();
        shown("evpn_topologies", kind, behavior, fields.as_object().cloned().unwrap(), view)
    }

    #[test]
    fn secrets_are_shown_masked_hidden_or_shown_once() {
        let kind = document::kind("org", "wlans").unwrap();
        let show = |behavior: &Behavior, object: Value, view| {
            shown("wlans", kind, behavior, object.as_object().cloned().unwrap(), view)
        };
        let object = json!({"auth": {"psk": "s", "keys": ["k"], "type": "psk"}, "auth_servers": [{"secret": "s"}], "portal": {"password": ""}});
        let masked = json!({"auth": {"psk": "***", "keys": ["***"], "type": "psk"}, "auth_servers": [{"secret": "***"}], "portal": {"password": ""}});
        let hidden = json!({"auth": {"keys": [], "type": "psk"}, "auth_servers": [{}], "portal": {"password": ""}});
        for (secrets, read, written) in [
            (Secrets::Shown, &object, &object),
            (Secrets::Masked, &masked, &masked),
            (Secrets::Hidden, &hidden, &hidden),
            (Secrets::ShownOnce, &masked, &object),
        ] {
            let behavior = Behavior { secrets, ..Behavior::default() };
            assert_eq!(&show(&behavior, object.clone(), View::Read), read, "{secrets:?}");
            assert_eq!(&show(&behavior, object.clone(), View::AfterWriting), written, "{secrets:?}");
        }
    }

    #[test]
    fn more_secrets_are_masked_at_any_depth_with_any_mask() {
        let behavior = Behavior {
            secrets: Secrets::Masked,
            more_secrets: vec!["**.keywrap_kek".to_owned(), "evpn_topologies:headers.*".to_owned()],
            mask: "********".to_owned(),
            ..Behavior::default()
        };
        let object =
            json!({"a": [{"b": {"keywrap_kek": "1122"}}], "headers": {"Authorization": "Bearer x"}, "name": "n"});
        let masked =
            json!({"a": [{"b": {"keywrap_kek": "********"}}], "headers": {"Authorization": "********"}, "name": "n"});
        assert_eq!(show(&behavior, object, View::Read), masked);
    }

    #[test]
    fn empty_values_are_kept_null_or_omitted() {
        let object = json!({"a": "", "b": [], "c": {}, "d": null, "e": {"f": []}, "g": 0, "h": false});
        for (empty, null_left_out, expected) in [
            (Empty::Kept, false, object.clone()),
            (Empty::Kept, true, json!({"a": "", "b": [], "c": {}, "e": {"f": []}, "g": 0, "h": false})),
            (
                Empty::Null,
                false,
                json!({"a": null, "b": null, "c": null, "d": null, "e": {"f": null}, "g": 0, "h": false}),
            ),
            (Empty::LeftOut, true, json!({"g": 0, "h": false})),
        ] {
            let behavior = Behavior { empty, null_left_out, ..Behavior::default() };
            assert_eq!(show(&behavior, object.clone(), View::Read), expected, "{empty:?}");
        }
    }

    #[test]
    fn a_list_is_a_summary_by_the_document_or_by_behavior() {
        let object = json!({"name": "a", "switches": [1], "evpn_options": {"x": 1}});
        let behavior = Behavior::default();
        assert_eq!(show(&behavior, object.clone(), View::Read), object);
        assert_eq!(show(&behavior, object.clone(), View::Listed), json!({"name": "a", "evpn_options": {"x": 1}}));
        let summaries = Behavior { summaries: vec!["*".to_owned()], ..Behavior::default() };
        assert_eq!(show(&summaries, object.clone(), View::Listed), json!({"name": "a"}));
        let whole = Behavior { whole_lists: true, ..Behavior::default() };
        assert_eq!(show(&whole, object.clone(), View::Listed), object);
    }
}
