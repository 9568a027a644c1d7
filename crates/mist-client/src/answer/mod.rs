//! Reads what the cloud answered: JSON, or its words of refusal. No I/O.

mod origin;
mod size;
mod words;

pub(crate) use origin::is_success;
use origin::{Origin, is_blank};

use crate::error::{Call, Error, Identity, ProxyName, Result};
use crate::redact;
use crate::transport::RawAnswer;
use serde_json::Value;
use std::time::SystemTime;

/// Reads a body that is JSON: its value, or `null` where the reader has taken it in another form.
pub(crate) type Reader<'a> = dyn FnMut(&[u8]) -> serde_json::Result<Value> + 'a;

/// What an error about an answer needs to know of the request.
#[derive(Debug, Default)]
pub(crate) struct Asked<'a> {
    /// As whom it was sent.
    pub(crate) identity: Identity,
    /// The proxy that it went through.
    pub(crate) proxy: Option<&'a ProxyName>,
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
    /// Whether there was no body at all.
    pub is_empty: bool,
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
        let what = if self.is_empty { "nothing" } else { kind(&self.json) };
        Error::Answer {
            call: self.call.clone(),
            reason: format!("the cloud answered {what}, where {expected} was expected"),
        }
    }
}

/// Turns an answer as it came into JSON, or into the error that it is.
///
/// # Errors
/// [`Error::Status`] for every status outside 200..300, with the cloud's `detail`; [`Error::Answer`] for a success that
/// cannot be read; [`Error::NotTheCloud`] for what is not the cloud's.
pub fn read(call: &Call, raw: &RawAnswer) -> Result<Answer> {
    read_accepted(call, raw, &is_success)
}

/// The same where other statuses are accepted than those of success.
///
/// # Errors
/// [`Error::Status`] for a status that is not accepted, with the cloud's `detail`; [`Error::Answer`] for a success that
/// cannot be read; [`Error::NotTheCloud`] for what is not the cloud's, whatever its status.
pub fn read_accepted(call: &Call, raw: &RawAnswer, accepts: &dyn Fn(u16) -> bool) -> Result<Answer> {
    read_as_asked(call, raw, accepts, &mut as_it_is, &Asked::default())
}

/// As [`read_accepted`], the body read by `reader`; an error says what `asked` knows, and quotes none of its secrets.
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
    // Masked before it is shortened: half a secret would be known by nothing.
    let clean = |text: &str| redact::excerpt(&redact::redact(text, asked.secrets.iter().copied()), QUOTED);
    if let Origin::Somebody(what) = origin::of(call.method, raw) {
        let proxy = asked.proxy.cloned();
        return Err(Error::NotTheCloud { call: call.clone(), status: raw.status, what: clean(&what), proxy });
    }
    let success = is_success(raw.status);
    if !accepts(raw.status) {
        // The body of a success is nobody's message, and may hold what nobody asked to see.
        let detail = if success { String::new() } else { clean(&words::detail(&raw.body)) };
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

/// A header that counts. One that is there and is no number would cut a list short without a word.
fn number(call: &Call, raw: &RawAnswer, name: &str) -> Result<Option<u64>> {
    match raw.header(name).map(str::trim).filter(|value| !value.is_empty()) {
        None => Ok(None),
        Some(value) => value.parse().map(Some).map_err(|_| Error::Answer {
            call: call.clone(),
            reason: format!("the answer's header {name} is no count of objects"),
        }),
    }
}

fn json(call: &Call, raw: &RawAnswer, reader: &mut Reader<'_>) -> Result<Value> {
    let refuse = |reason: String| Error::Answer { call: call.clone(), reason };
    if let Some(encoding) = origin::encoding(raw) {
        return Err(refuse(format!("the answer is compressed ({encoding}), which was not asked for")));
    }
    if size::holds_too_much(&raw.body) {
        return Err(refuse(format!("the answer holds more than {} values", size::MOST_VALUES)));
    }
    reader(&raw.body).map_err(|error| {
        let what = if error.is_eof() {
            "is JSON cut short".to_owned()
        } else {
            // serde_json's own words may quote the input, which may hold a key.
            format!("is not JSON (line {}, column {})", error.line(), error.column())
        };
        refuse(format!("the answer {what}"))
    })
}

/// What a JSON value is, in words, without its content.
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

#[cfg(test)]
mod tests;
