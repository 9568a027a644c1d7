//! The origin of a response: the cloud, or an intermediary. Only the cloud's responses count, whatever the status.
//!
//! The cloud's responses are JSON, or empty after a change (official API document: every response has the media type
//! `application/json`; the responses to PUT and DELETE may be empty). A proxy, a gateway or a captive portal responds with a
//! page, with text, or with JSON of another shape.

use crate::transport::RawAnswer;
use serde_json::{Map, Value};

/// The sender of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The cloud, as far as the response shows.
    Cloud,
    /// An intermediary, with a description of its response: `an HTML page titled "Blocked"`.
    Intermediary(String),
}

/// A larger JSON is not a refusal of the cloud.
const LARGEST_REFUSAL: usize = 1024 * 1024;

/// The length of an intermediary's text that is read, in bytes. It is shortened after secrets are masked.
const TEXT: usize = 64 * 1024;

const FOREIGN_JSON: &str = "JSON of an unknown shape";

/// The sender of the response to a call with this method.
pub(super) fn origin(method: &str, raw: &RawAnswer) -> Origin {
    let intermediary = |what: &str| Origin::Intermediary(what.to_owned());
    // Proxy Authentication Required, Network Authentication Required: never a server's own status (RFC 9110, RFC 6585).
    if matches!(raw.status, 407 | 511) {
        return Origin::Intermediary(describe(raw));
    }
    if is_blank(&raw.body) {
        return match (raw.status, is_declared_as_text(raw)) {
            (_, true) => intermediary("an empty page"),
            // The cloud reports a missing object in JSON.
            (404, false) => intermediary("an empty response"),
            (_, false) => Origin::Cloud,
        };
    }
    if let Some(encoding) = encoding(raw) {
        // Compression was not allowed. A compressed success gets its own error later.
        let what = format!("a compressed response ({encoding})");
        return if is_success(raw.status) && method != "DELETE" { Origin::Cloud } else { Origin::Intermediary(what) };
    }
    if looks_like_html(&raw.body) {
        return Origin::Intermediary(describe(raw));
    }
    if is_success(raw.status) {
        // A large body is not an intermediary's message, and is parsed once, later.
        let is_message = raw.body.len() <= 4096;
        return match is_message.then(|| serde_json::from_slice::<Value>(&raw.body)) {
            Some(Ok(json)) if is_foreign(&json) => intermediary(FOREIGN_JSON),
            Some(Ok(json @ (Value::String(_) | Value::Number(_) | Value::Bool(_)))) if method == "DELETE" => {
                Origin::Intermediary(format!("the JSON value {json}"))
            }
            Some(Err(_)) if method == "DELETE" || is_declared_as_text(raw) => Origin::Intermediary(describe(raw)),
            _ => Origin::Cloud,
        };
    }
    if raw.body.len() > LARGEST_REFUSAL {
        return intermediary("a response that is too large for a refusal");
    }
    match serde_json::from_slice::<Value>(&raw.body) {
        Ok(json) if is_refusal(raw.status, &json) => Origin::Cloud,
        Ok(_) => intermediary(FOREIGN_JSON),
        Err(_) => Origin::Intermediary(describe(raw)),
    }
}

/// Returns true if a refusal has one of the cloud's forms (facts: `{"detail": …}`, `{"id": …}` with 404, a map of fields, `{}`).
fn is_refusal(status: u16, json: &Value) -> bool {
    match json {
        Value::Object(map) if map.is_empty() || map.contains_key("detail") => true,
        Value::Object(map) => match status {
            404 => map.contains_key("id") || is_inventory_result(map),
            // About rights, limits and credentials, only the cloud's usual form counts.
            401 | 403 | 429 => false,
            _ => !is_foreign_map(map),
        },
        Value::String(_) | Value::Array(_) | Value::Null => !matches!(status, 401 | 403 | 404 | 429),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Returns true if this is the result of a claim or an assignment with errors, whose status may be that of an error.
fn is_inventory_result(map: &Map<String, Value>) -> bool {
    map.get("error").is_some_and(Value::is_array)
        && ["reason", "success", "added"].iter().any(|list| map.contains_key(*list))
}

/// Returns true if this is the JSON of a gateway: an `error` or a `message` and nothing else.
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

/// Returns true if a body contains only white space.
pub(super) fn is_blank(body: &[u8]) -> bool {
    body.iter().all(u8::is_ascii_whitespace)
}

/// A description of an intermediary's response, with secrets.
fn describe(raw: &RawAnswer) -> String {
    if is_blank(&raw.body) {
        return "an empty page".to_owned();
    }
    let text = String::from_utf8_lossy(&raw.body[..raw.body.len().min(TEXT)]);
    if looks_like_html(&raw.body) {
        return html_title(&text)
            .map_or_else(|| "an HTML page, not JSON".to_owned(), |title| format!("an HTML page titled \"{title}\""));
    }
    if serde_json::from_slice::<Value>(&raw.body).is_ok() {
        return FOREIGN_JSON.to_owned();
    }
    let has_words = text.chars().any(char::is_alphanumeric);
    if !has_words || text.chars().take(64).any(|character| character == '\u{fffd}') {
        return "data that is not JSON".to_owned();
    }
    format!("the text \"{}\"", text.trim())
}

/// Returns true if the media type is text, which the cloud never sends.
fn is_declared_as_text(raw: &RawAnswer) -> bool {
    raw.header("content-type").is_some_and(|kind| kind.trim().to_ascii_lowercase().starts_with("text/"))
}

/// Returns true if this is a page of HTML or XML: a tag follows white space and comments.
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

/// The content encoding, which no request allows. Unknown names are not repeated.
pub(super) fn encoding(raw: &RawAnswer) -> Option<&'static str> {
    let encoding = raw.header("content-encoding")?.trim();
    if encoding.is_empty() || encoding.eq_ignore_ascii_case("identity") {
        return None;
    }
    ["gzip", "br", "deflate", "zstd"]
        .into_iter()
        .find(|known| encoding.eq_ignore_ascii_case(known))
        .or(Some("unknown encoding"))
}

/// The title of an HTML page.
fn html_title(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let start = lower.find("<title>")? + "<title>".len();
    let end = start + lower[start..].find("</title>")?;
    text.get(start..end).map(|title| title.trim().to_owned()).filter(|title| !title.is_empty())
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
    fn a_page_in_any_form_and_status_is_an_intermediarys() {
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
                    let origin = origin(method, &raw(status, kind, body));
                    assert!(matches!(origin, Origin::Intermediary(_)), "{method} {status} {body}");
                }
            }
        }
    }

    #[test]
    fn a_refusal_is_the_clouds_only_in_its_usual_forms() {
        for (status, body, is_cloud) in [
            (404, r#"{"detail": "Not found."}"#, true),
            (404, r#"{"id": "53f10664-3ce8-4c27-b382-0ef66432349f"}"#, true),
            (404, "{}", true),
            (404, r#"{"error": "blocked by policy"}"#, false),
            (404, r#"{"op": "assign", "success": [], "error": ["5c5b35000001"], "reason": []}"#, true),
            (404, r#"{"error": ["blocked"]}"#, false),
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
                let origin = origin(method, &raw(status, "application/json", body));
                assert_eq!(origin == Origin::Cloud, is_cloud, "{method} {status} {body}: {origin:?}");
            }
        }
    }

    #[test]
    fn a_success_is_the_clouds_if_it_has_the_shape_of_the_call() {
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
            let origin = origin(method, &raw(200, kind, body));
            assert_eq!(origin == Origin::Cloud, is_cloud, "{method} {kind} {body}: {origin:?}");
        }
    }
}
