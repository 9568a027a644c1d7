//! Which parts of a body, a query or an answer are secrets: those whose names say so.

use crate::mist_api_request::{document, encoding};
use mist_objects::table::Schema;
use serde_json::{Map, Value};

/// How a secret's name ends, with or without more before it (`wpa_psk`, `sharedSecret`, `api-key`, `rootpw`).
const ENDINGS: [&str; 17] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "pass",
    "pw",
    "secret",
    "psk",
    "key",
    "token",
    "community",
    "authorization",
    "credential",
    "otp",
    "bearer",
    "cookie",
];

/// The same for what must be a word of its own: `ping` is none, `user_pin` and `userPin` are.
const WORDS: [&str; 4] = ["pin", "cred", "jwt", "mfa"];

/// What ends like a secret's name and is none.
const OTHERS: [&str; 8] =
    ["publickey", "bypass", "compass", "encompass", "overpass", "underpass", "highpass", "lowpass"];

/// A text or number shorter than this is not masked in all of the result: it would be found in half of what is printed,
/// and keeps nobody out.
const SHORTEST: usize = 4;

/// What stands in a diff where a secret is the same before and after.
const SAME: &str = "********";

/// Returns true if a field of this name holds a secret.
#[must_use]
pub fn is_secret(name: &str) -> bool {
    let singular = |word: &str| word.strip_suffix('s').filter(|word| !word.ends_with('s')).unwrap_or(word).to_owned();
    let letters = singular(&name.chars().filter(char::is_ascii_alphabetic).collect::<String>().to_ascii_lowercase());
    let last_word = singular(&last_word(name));
    !OTHERS.iter().any(|other| letters.ends_with(other))
        && (ENDINGS.iter().any(|secret| letters.ends_with(secret)) || WORDS.contains(&last_word.as_str()))
}

/// The last word of a name, in small letters: after `_`, `-` or a small letter before a capital one.
fn last_word(name: &str) -> String {
    let name = name.trim_end_matches(|character: char| !character.is_ascii_alphabetic());
    let mut start = 0;
    let mut before = '_';
    for (at, character) in name.char_indices() {
        if !character.is_ascii_alphabetic() {
            start = at + character.len_utf8();
        } else if character.is_ascii_uppercase() && before.is_ascii_lowercase() {
            start = at;
        }
        before = character;
    }
    name.get(start..).unwrap_or_default().to_ascii_lowercase()
}

/// The secrets within a task's options that have no option of their own: in `body`, in `query`, and in the query of `path`.
#[must_use]
pub fn of_options(parameters: &Map<String, Value>) -> Vec<String> {
    let path = parameters.get("path").and_then(Value::as_str).unwrap_or_default();
    let query = parameters.get("query").and_then(Value::as_object);
    match parameters.get("body") {
        Some(Value::String(text)) => {
            let mut secrets = of_text(text, document::at(path));
            secrets.extend(of_call(path, &Value::Null, query));
            secrets
        }
        body => of_call(path, body.unwrap_or(&Value::Null), query),
    }
}

/// The secrets within a call.
#[must_use]
pub fn of_call(path: &str, body: &Value, query: Option<&Map<String, Value>>) -> Vec<String> {
    let mut secrets = Vec::new();
    of_body(body, document::at(path), &mut secrets);
    let mut parts = Vec::new();
    for (name, value) in query.into_iter().flatten() {
        of_value(value, is_secret(name), &mut parts);
    }
    for (name, value) in path.split_once('?').map(|(_, query)| encoding::split(query)).unwrap_or_default() {
        if is_secret(&encoding::decode(&name)) {
            let decoded = encoding::decode(&value);
            // As it stands in the option, too, where a character may be encoded that need not be.
            parts.extend([value, decoded]);
        }
    }
    for part in parts.into_iter().filter(|part| part.len() >= SHORTEST) {
        secrets.push(encoding::encode(&part));
        secrets.push(part);
    }
    secrets
}

/// The secrets within a JSON text; the whole text where they cannot be told apart in it.
fn of_text(text: &str, shape: Schema) -> Vec<String> {
    let Ok(body) = serde_json::from_str::<Value>(text) else {
        return vec![text.to_owned()];
    };
    let mut secrets = Vec::new();
    of_body(&body, shape, &mut secrets);
    // A secret that is written with other escapes than ours is not found in the text.
    if secrets.iter().any(|secret| !text.contains(secret.as_str())) {
        secrets.push(text.to_owned());
    }
    secrets
}

/// Those whose names say so, and those that the document knows.
fn of_body(body: &Value, shape: Schema, secrets: &mut Vec<String>) {
    of_value(body, false, secrets);
    let known = mist_objects::secrets::texts(shape, body);
    secrets.extend(known.into_iter().filter(|text| text.chars().count() >= SHORTEST));
    secrets.sort();
    secrets.dedup();
}

fn of_value(value: &Value, secret: bool, secrets: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(name, value)| of_value(value, secret || is_secret(name), secrets));
        }
        Value::Array(elements) => elements.iter().for_each(|element| of_value(element, secret, secrets)),
        Value::String(text) if secret && text.chars().count() >= SHORTEST => secrets.push(text.clone()),
        Value::Number(number) if secret && number.to_string().len() >= SHORTEST => secrets.push(number.to_string()),
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

/// `value` for a diff, its secrets masked. Where one differs from that of `other`, the other side, `word` tells so.
#[must_use]
pub fn masked(value: &Value, other: &Value, word: &str) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| {
                let other = other.get(name).unwrap_or(&Value::Null);
                let hidden = is_secret(name) && !matches!(value, Value::Null | Value::Bool(_));
                let shown = match hidden {
                    true if value == other => Value::from(SAME),
                    true => Value::from(format!("{SAME} ({word})")),
                    false => masked(value, other, word),
                };
                (name.clone(), shown)
            })
            .collect(),
        Value::Array(elements) => elements
            .iter()
            .enumerate()
            .map(|(number, element)| masked(element, other.get(number).unwrap_or(&Value::Null), word))
            .collect(),
        plain => plain.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_that_ends_like_a_secret_is_one() {
        for name in [
            "psk",
            "PSK",
            "password",
            "root_password",
            "password2",
            "shared-secret",
            "clientSecret",
            "api_key",
            "key",
            "keys",
            "apitoken",
            "passphrase",
            "snmp_community",
            "private_key",
            "passwords",
            "pwd",
            "rootpwd",
            "pass",
            "user_pass",
            "admin-pw",
            "Authorization",
            "proxy_authorization",
            "credentials",
            "otp",
            "totp",
            "pin",
            "PIN",
            "user_pin",
            "userPin",
            "pins",
            "pin2",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "",
            "name",
            "key_idx",
            "psk_usage",
            "token_type",
            "apitoken_id",
            "enable_psk_rotation",
            "public_key",
            "keyboard",
            "ssid",
            "bypass",
            "ping",
            "spin",
            "pin_length",
            "mapping",
            "pass_through",
            "authorization_type",
            "compass",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }

    fn found(options: Value) -> Vec<String> {
        of_options(options.as_object().unwrap())
    }

    #[test]
    fn secrets_are_found_in_body_query_and_path() {
        for (options, secrets) in [
            (json!({"body": {"name": "n", "auth": {"psk": "geheim!", "type": "psk"}}}), vec!["geheim!"]),
            (json!({"body": [{"keys": ["one-key", {"value": "two-key"}], "key_idx": 1}]}), vec!["one-key", "two-key"]),
            (json!({"body": {"password": 12_345_678}}), vec!["12345678"]),
            (json!({"body": {"psk": "abc", "key": 1, "secret": null, "token": true}}), vec![]),
            (json!({"body": r#"{"psk": "geheim"}"#}), vec!["geheim"]),
            (json!({"body": r#"{"psk": "ge\u0068eim"}"#}), vec!["geheim", r#"{"psk": "ge\u0068eim"}"#]),
            (json!({"body": "{psk: geheim}"}), vec!["{psk: geheim}"]),
            (json!({"query": {"token": "a b&c", "name": "x"}}), vec!["a%20b%26c", "a b&c"]),
            (json!({"path": "x?key=ge%68eim&name=y"}), vec!["ge%2568eim", "ge%68eim", "geheim", "geheim"]),
            (json!({"path": "self", "body": null, "query": null}), vec![]),
        ] {
            assert_eq!(found(options.clone()), secrets, "{options}");
        }
    }

    #[test]
    fn a_diff_tells_that_a_secret_differs_and_not_what_it_is() {
        let before =
            json!({"psk": "old", "password": "same", "list": [{"key": "a", "n": 1}], "secret": null, "key": [1]});
        let after =
            json!({"psk": "new", "password": "same", "list": [{"key": "b", "n": 2}], "secret": "x", "key": [1]});
        assert_eq!(
            masked(&before, &after, "before"),
            json!({"psk": "******** (before)", "password": "********", "list": [{"key": "******** (before)", "n": 1}], "secret": null, "key": "********"})
        );
        assert_eq!(
            masked(&after, &before, "after"),
            json!({"psk": "******** (after)", "password": "********", "list": [{"key": "******** (after)", "n": 2}], "secret": "******** (after)", "key": "********"})
        );
    }
}
