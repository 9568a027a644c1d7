//! Masking in errors that quote a response, and in the result of a module: a secret that is long enough never appears.
#![no_main]

use ansible_binary_module::fuzzing::line;
use libfuzzer_sys::fuzz_target;
use mist_client::redact::{excerpt, redact, without_keys};
use serde_json::Value;
use std::collections::BTreeSet;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let Some((secret, rest)) = text.split_once('\n') else { return };
    // A short secret can be a part of the text that replaces it.
    let telling = secret.chars().count() >= 6 && !"VALUE_SPECIFIED_IN_NO_LOG_PARAMETER********".contains(secret);
    let quoted = rest.replace("SECRET", secret);

    let clean = redact(&quoted, [secret]);
    if telling && !secret.contains('*') {
        assert!(!clean.contains(secret), "{clean:?}");
    }
    let clean = without_keys(&quoted);
    let longest = clean.split(|character: char| !character.is_ascii_alphanumeric()).map(str::len).max();
    assert!(longest.unwrap_or_default() < 32, "{clean:?}");
    assert!(excerpt(&quoted, 50).chars().count() <= 51);

    let Ok(value) = serde_json::from_str::<Value>(&quoted) else { return };
    let line = line(&BTreeSet::from([secret.to_owned()]), &value).expect("JSON in memory can be written");
    let value = serde_json::from_slice(&line).expect("a line is JSON");
    if telling && !secret.contains('*') {
        assert!(!has_text(&value, secret), "{value}");
    }
});

/// Returns true if a string or number in the value contains the secret. Keys are not masked, as in Ansible.
fn has_text(value: &Value, secret: &str) -> bool {
    match value {
        Value::String(text) => text.contains(secret),
        Value::Number(number) => number.to_string().contains(secret),
        Value::Array(items) => items.iter().any(|item| has_text(item, secret)),
        Value::Object(fields) => fields.values().any(|field| has_text(field, secret)),
        Value::Null | Value::Bool(_) => false,
    }
}
