//! Finds the secrets in a body or query, by the names of fields and by Mist's document.

use super::{target, update};
use mist_client::path::{decode, encode};
use mist_objects::secrets::is_secret_name;
use mist_objects::table::Schema;
use serde_json::{Map, Value};

/// Shorter values are not masked: they occur too often in other text, and protect nothing.
const SHORTEST: usize = 4;

/// The text of an unchanged secret in a diff.
const SAME: &str = "********";

/// The secrets in the options `body`, `query` and `path`.
#[must_use]
pub fn of_options(parameters: &Map<String, Value>) -> Vec<String> {
    let path = parameters.get("path").and_then(Value::as_str).unwrap_or_default();
    let query = parameters.get("query").and_then(Value::as_object);
    match parameters.get("body") {
        Some(Value::String(text)) => {
            let mut secrets = of_text(text, update::schema_of_option(path));
            secrets.extend(of_call(path, &Value::Null, query));
            secrets
        }
        body => of_call(path, body.unwrap_or(&Value::Null), query),
    }
}

/// The options as they are printed: with the secrets of body and query masked in their places. Text that cannot be parsed is masked as a
/// whole.
#[must_use]
pub fn shown(mut parameters: Map<String, Value>) -> Map<String, Value> {
    let schema = update::schema_of_option(parameters.get("path").and_then(Value::as_str).unwrap_or_default());
    if let Some(body) = parameters.get_mut("body") {
        let parsed = body.as_str().map(serde_json::from_str::<Value>);
        *body = match parsed {
            Some(Err(_)) => SAME.into(),
            Some(Ok(value)) => shown_body(schema, &value),
            None => shown_body(schema, body),
        };
    }
    if let Some(Value::Object(query)) = parameters.get_mut("query") {
        *query = mist_objects::secrets::masked_conditions(Schema::default(), query);
    }
    parameters
}

fn shown_body(schema: Schema, body: &Value) -> Value {
    match body {
        Value::Array(items) => Value::Array(items.iter().map(|item| shown_body(schema, item)).collect()),
        other => {
            let shown = mist_objects::secrets::masked(schema, other);
            masked(&shown, &shown, "")
        }
    }
}

/// The secrets in a call.
#[must_use]
pub fn of_call(path: &str, body: &Value, query: Option<&Map<String, Value>>) -> Vec<String> {
    let mut secrets = Vec::new();
    of_body(body, update::schema_of_option(path), &mut secrets);
    let mut parts = Vec::new();
    for (name, value) in query.into_iter().flatten() {
        of_value(value, is_secret_name(name), &mut parts);
    }
    for (name, value) in path.split_once('?').map(|(_, query)| target::split(query)).unwrap_or_default() {
        if is_secret_name(&decode(&name)) {
            let decoded = decode(&value);
            // Also as written in the option, with unnecessary encoding.
            parts.extend([value, decoded]);
        }
    }
    for part in parts.into_iter().filter(|part| part.len() >= SHORTEST) {
        secrets.push(encode(&part));
        secrets.push(part);
    }
    secrets
}

/// The secrets in JSON text; the whole text if it cannot be parsed.
fn of_text(text: &str, shape: Schema) -> Vec<String> {
    let Ok(body) = serde_json::from_str::<Value>(text) else {
        return vec![text.to_owned()];
    };
    let mut secrets = Vec::new();
    of_body(&body, shape, &mut secrets);
    // A secret with unusual escapes is not found in the text.
    if secrets.iter().any(|secret| !text.contains(secret.as_str())) {
        secrets.push(text.to_owned());
    }
    secrets
}

/// Secrets by name and by the document.
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
            fields.iter().for_each(|(name, value)| of_value(value, secret || is_secret_name(name), secrets));
        }
        Value::Array(elements) => elements.iter().for_each(|element| of_value(element, secret, secrets)),
        Value::String(text) if secret && text.chars().count() >= SHORTEST => secrets.push(text.clone()),
        Value::Number(number) if secret && number.to_string().len() >= SHORTEST => secrets.push(number.to_string()),
        Value::String(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
    }
}

/// The value for a diff, with masked secrets. `word` marks a secret that differs from the one in `other`.
#[must_use]
pub fn masked(value: &Value, other: &Value, word: &str) -> Value {
    match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| {
                let other = other.get(name).unwrap_or(&Value::Null);
                let hidden = is_secret_name(name) && !matches!(value, Value::Null | Value::Bool(_));
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
    fn secrets_of_the_options_are_masked_in_their_places() {
        for (options, expected) in [
            (
                json!({"path": "x", "body": {"psk": "abc", "name": "abc", "in": [{"pin": 1}]}, "query": {"token": "a", "limit": 1}}),
                json!({"path": "x", "body": {"psk": SAME, "name": "abc", "in": [{"pin": SAME}]}, "query": {"token": SAME, "limit": 1}}),
            ),
            (json!({"body": [{"key": "a"}, 1]}), json!({"body": [{"key": SAME}, 1]})),
            (
                json!({"path": "orgs/o/wlans", "body": {"auth": {"keys": ["a"]}}}),
                json!({"path": "orgs/o/wlans", "body": {"auth": {"keys": SAME}}}),
            ),
            (json!({"body": "{\"psk\": \"a\"}"}), json!({"body": {"psk": SAME}})),
            (json!({"body": "{psk: a}"}), json!({"body": SAME})),
        ] {
            assert_eq!(json!(shown(options.as_object().cloned().unwrap())), expected, "{options}");
        }
    }

    #[test]
    fn a_diff_shows_that_a_secret_differs_without_its_value() {
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
