//! Secrets in objects, and objects without them. No I/O.

use crate::table::{Field, Schema};
use crate::value::{is_masked, is_nothing, join};
use serde_json::{Map, Value};

/// The mask in place of a secret.
pub const MASK: &str = "********";

/// The endings of names of secrets, for fields that the document does not have.
const NAMES: [&str; 8] = ["password", "passwd", "passphrase", "passcode", "secret", "psk", "apikey", "token"];

/// True for a secret: by the document, otherwise by its name.
pub(crate) fn is_secret(field: Field, name: &str) -> bool {
    if field.secret {
        return true;
    }
    let letters: String = name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase();
    field.is_plain() && NAMES.iter().any(|secret| letters.ends_with(secret) || letters.ends_with(&format!("{secret}s")))
}

/// The object with masked secrets.
#[must_use]
pub fn masked(schema: Schema, object: &Value) -> Value {
    let mut shown = object.clone();
    if let Value::Object(fields) = &mut shown {
        each(schema, fields, "", &mut |_, value| *value = Value::String(MASK.to_owned()));
    }
    shown
}

/// Both objects with masked secrets. Masks of different secrets differ. A secret that one object hides or masks is omitted in
/// both, because it cannot be compared.
#[must_use]
pub fn masked_both(schema: Schema, before: &Value, after: &Value) -> (Value, Value) {
    let (old, new) = (secrets(schema, before), secrets(schema, after));
    let show = |object: &Value, others: &[(String, Value)], word: &str| {
        let mut shown = object.clone();
        if let Value::Object(fields) = &mut shown {
            each(schema, fields, "", &mut |path, value| {
                let other = others.iter().find(|(other, theirs)| other == path && !is_masked(theirs));
                *value = match other {
                    Some((_, theirs)) if theirs == value => Value::String(MASK.to_owned()),
                    Some(_) if !is_masked(value) => Value::String(format!("{MASK} ({word})")),
                    _ => Value::Null,
                };
            });
            drop_null_secrets(schema, fields);
        }
        shown
    };
    (show(before, &new, "before"), show(after, &old, "after"))
}

/// The object without secrets, and the dotted paths of the secrets.
#[must_use]
pub fn without(schema: Schema, object: &Value) -> (Value, Vec<String>) {
    let paths: Vec<String> = secrets(schema, object).into_iter().map(|(path, _)| path).collect();
    let mut rest = object.clone();
    if let Value::Object(fields) = &mut rest {
        each(schema, fields, "", &mut |_, value| *value = Value::Null);
        drop_null_secrets(schema, fields);
    }
    (rest, paths)
}

/// Every secret with its dotted path.
#[must_use]
pub fn secrets(schema: Schema, object: &Value) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let mut copy = object.clone();
    if let Value::Object(fields) = &mut copy {
        each(schema, fields, "", &mut |path, value| found.push((path.to_owned(), value.clone())));
    }
    found
}

/// The text of every secret.
#[must_use]
pub fn texts(schema: Schema, object: &Value) -> Vec<String> {
    let mut all = Vec::new();
    for (_, value) in secrets(schema, object) {
        collect(&value, &mut all);
    }
    all
}

fn collect(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::String(text) if !text.is_empty() => all.push(text.clone()),
        Value::Number(number) => all.push(number.to_string()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, all)),
        Value::Object(fields) => fields.values().for_each(|value| collect(value, all)),
        _ => {}
    }
}

fn each(schema: Schema, fields: &mut Map<String, Value>, path: &str, act: &mut dyn FnMut(&str, &mut Value)) {
    for (name, value) in fields.iter_mut() {
        let field = schema.field(name);
        let here = join(path, name);
        if is_secret(field, name) {
            if !is_nothing(value) {
                act(&here, value);
            }
        } else {
            inside(field, value, &here, act);
        }
    }
}

fn inside(field: Field, value: &mut Value, path: &str, act: &mut dyn FnMut(&str, &mut Value)) {
    match value {
        Value::Object(fields) => each(field.schema, fields, path, act),
        Value::Array(items) => {
            for (number, item) in items.iter_mut().enumerate() {
                inside(field.item(), item, &format!("{path}[{number}]"), act);
            }
        }
        _ => {}
    }
}

fn drop_null_secrets(schema: Schema, fields: &mut Map<String, Value>) {
    fields.retain(|name, value| {
        let field = schema.field(name);
        drop_inside(field, value);
        !(is_secret(field, name) && value.is_null())
    });
}

fn drop_inside(field: Field, value: &mut Value) {
    match value {
        Value::Object(inner) => drop_null_secrets(field.schema, inner),
        Value::Array(items) => items.iter_mut().for_each(|item| drop_inside(field.item(), item)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{Level, kind};
    use serde_json::json;

    #[test]
    fn secrets_are_masked_at_every_depth_by_the_document_and_elsewhere_by_name() {
        let wlans = kind(Level::Org, "wlans").unwrap().schema;
        let object = json!({"ssid": "x", "auth": {"psk": "one", "keys": ["two"], "type": "psk"},
            "auth_servers": [{"host": "h", "secret": "three"}], "new_secret": "four", "portal_api_secret": ""});
        let shown = masked(wlans, &object);
        assert_eq!(
            shown,
            json!({"ssid": "x", "auth": {"psk": MASK, "keys": MASK, "type": "psk"},
            "auth_servers": [{"host": "h", "secret": MASK}], "new_secret": MASK, "portal_api_secret": ""})
        );
        assert_eq!(texts(wlans, &object), ["one", "two", "three", "four"]);
        let (rest, left_out) = without(wlans, &object);
        assert_eq!(rest["auth"], json!({"type": "psk"}));
        assert_eq!(left_out, ["auth.psk", "auth.keys", "auth_servers[0].secret", "new_secret"]);
    }

    #[test]
    fn a_changed_secret_is_shown_as_changed_without_its_value() {
        let wlans = kind(Level::Org, "wlans").unwrap().schema;
        let psk = |psk: &str| json!({"auth": {"psk": psk}});
        let (before, after) = masked_both(wlans, &psk("one"), &psk("two"));
        assert_eq!((before, after), (psk("******** (before)"), psk("******** (after)")));
        assert_eq!(masked_both(wlans, &psk("one"), &psk("one")), (psk(MASK), psk(MASK)));
    }

    #[test]
    fn a_mask_is_recognized() {
        for mask in ["***", "********", "1qkb...QQCL", "ab***"] {
            assert!(is_masked(&json!(mask)), "{mask}");
        }
        for secret in ["**", "secret", "a very long start ... and end", "", "..."] {
            assert!(!is_masked(&json!(secret)), "{secret}");
        }
        assert!(is_masked(&json!(["***"])) && !is_masked(&json!([])) && !is_masked(&json!(["***", "x"])));
    }
}
