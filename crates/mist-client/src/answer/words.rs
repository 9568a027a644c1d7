//! The cloud's own words for a refusal.

use serde_json::{Map, Value};

/// How long a refusal's text is taken at most, in bytes: far more than is ever quoted, so that a secret in what is quoted is
/// there as a whole.
const LONGEST: usize = 256 * 1024;

/// The words of a refusal, at whatever length; not clean yet.
pub(super) fn detail(body: &[u8]) -> String {
    let body = &body[..body.len().min(LONGEST)];
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(map)) => of_object(&map),
        Ok(Value::String(words)) => words,
        Ok(Value::Null) => String::new(),
        Ok(other) => other.to_string(),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    }
}

/// `{"detail": "…"}`, `{"detail": {…}}`, a map of fields, or `{"id": "…"}`, as the cloud has them all; what stands beside the
/// detail (`reason`) says more.
fn of_object(map: &Map<String, Value>) -> String {
    let detail = match map.get("detail") {
        None => return of_fields(map.iter()),
        Some(Value::String(words)) => words.clone(),
        Some(Value::Object(fields)) => of_fields(fields.iter()),
        Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    };
    let more = of_fields(map.iter().filter(|(name, value)| *name != "detail" && !value.is_null()));
    match (detail.is_empty(), more.is_empty()) {
        (_, true) => detail,
        (true, false) => more,
        (false, false) => format!("{} ({more})", detail.trim_end_matches('.')),
    }
}

fn of_fields<'a>(fields: impl Iterator<Item = (&'a String, &'a Value)>) -> String {
    let part = |value: &Value| match value {
        Value::String(words) => words.clone(),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(" "),
        other => other.to_string(),
    };
    fields.map(|(name, value)| format!("{name}: {}", part(value))).collect::<Vec<_>>().join("; ")
}

/// The title of a page, if it has one.
pub(super) fn html_title(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let start = lower.find("<title>")? + "<title>".len();
    let end = start + lower[start..].find("</title>")?;
    text.get(start..end).map(|title| title.trim().to_owned()).filter(|title| !title.is_empty())
}
