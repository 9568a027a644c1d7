//! Reads the cloud's responses: JSON, or the message of a refusal. No I/O.

mod intermediary;

pub(crate) use intermediary::is_success;
use intermediary::{Origin, is_blank};

use crate::error::{Call, Error, Identity, ProxyName, Result};
use crate::redact;
use crate::transport::RawAnswer;
use serde_json::error::Category;
use serde_json::{Map, Value};
use std::time::SystemTime;

/// Parses a JSON body: returns its value, or `null` if the reader keeps the result itself.
pub(crate) type Reader<'a> = dyn FnMut(&[u8]) -> serde_json::Result<Value> + 'a;

/// The context of a request that errors about its response need.
#[derive(Debug, Default)]
pub(crate) struct Asked<'a> {
    pub(crate) identity: Identity,
    pub(crate) proxy: Option<&'a ProxyName>,
    /// Texts that must not be quoted.
    pub(crate) secrets: Vec<&'a str>,
}

/// The reader for any JSON.
pub(crate) fn as_it_is(body: &[u8]) -> serde_json::Result<Value> {
    serde_json::from_slice(body)
}

/// Length of the quoted part of a response, in characters.
const QUOTED: usize = 400;

/// The length of a refusal's text that is read, in bytes: far more than is quoted, so that a secret in the quoted part is found
/// as a whole.
const LONGEST_DETAIL: usize = 256 * 1024;

/// Limit for the JSON values of one response. In memory, `[1,1,…]` is thirty times as large as its text: 2 million values take
/// at most 200 MB. The largest list of an organization has a tenth of them.
const MOST_VALUES: usize = 2_000_000;

/// A response that is not an error: a success, or a status that the caller accepts.
#[derive(Clone, Debug)]
pub struct Answer {
    pub call: Call,
    pub status: u16,
    /// The body; `null` if it was empty.
    pub json: Value,
    /// True if the body was empty.
    pub is_empty: bool,
    /// The time of the response by the cloud's clock.
    pub date: Option<SystemTime>,
    /// `X-Page-Total`: the number of all objects.
    pub total: Option<u64>,
    /// `X-Page-Limit`: the number of objects on a page.
    pub page_limit: Option<u64>,
    /// True if an earlier attempt of the same call got no response and may have taken effect.
    pub repeated: bool,
}

impl Answer {
    #[must_use]
    pub fn is_success(&self) -> bool {
        is_success(self.status)
    }

    /// The error for a response of another shape than `expected`.
    #[must_use]
    pub fn unexpected(&self, expected: &str) -> Error {
        let what = if self.is_empty { "nothing" } else { kind(&self.json) };
        Error::Answer {
            call: self.call.clone(),
            reason: format!("the cloud answered with {what} instead of {expected}"),
        }
    }
}

/// Reads a response. Every status outside 200..300 is an error.
///
/// # Errors
/// [`Error::Status`] with the cloud's message, [`Error::Answer`] for an unusable success, [`Error::Intermediary`] for a response
/// that is not the cloud's.
pub fn read(call: &Call, raw: &RawAnswer) -> Result<Answer> {
    read_accepted(call, raw, &is_success)
}

/// Reads a response. A status that `accepts` returns true for is not an error.
///
/// # Errors
/// As [`read`]; an intermediary's response is an error with every status.
pub fn read_accepted(call: &Call, raw: &RawAnswer, accepts: &dyn Fn(u16) -> bool) -> Result<Answer> {
    read_as_asked(call, raw, accepts, &mut as_it_is, &Asked::default())
}

/// As [`read_accepted`], with a reader for the body, and the context of the request for errors.
///
/// # Errors
/// As [`read_accepted`].
pub(crate) fn read_as_asked(
    call: &Call,
    raw: &RawAnswer,
    accepts: &dyn Fn(u16) -> bool,
    reader: &mut Reader<'_>,
    asked: &Asked<'_>,
) -> Result<Answer> {
    // Masked before shortening: half a secret would not be recognized.
    let clean = |text: &str| redact::excerpt(&redact::redact(text, asked.secrets.iter().copied()), QUOTED);
    if let Origin::Intermediary(what) = intermediary::origin(call.method, raw) {
        let proxy = asked.proxy.cloned();
        return Err(Error::Intermediary { call: call.clone(), status: raw.status, what: clean(&what), proxy });
    }
    let success = is_success(raw.status);
    if !accepts(raw.status) {
        // The body of a success is not a message, and may contain secrets.
        let detail = if success { String::new() } else { clean(&detail(&raw.body)) };
        let identity = asked.identity.clone();
        return Err(Error::Status { call: call.clone(), status: raw.status, detail, identity });
    }
    let is_empty = is_blank(&raw.body);
    let json = if is_empty { Value::Null } else { json(call, raw, reader)? };
    Ok(Answer {
        call: call.clone(),
        status: raw.status,
        json,
        is_empty,
        date: raw.header("date").and_then(|date| httpdate::parse_http_date(date).ok()),
        total: number(call, raw, "x-page-total")?,
        page_limit: number(call, raw, "x-page-limit")?,
        repeated: false,
    })
}

/// A header with a count. A malformed one is an error: ignoring it would cut a list short.
fn number(call: &Call, raw: &RawAnswer, name: &str) -> Result<Option<u64>> {
    match raw.header(name).map(str::trim).filter(|value| !value.is_empty()) {
        None => Ok(None),
        Some(value) => value.parse().map(Some).map_err(|_| Error::Answer {
            call: call.clone(),
            reason: format!("the response header {name} is not a number of objects"),
        }),
    }
}

fn json(call: &Call, raw: &RawAnswer, reader: &mut Reader<'_>) -> Result<Value> {
    let refuse = |reason: String| Error::Answer { call: call.clone(), reason };
    if let Some(encoding) = intermediary::encoding(raw) {
        return Err(refuse(format!("the response is compressed ({encoding}), although the request did not allow it")));
    }
    if raw.body.len() > MOST_VALUES && count_values(&raw.body) > MOST_VALUES {
        return Err(refuse(format!("the response contains more than {MOST_VALUES} values")));
    }
    reader(&raw.body).map_err(|error| {
        refuse(match error.classify() {
            Category::Eof => format!("the response is cut off ({error})"),
            Category::Syntax => format!("the response is not JSON ({error})"),
            // This message may quote the input, which may contain a key.
            Category::Data | Category::Io => format!("line {} of the response has an unexpected type", error.line()),
        })
    })
}

/// An upper limit for the number of values: each but the first follows a comma, a bracket or a brace.
fn count_values(body: &[u8]) -> usize {
    let (mut count, mut in_string, mut escaped) = (1, false, false);
    for byte in body {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b',' | b'[' | b'{' if !in_string => count += 1,
            _ => {}
        }
    }
    count
}

/// The end of a deletion that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// The response confirms it.
    Confirmed,
    /// The cloud answered 404: the object was deleted before, or this path does not reach it.
    NotFound,
}

/// Returns true if a response of this status with this body (`null` where it was empty) confirms that the object does not exist any
/// more. 202 promises a deletion, and confirms none.
#[must_use]
pub fn confirms_deletion(status: u16, body: &Value) -> bool {
    match status {
        404 => true,
        202 => false,
        status => is_success(status) && is_nothing(body),
    }
}

fn is_nothing(body: &Value) -> bool {
    match body {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// The type of a value, without its content.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The message of a refusal, not shortened, with secrets.
fn detail(body: &[u8]) -> String {
    let body = &body[..body.len().min(LONGEST_DETAIL)];
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(map)) => detail_of_object(&map),
        Ok(Value::String(words)) => words,
        Ok(Value::Null) => String::new(),
        Ok(other) => other.to_string(),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    }
}

/// The cloud's forms: `{"detail": "…"}`, `{"detail": {…}}`, a map of fields, or `{"id": "…"}`. Other fields in addition to
/// `detail` (`reason`) are added.
fn detail_of_object(map: &Map<String, Value>) -> String {
    let detail = match map.get("detail") {
        None => join_fields(map.iter()),
        Some(Value::String(words)) => words.clone(),
        Some(Value::Object(fields)) => join_fields(fields.iter()),
        Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    };
    if !map.contains_key("detail") {
        return detail;
    }
    let more = join_fields(map.iter().filter(|(name, value)| *name != "detail" && !value.is_null()));
    match (detail.is_empty(), more.is_empty()) {
        (_, true) => detail,
        (true, false) => more,
        (false, false) => format!("{} ({more})", detail.trim_end_matches('.')),
    }
}

fn join_fields<'a>(fields: impl Iterator<Item = (&'a String, &'a Value)>) -> String {
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

#[cfg(test)]
mod tests;
