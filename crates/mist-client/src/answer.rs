//! Reads what the cloud answered: JSON, or its words of refusal. No I/O.

use crate::error::{Call, Error, Identity, Result};
use crate::redact;
use crate::transport::RawAnswer;
use serde_json::{Map, Value};
use std::time::SystemTime;

/// Reads a body that is JSON: its value, or `null` where the reader has taken it in another form.
pub(crate) type Reader<'a> = dyn FnMut(&[u8]) -> serde_json::Result<Value> + 'a;

/// What an error about an answer needs to know of the request.
#[derive(Debug, Default)]
pub(crate) struct Asked<'a> {
    /// As whom it was sent.
    pub(crate) identity: Identity,
    /// What may not be quoted.
    pub(crate) secrets: Vec<&'a str>,
}

/// Any JSON, as it is.
pub(crate) fn as_it_is(body: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(body)
}

/// How much of an answer an error quotes, in characters.
const QUOTED: usize = 400;

/// An answer that is no error: a success, or a status that the caller takes.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What was asked.
    pub call: Call,
    /// The HTTP status.
    pub status: u16,
    /// The body; `null` where it was empty.
    pub json: Value,
    /// When the cloud says that it answered, by its own clock.
    pub date: Option<SystemTime>,
    /// `X-Page-Total`: how many objects there are in all.
    pub total: Option<u64>,
    /// `X-Page-Limit`: how many objects a page has.
    pub page_limit: Option<u64>,
    /// Whether an earlier attempt of the same call, which got no answer, may have taken effect.
    pub repeated: bool,
}

impl Answer {
    /// Whether the status is one of success.
    #[must_use]
    pub fn is_success(&self) -> bool {
        is_success(self.status)
    }

    /// The error that says that this answer has another shape than it should.
    #[must_use]
    pub fn unexpected(&self, expected: &str) -> Error {
        Error::Answer {
            call: self.call.clone(),
            reason: format!("the cloud answered {}, where {expected} was expected", kind(&self.json)),
        }
    }
}

/// Turns an answer as it came into JSON, or into the error that it is.
///
/// # Errors
/// [`Error::Status`] for every status outside 200..300, with the cloud's `detail`;
/// [`Error::Answer`] for a success whose body is not JSON.
pub fn read(call: &Call, raw: &RawAnswer) -> Result<Answer> {
    read_accepted(call, raw, &is_success)
}

/// The same where other statuses are accepted than those of success.
///
/// # Errors
/// [`Error::Status`] for a status that is not accepted, with the cloud's `detail`;
/// [`Error::Answer`] for a success whose body is not JSON, unless it is a deletion's, whose body says nothing while it is no HTML page.
pub fn read_accepted(call: &Call, raw: &RawAnswer, accepts: &dyn Fn(u16) -> bool) -> Result<Answer> {
    read_accepted_without(call, raw, accepts, &mut as_it_is, &Asked::default())
}

/// As [`read`], with these secrets taken out of what an error quotes.
///
/// # Errors
/// As [`read`].
pub(crate) fn read_without(call: &Call, raw: &RawAnswer, secrets: &[&str]) -> Result<Answer> {
    let asked = Asked { secrets: secrets.to_vec(), ..Asked::default() };
    read_accepted_without(call, raw, &is_success, &mut as_it_is, &asked)
}

/// As [`read_accepted`], the body read by `reader`, and with these secrets taken out of what an error quotes.
///
/// # Errors
/// As [`read_accepted`].
pub(crate) fn read_accepted_without(
    call: &Call,
    raw: &RawAnswer,
    accepts: &dyn Fn(u16) -> bool,
    reader: &mut Reader<'_>,
    asked: &Asked<'_>,
) -> Result<Answer> {
    let success = is_success(raw.status);
    if !accepts(raw.status) {
        // The body of a success is nobody's message, and may hold what nobody asked to see.
        let detail = if success { String::new() } else { detail(raw) };
        // Masked before it is shortened: half a secret would be known by nothing.
        let detail = redact::excerpt(&redact::redact(&detail, asked.secrets.iter().copied()), QUOTED);
        return Err(Error::Status { call: call.clone(), status: raw.status, detail, identity: asked.identity.clone() });
    }
    let json = match json(call, raw, reader) {
        // A refusal that was expected is told by its status, whatever a gateway wrote beneath.
        Err(_) if !success => Value::Null,
        // A page is somebody else's answer, in place of the cloud's.
        Err(_) if call.method == "DELETE" && !is_html(raw) => Value::Null,
        read => read?,
    };
    let number = |name| raw.header(name).and_then(|value| value.trim().parse().ok());
    Ok(Answer {
        call: call.clone(),
        status: raw.status,
        json,
        date: raw.header("date").and_then(|date| httpdate::parse_http_date(date).ok()),
        total: number("x-page-total"),
        page_limit: number("x-page-limit"),
        repeated: false,
    })
}

fn is_html(raw: &RawAnswer) -> bool {
    looks_like_html(String::from_utf8_lossy(&raw.body).trim_start())
}

pub(crate) fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

fn json(call: &Call, raw: &RawAnswer, reader: &mut Reader<'_>) -> Result<Value> {
    if raw.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    let refuse = |reason: String| Error::Answer { call: call.clone(), reason };
    if let Some(encoding) = encoding(raw) {
        return Err(refuse(format!("the answer is compressed ({encoding}), which was not asked for")));
    }
    reader(&raw.body).map_err(|error| {
        let what = match String::from_utf8_lossy(&raw.body).trim_start() {
            page if looks_like_html(page) => "is an HTML page, not JSON".to_owned(),
            _ if error.is_eof() => "is JSON cut short".to_owned(),
            // serde_json's own words may quote the input, which may hold a key.
            _ => format!("is not JSON (line {}, column {})", error.line(), error.column()),
        };
        refuse(format!("the answer {what}"))
    })
}

/// How the body is encoded, where it is; it was not asked for, so that only known words are repeated.
fn encoding(raw: &RawAnswer) -> Option<&'static str> {
    let encoding = raw.header("content-encoding")?.trim();
    if encoding.is_empty() || encoding.eq_ignore_ascii_case("identity") {
        return None;
    }
    ["gzip", "br", "deflate", "zstd"]
        .into_iter()
        .find(|known| encoding.eq_ignore_ascii_case(known))
        .or(Some("in a way that is not known"))
}

/// The cloud's own words for a refusal, at whatever length.
fn detail(raw: &RawAnswer) -> String {
    if let Some(encoding) = encoding(raw) {
        return format!("an answer that is compressed ({encoding})");
    }
    let text = String::from_utf8_lossy(&raw.body);
    match serde_json::from_slice::<Value>(&raw.body) {
        Ok(Value::Object(map)) => of_object(&map),
        Ok(Value::String(words)) => words,
        Ok(Value::Null) => String::new(),
        Ok(other) => other.to_string(),
        Err(_) if looks_like_html(text.trim_start()) => html_title(&text)
            .map_or_else(|| "an HTML page, not JSON".to_owned(), |title| format!("an HTML page titled \"{title}\"")),
        Err(_) => text.into_owned(),
    }
}

/// `{"detail": "…"}`, `{"detail": {…}}`, a map of fields, or `{"id": "…"}`, as the cloud has them all.
fn of_object(map: &Map<String, Value>) -> String {
    match map.get("detail") {
        Some(Value::String(words)) => words.clone(),
        Some(Value::Object(fields)) => of_fields(fields),
        Some(other) => other.to_string(),
        None => of_fields(map),
    }
}

fn of_fields(fields: &Map<String, Value>) -> String {
    let part = |value: &Value| match value {
        Value::String(words) => words.clone(),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(" "),
        other => other.to_string(),
    };
    fields.iter().map(|(name, value)| format!("{name}: {}", part(value))).collect::<Vec<_>>().join("; ")
}

fn looks_like_html(text: &str) -> bool {
    let start: String = text.chars().take(15).collect::<String>().to_ascii_lowercase();
    start.starts_with("<!doctype") || start.starts_with("<html") || start.starts_with("<head")
}

fn html_title(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let start = lower.find("<title>")? + "<title>".len();
    let end = start + lower[start..].find("</title>")?;
    text.get(start..end).map(|title| title.trim().to_owned()).filter(|title| !title.is_empty())
}

/// What a JSON value is, in words, without its content.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::http::HeaderMap;

    const KEY: &str = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";

    fn raw(status: u16, body: &str) -> RawAnswer {
        RawAnswer { status, headers: HeaderMap::new(), body: body.as_bytes().to_vec() }
    }

    fn call() -> Call {
        Call { method: "GET", url: "https://api.mist.com/x".into() }
    }

    #[test]
    fn every_form_of_refusal_becomes_words() {
        for (body, words) in [
            (r#"{"detail": "Invalid token."}"#, "Invalid token."),
            (r#"{"detail": {"name": ["This field is required."]}}"#, "name: This field is required."),
            (r#"{"name": ["too long", "empty"], "role": "unknown"}"#, "name: too long empty; role: unknown"),
            (r#"{"id": "53f10664-3ce8-4c27-b382-0ef66432349f"}"#, "id: 53f10664-3ce8-4c27-b382-0ef66432349f"),
            ("<!DOCTYPE html><title> Bad gateway </title>", "an HTML page titled \"Bad gateway\""),
            ("<html>", "an HTML page, not JSON"),
            ("", ""),
            ("upstream timed out", "upstream timed out"),
            ("[1]", "[1]"),
        ] {
            let Err(Error::Status { detail, .. }) = read(&call(), &raw(502, body)) else { panic!("{body}") };
            assert_eq!(detail, words, "{body}");
        }
    }

    #[test]
    fn a_refusal_that_quotes_a_key_is_told_without_it() {
        for body in [format!(r#"{{"detail": "bad {KEY}"}}"#), format!(r#"{{"{KEY}": "{KEY}"}}"#), KEY.to_owned()] {
            let error = read(&call(), &raw(400, &body)).unwrap_err().to_string();
            assert!(error.contains(redact::MASK) && !error.contains("AbCdEf"), "{error}");
        }
    }

    #[test]
    fn a_success_that_is_not_json_is_an_error_that_says_so_and_quotes_nothing() {
        for (body, words) in [
            ("<html><body>hi</body></html>", "is an HTML page"),
            (r#"[{"key": "AbCdEf"#, "is JSON cut short"),
            ("AbCdEf", "is not JSON (line 1"),
            ("\u{0}\u{1}", "is not JSON"),
        ] {
            let error = read(&call(), &raw(200, body)).unwrap_err().to_string();
            assert!(error.contains(words) && !error.contains("AbCdEf"), "{error}");
        }
        let error = read(&call(), &RawAnswer { body: vec![b'"', 0xff, b'"'], ..raw(200, "") }).unwrap_err();
        assert!(error.to_string().contains("is not JSON"), "{error}");
    }

    #[test]
    fn only_an_accepted_status_is_an_answer_and_the_body_of_a_success_is_not_quoted() {
        let gone = |status| status == 404;
        let answer = read_accepted(&call(), &raw(404, r#"{"detail": "Not found."}"#), &gone).unwrap();
        assert_eq!((answer.status, answer.json["detail"].as_str()), (404, Some("Not found.")));
        assert!(!answer.is_success());
        assert_eq!(read_accepted(&call(), &raw(404, "<html>"), &gone).unwrap().json, Value::Null);
        let error = read_accepted(&call(), &raw(200, r#"{"psk": "geheim"}"#), &gone).unwrap_err();
        assert_eq!(error.status(), Some(200));
        assert!(!error.to_string().contains("geheim"), "{error}");
    }

    #[test]
    fn a_deletion_that_succeeded_did_so_whatever_its_body_is() {
        let deletion = Call { method: "DELETE", ..call() };
        let success = |status| status == 200;
        assert_eq!(read_accepted(&deletion, &raw(200, "gone!"), &success).unwrap().json, Value::Null);
        assert!(read_accepted(&call(), &raw(200, "gone!"), &success).is_err());
    }

    #[test]
    fn an_empty_success_is_null() {
        assert_eq!(read(&call(), &raw(200, " \r\n")).unwrap().json, Value::Null);
    }

    #[test]
    fn a_compressed_answer_is_an_error_that_says_so() {
        let mut compressed = raw(200, "x");
        compressed.headers.insert("content-encoding", "gzip".parse().unwrap());
        assert!(read(&call(), &compressed).unwrap_err().to_string().contains("compressed (gzip)"));
    }
}
