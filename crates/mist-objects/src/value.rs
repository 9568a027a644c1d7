//! Properties of JSON values: empty, masked, text. No I/O.

use serde_json::Value;

/// True if a declared value clears a field: `null`, `""`, `[]` or `{}`. A dictionary of such values clears only its fields.
#[must_use]
pub fn clears(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.is_empty(),
        other => is_nothing(other),
    }
}

/// True if a found value is empty: `null`, `""`, `[]`, `{}`, or a dictionary of empty values.
#[must_use]
pub fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.values().all(is_nothing),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// True for the mask of a secret: `***`, or its ends (`1qkb...QQCL`).
#[must_use]
pub fn is_masked(value: &Value) -> bool {
    match value {
        Value::String(text) => {
            let stars = text.len() >= 3 && text.chars().all(|character| matches!(character, '*' | '•'));
            let ends = |mask: &str| {
                text.split_once(mask).is_some_and(|(start, end)| {
                    start.chars().count() <= 6 && end.chars().count() <= 6 && !(start.is_empty() && end.is_empty())
                })
            };
            stars || ends("***") || ends("...")
        }
        Value::Array(items) => !items.is_empty() && items.iter().all(is_masked),
        _ => false,
    }
}

/// A scalar as text, a text without its quotes.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A path one step deeper.
pub(crate) fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
