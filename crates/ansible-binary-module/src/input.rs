//! From bytes to the task's arguments.

use serde_json::{Map, Value};
use std::io::Read;

/// More than any task's arguments; a limit there must be, for what is no file at all (`/dev/zero`).
const LARGEST: u64 = 64 * 1024 * 1024;

/// Reads everything there is.
///
/// # Errors
///
/// When it cannot be read, or is beyond all measure.
pub(crate) fn read(source: impl Read, place: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    source
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("Cannot read the arguments from {place}: {error}"))?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!(
            "The arguments in {place} are larger than 64 MiB: pass large content by the path of a file"
        ));
    }
    Ok(bytes)
}

/// The arguments as an object. What they say is never quoted: there may be secrets in it.
///
/// # Errors
///
/// When they are not UTF-8, not JSON, or not an object.
pub(crate) fn parse(bytes: &[u8], place: &str) -> Result<Map<String, Value>, String> {
    let expected = "expected one JSON object with the module's options, such as {\"name\": \"value\"}";
    let text = std::str::from_utf8(bytes).map_err(|error| {
        format!("The arguments in {place} are not UTF-8 (from byte {} on): {expected}", error.valid_up_to())
    })?;
    if text.trim().is_empty() {
        return Err(format!("The arguments in {place} are empty: {expected}"));
    }
    let value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| format!("The arguments in {place} are not JSON ({error}): {expected}"))?;
    match value {
        Value::Object(arguments) => Ok(arguments),
        other => Err(format!("The arguments in {place} are {}: {expected}", kind(&other))),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_is_taken_with_or_without_a_byte_order_mark() {
        assert_eq!(parse(b" {\"a\": 1}\n", "x").unwrap().len(), 1);
        assert_eq!(parse("\u{feff}{\"a\": 1}".as_bytes(), "x").unwrap().len(), 1);
    }

    #[test]
    fn anything_else_is_refused_without_quoting_it() {
        let deep = "[".repeat(100_000);
        let deep_object = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
        for (bytes, words) in [
            (&b""[..], "are empty"),
            (b" \n", "are empty"),
            (b"s3cret", "are not JSON"),
            (b"{\"k\": \"s3cret\"", "are not JSON"),
            (b"{\"k\": \"s3cret\"} {}", "are not JSON"),
            (b"{\"k\": \"\xff\"}", "not UTF-8 (from byte 7 on)"),
            (b"[\"s3cret\"]", "are a list"),
            (b"\"s3cret\"", "are a string"),
            (b"1", "are a number"),
            (b"null", "are null"),
            (b"true", "are true or false"),
            (deep.as_bytes(), "recursion limit"),
            (deep_object.as_bytes(), "recursion limit"),
        ] {
            let error = parse(bytes, "the file x").unwrap_err();
            assert!(error.contains(words), "{error}");
            assert!(error.contains("the file x"), "{error}");
            assert!(error.contains("expected one JSON object"), "{error}");
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn what_never_ends_is_refused() {
        let error = read(std::io::repeat(b' '), "/dev/zero").unwrap_err();
        assert!(error.contains("larger than 64 MiB"), "{error}");
    }

    #[test]
    fn ten_megabytes_are_read() {
        let text = format!("{{\"name\": \"{}\"}}", "x".repeat(10_000_000));
        let bytes = read(text.as_bytes(), "x").unwrap();
        assert_eq!(parse(&bytes, "x").unwrap()["name"].as_str().unwrap().len(), 10_000_000);
    }
}
