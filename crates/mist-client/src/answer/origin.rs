//! Who answered: the cloud, or somebody between here and it. Only what the cloud says counts, whatever the status.
//!
//! The cloud's answers are JSON, or nothing at all where a change needs no words (official API document: every response has
//! the media type `application/json`; the answers to PUT and DELETE may be empty). A proxy, a gateway or a captive portal
//! answers with a page, with text, or with JSON of another shape.

use super::words;
use crate::transport::RawAnswer;
use serde_json::{Map, Value};

/// Who answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The cloud, as far as can be told.
    Cloud,
    /// Somebody else, with this: `an HTML page titled "Blocked"`.
    Somebody(String),
}

/// JSON of a refusal is looked into up to this size; no refusal of the cloud's comes near.
const LARGEST_REFUSAL: usize = 1024 * 1024;

/// How much of somebody's text is repeated, in bytes; it is shortened further once secrets are out of it.
const TEXT: usize = 64 * 1024;

/// Who answered a call of this method so.
pub(super) fn of(method: &str, raw: &RawAnswer) -> Origin {
    let somebody = |what: &str| Origin::Somebody(what.to_owned());
    // Proxy Authentication Required, Network Authentication Required: no server says these of itself (RFC 9110, RFC 6585).
    if matches!(raw.status, 407 | 511) {
        return Origin::Somebody(describe(raw));
    }
    if is_blank(&raw.body) {
        return match (raw.status, says_other_than_json(raw)) {
            (_, true) => somebody("an empty page"),
            // The cloud says in JSON what is not there.
            (404, false) => somebody("an empty answer"),
            (_, false) => Origin::Cloud,
        };
    }
    if let Some(encoding) = encoding(raw) {
        // Nothing that was asked for is compressed: of a refusal, nothing can be told. A success is told as what it is.
        let what = format!("an answer that is compressed ({encoding})");
        return if is_success(raw.status) && method != "DELETE" { Origin::Cloud } else { Origin::Somebody(what) };
    }
    if looks_like_html(&raw.body) {
        return Origin::Somebody(describe(raw));
    }
    if is_success(raw.status) {
        // What is large is surely no proxy's message, and is read once, later.
        let is_message = raw.body.len() <= 4096;
        return match is_message.then(|| serde_json::from_slice::<Value>(&raw.body)) {
            Some(Ok(json)) if is_foreign(&json) => somebody("JSON that is not of the cloud's shape"),
            Some(Ok(json @ (Value::String(_) | Value::Number(_) | Value::Bool(_)))) if method == "DELETE" => {
                Origin::Somebody(format!("the JSON value {json}"))
            }
            Some(Err(_)) if method == "DELETE" || says_other_than_json(raw) => Origin::Somebody(describe(raw)),
            _ => Origin::Cloud,
        };
    }
    if raw.body.len() > LARGEST_REFUSAL {
        return somebody("an answer that is too large for a refusal");
    }
    match serde_json::from_slice::<Value>(&raw.body) {
        Ok(json) if is_refusal(raw.status, &json) => Origin::Cloud,
        Ok(_) => somebody("JSON that is not of the cloud's shape"),
        Err(_) => Origin::Somebody(describe(raw)),
    }
}

/// Whether the cloud words a refusal so (facts: `{"detail": …}`, `{"id": …}` with 404, a map of fields; `{}`).
fn is_refusal(status: u16, json: &Value) -> bool {
    match json {
        Value::Object(map) if map.is_empty() || map.contains_key("detail") => true,
        Value::Object(map) => match status {
            404 => map.contains_key("id"),
            // A claim about rights, limits or credentials is the cloud's only in the cloud's own form.
            401 | 403 | 429 => false,
            _ => !is_foreign_map(map),
        },
        Value::String(_) | Value::Array(_) | Value::Null => !matches!(status, 401 | 403 | 404 | 429),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// What gateways say in JSON, and the cloud in no answer: an `error` or a `message` and nothing else.
fn is_foreign(json: &Value) -> bool {
    matches!(json, Value::Object(map) if is_foreign_map(map))
}

fn is_foreign_map(map: &Map<String, Value>) -> bool {
    const WORDS: [&str; 6] = ["error", "errors", "message", "status", "code", "request_id"];
    map.get("error").or_else(|| map.get("message")).is_some_and(Value::is_string)
        && map.keys().all(|key| WORDS.contains(&key.to_ascii_lowercase().as_str()))
}

pub(crate) fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// Whether there is nothing in a body.
pub(super) fn is_blank(body: &[u8]) -> bool {
    body.iter().all(u8::is_ascii_whitespace)
}

/// What somebody's answer is, in words; the words in it are not clean yet.
fn describe(raw: &RawAnswer) -> String {
    if is_blank(&raw.body) {
        return "an empty page".to_owned();
    }
    let text = String::from_utf8_lossy(&raw.body[..raw.body.len().min(TEXT)]);
    if looks_like_html(&raw.body) {
        return words::html_title(&text)
            .map_or_else(|| "an HTML page, not JSON".to_owned(), |title| format!("an HTML page titled \"{title}\""));
    }
    if serde_json::from_slice::<Value>(&raw.body).is_ok() {
        return "JSON that is not of the cloud's shape".to_owned();
    }
    let has_words = text.chars().any(char::is_alphanumeric);
    if !has_words || text.chars().take(64).any(|character| character == '\u{fffd}') {
        return "what is not JSON".to_owned();
    }
    format!("the text \"{}\"", text.trim())
}

/// Whether the answer calls itself something that the cloud's answers never are.
fn says_other_than_json(raw: &RawAnswer) -> bool {
    raw.header("content-type").is_some_and(|kind| kind.trim().to_ascii_lowercase().starts_with("text/"))
}

/// Whether this is a page: its first tag, after white space and comments, is one of HTML's or XML's.
pub(super) fn looks_like_html(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(&body[..body.len().min(TEXT)]);
    let mut rest = text.trim_start_matches('\u{feff}').trim_start();
    while let Some(comment) = rest.strip_prefix("<!--") {
        match comment.split_once("-->") {
            Some((_, after)) => rest = after.trim_start(),
            None => return true,
        }
    }
    rest.starts_with('<')
}

/// How the body is encoded, where it is; it was not asked for, so that only known words are repeated.
pub(super) fn encoding(raw: &RawAnswer) -> Option<&'static str> {
    let encoding = raw.header("content-encoding")?.trim();
    if encoding.is_empty() || encoding.eq_ignore_ascii_case("identity") {
        return None;
    }
    ["gzip", "br", "deflate", "zstd"]
        .into_iter()
        .find(|known| encoding.eq_ignore_ascii_case(known))
        .or(Some("in a way that is not known"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::http::HeaderMap;

    fn raw(status: u16, kind: &str, body: &str) -> RawAnswer {
        let mut headers = HeaderMap::new();
        if !kind.is_empty() {
            headers.insert("content-type", kind.parse().unwrap());
        }
        RawAnswer { status, headers, body: body.as_bytes().to_vec() }
    }

    const METHODS: [&str; 4] = ["GET", "POST", "PUT", "DELETE"];

    #[test]
    fn a_page_in_any_form_and_status_is_not_the_clouds_for_any_method() {
        for (kind, body) in [
            ("text/html", "<!DOCTYPE html><title>x</title>"),
            ("text/html", "<!-- x --><html><body>no</body></html>"),
            ("application/json", "\r\n <html><body>no</body></html>"),
            ("text/html", "<center>nginx</center>"),
            ("application/xml", "<?xml version=\"1.0\"?><Error/>"),
            ("", "<!-- never closed"),
        ] {
            for status in [200, 201, 204, 400, 401, 403, 404, 407, 429, 500, 502, 503, 511] {
                for method in METHODS {
                    let origin = of(method, &raw(status, kind, body));
                    assert!(matches!(origin, Origin::Somebody(_)), "{method} {status} {body}");
                }
            }
        }
    }

    #[test]
    fn refusals_are_the_clouds_in_its_own_words_alone() {
        for (status, body, is_cloud) in [
            (404, r#"{"detail": "Not found."}"#, true),
            (404, r#"{"id": "53f10664-3ce8-4c27-b382-0ef66432349f"}"#, true),
            (404, "{}", true),
            (404, r#"{"error": "blocked by policy"}"#, false),
            (404, "[]", false),
            (404, "", false),
            (404, "not here", false),
            (401, r#"{"detail": "Invalid token."}"#, true),
            (401, r#"{"error": "unauthorized"}"#, false),
            (403, r#"{"anything": "else"}"#, false),
            (403, "Access denied", false),
            (429, r#"{"message": "Too Many Requests"}"#, false),
            (429, r#"{"detail": "Too many."}"#, true),
            (400, r#"{"name": ["too long"]}"#, true),
            (400, r#"{"error": "blocked by policy"}"#, false),
            (400, "\"just words\"", true),
            (400, "not json", false),
            (400, "", true),
            (407, r#"{"detail": "Proxy"}"#, false),
            (503, r#"{"detail": "Maintenance."}"#, true),
            (503, "upstream timed out", false),
        ] {
            for method in METHODS {
                let origin = of(method, &raw(status, "application/json", body));
                assert_eq!(origin == Origin::Cloud, is_cloud, "{method} {status} {body}: {origin:?}");
            }
        }
    }

    #[test]
    fn a_success_is_the_clouds_where_it_has_the_shape_of_the_call() {
        for (method, kind, body, is_cloud) in [
            ("DELETE", "", "", true),
            ("DELETE", "application/json", "{}", true),
            ("DELETE", "application/json", "null", true),
            ("DELETE", "text/plain", "", false),
            ("DELETE", "text/plain", "gone!", false),
            ("DELETE", "application/json", "\"blocked\"", false),
            ("DELETE", "application/json", r#"{"error": "blocked by policy"}"#, false),
            ("GET", "text/plain", "200 OK: not available from here", false),
            ("PUT", "", "", true),
            ("PUT", "text/html", "", false),
            ("PUT", "application/json", r#"{"id": "x", "name": "error"}"#, true),
            ("PUT", "application/json", r#"{"error": "blocked by policy"}"#, false),
            ("GET", "application/json", r#"{"message": "blocked", "code": 7}"#, false),
            ("GET", "application/json", r#"{"message": "blocked", "sites": []}"#, true),
        ] {
            let origin = of(method, &raw(200, kind, body));
            assert_eq!(origin == Origin::Cloud, is_cloud, "{method} {kind} {body}: {origin:?}");
        }
    }
}
