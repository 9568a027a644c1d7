//! The bytes that a fault sends in place of a response. It does no I/O: `server` writes to the socket.

use crate::accounts;
use crate::cloud::http_date;
use crate::faults::{Fault, FaultKind, IntermediaryPage, RetryAfter};
use crate::message::Reply;
use crate::server::{Then, Wire, head};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::iter::repeat_with;
use std::time::Duration;

/// One MiB more than the client's limit.
const HUGE: usize = 65 << 20;

/// The outcome of a request: a response, or bytes that no HTTP server would send.
#[derive(Debug, PartialEq)]
pub(crate) enum Outcome {
    Answer(Reply),
    Wire(Wire),
}

impl FaultKind {
    /// The name in JSON.
    pub(crate) fn name(&self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(name)) => name,
            Ok(serde_json::Value::Object(fields)) => fields.keys().next().cloned().unwrap_or_default(),
            _ => String::new(),
        }
    }
}

/// Returns true if the request is carried out.
pub(crate) fn takes_effect(fault: &Fault) -> bool {
    match &fault.kind {
        FaultKind::CutBefore => false,
        FaultKind::CutAfter
        | FaultKind::Delay { .. }
        | FaultKind::DelayedEffect { .. }
        | FaultKind::HoldRequest
        | FaultKind::HoldAnswer => true,
        FaultKind::Status { .. }
        | FaultKind::Html { .. }
        | FaultKind::Page { .. }
        | FaultKind::Redirect { .. }
        | FaultKind::RateLimit { .. }
        | FaultKind::LeakyError { .. } => fault.takes_effect.unwrap_or(false),
        FaultKind::CutMidBody
        | FaultKind::TruncatedBody
        | FaultKind::ShortContentLength
        | FaultKind::Altered { .. }
        | FaultKind::OtherStatus { .. }
        | FaultKind::OtherQuery { .. }
        | FaultKind::WrongShape
        | FaultKind::Garbage
        | FaultKind::NotHttp
        | FaultKind::NotUtf8
        | FaultKind::Compressed
        | FaultKind::BadChunking
        | FaultKind::Endless
        | FaultKind::Trickle { .. }
        | FaultKind::Huge => fault.takes_effect.unwrap_or(true),
    }
}

/// The outcome of a fault. `reply` is absent for a request without effect.
pub(crate) fn inject(kind: &FaultKind, reply: Option<Reply>, now: f64) -> Outcome {
    let real = reply.unwrap_or_else(|| Reply::json(200, &json!({})));
    match kind {
        // The server waits for these, and does not change their responses.
        FaultKind::Delay { .. } | FaultKind::DelayedEffect { .. } | FaultKind::HoldRequest | FaultKind::HoldAnswer => {
            Outcome::Answer(real)
        }
        // The server has changed the request.
        FaultKind::OtherQuery { .. } => Outcome::Answer(real),
        FaultKind::OtherStatus { status } => Outcome::Answer(Reply { status: *status, ..real }),
        FaultKind::CutBefore | FaultKind::CutAfter => Outcome::Wire(Wire::cut()),
        FaultKind::Status { status, body, headers } => {
            let mut reply = Reply { status: *status, headers: Vec::new(), body: body.clone().into_bytes() };
            if !headers.keys().any(|name| name.eq_ignore_ascii_case("content-type")) {
                reply = reply.with_header("content-type", "application/json");
            }
            Outcome::Answer(headers.iter().fold(reply, |reply, (name, value)| reply.with_header(name, value)))
        }
        FaultKind::Html { status } => Outcome::Answer(Reply::new(*status, "text/html; charset=utf-8", page(*status))),
        FaultKind::Page { status, form } => Outcome::Answer(page_of(*status, *form)),
        FaultKind::Altered { fields, without, headers } => Outcome::Answer(altered(real, fields, without, headers)),
        FaultKind::Redirect { to, status } => {
            Outcome::Answer(Reply { status: *status, ..Reply::empty() }.with_header("location", to))
        }
        FaultKind::RateLimit { retry_after } => {
            Outcome::Answer(with_retry_after(accounts::quota_refusal(), *retry_after, now))
        }
        FaultKind::LeakyError { text } => Outcome::Answer(Reply::detail(400, &format!("Bad value in request: {text}"))),
        FaultKind::TruncatedBody => Outcome::Answer(Reply { body: half(&real.body).to_vec(), ..real }),
        FaultKind::WrongShape => Outcome::Answer(Reply { body: other_shape(&real.body), ..real }),
        FaultKind::Garbage => Outcome::Answer(Reply { body: garbage(), ..real }),
        FaultKind::NotUtf8 => Outcome::Answer(Reply { body: not_utf8(&real.body), ..real }),
        FaultKind::Compressed => {
            Outcome::Answer(Reply { body: gzip(&real.body), ..real }.with_header("content-encoding", "gzip"))
        }
        FaultKind::Huge => {
            // One allocation: without optimization `resize` takes one byte at a time.
            let blank = vec![b' '; HUGE.saturating_sub(real.body.len())];
            let body = [real.body.as_slice(), &blank].concat();
            Outcome::Answer(Reply { body, ..real })
        }
        FaultKind::CutMidBody => {
            let mut bytes = head(&real, &format!("content-length: {}", real.body.len().max(2)));
            bytes.extend_from_slice(half(&real.body));
            Outcome::Wire(Wire { bytes, then: Then::Cut })
        }
        FaultKind::ShortContentLength => {
            let mut bytes = head(&real, &format!("content-length: {}", half(&real.body).len()));
            bytes.extend_from_slice(&real.body);
            Outcome::Wire(Wire { bytes, then: Then::Silence })
        }
        FaultKind::NotHttp => Outcome::Wire(Wire { bytes: garbage(), then: Then::Close }),
        FaultKind::BadChunking => {
            let mut bytes = head(&real, "transfer-encoding: chunked");
            bytes.extend_from_slice(&chunk(b"["));
            bytes.extend_from_slice(b"not-a-length\r\n]\r\n0\r\n\r\n");
            Outcome::Wire(Wire { bytes, then: Then::Close })
        }
        FaultKind::Endless => Outcome::Wire(endless(&real, &[b' '; 64 << 10], 0)),
        FaultKind::Trickle { milliseconds } => Outcome::Wire(endless(&real, b" ", *milliseconds)),
    }
}

/// Adds the header. A date is by the simulator's clock.
pub(crate) fn with_retry_after(reply: Reply, retry_after: RetryAfter, now: f64) -> Reply {
    match retry_after {
        RetryAfter::Absent => reply,
        RetryAfter::Seconds(seconds) => reply.with_header("retry-after", seconds.to_string()),
        RetryAfter::Date(seconds) => reply.with_header("retry-after", http_date(now + seconds as f64)),
    }
}

fn endless(real: &Reply, bytes: &[u8], milliseconds: u64) -> Wire {
    let mut start = head(real, "transfer-encoding: chunked");
    start.extend_from_slice(&chunk(b"["));
    Wire { bytes: start, then: Then::Repeat { bytes: chunk(bytes), pause: Duration::from_millis(milliseconds) } }
}

fn chunk(bytes: &[u8]) -> Vec<u8> {
    let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
    chunk.extend_from_slice(bytes);
    chunk.extend_from_slice(b"\r\n");
    chunk
}

fn half(body: &[u8]) -> &[u8] {
    &body[..body.len() / 2]
}

/// Random bytes. The first one is not valid in JSON, UTF-8 or HTTP.
fn garbage() -> Vec<u8> {
    std::iter::once(0xff).chain(repeat_with(|| fastrand::u8(..))).take(512).collect()
}

fn other_shape(body: &[u8]) -> Vec<u8> {
    let is_object = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let other = if is_object { json!(["unexpected", 1, null]) } else { json!({"unexpected": [1, null]}) };
    other.to_string().into_bytes()
}

fn not_utf8(body: &[u8]) -> Vec<u8> {
    let Some(quote) = body.iter().position(|byte| *byte == b'"') else {
        return b"[\"\xff\xfe\"]".to_vec();
    };
    let (start, end) = body.split_at(quote + 1);
    [start, b"\xff\xfe", end].concat()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail. If it did, an invalid body would be a fault as well.
    let _ = encoder.write_all(body);
    encoder.finish().unwrap_or_default()
}

/// A response of a proxy or a captive portal, with its typical headers.
fn page_of(status: u16, form: IntermediaryPage) -> Reply {
    let words = hyper::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason()).unwrap_or("");
    let (content_type, body) = match form {
        IntermediaryPage::Html => ("text/html; charset=utf-8", String::from_utf8_lossy(&page(status)).into_owned()),
        IntermediaryPage::Comment => (
            "text/html",
            format!(
                "<!-- x -->\n<html><head><title>Notice</title></head><body><p>{status} {words}</p></body></html>\n"
            ),
        ),
        IntermediaryPage::HtmlAsJson => {
            ("application/json", format!("\r\n <html><body>{status} {words}</body></html>"))
        }
        IntermediaryPage::Nginx => (
            "text/html",
            format!(
                "<html>\r\n<head><title>{status} {words}</title></head>\r\n<body>\r\n<center><h1>{status} {words}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
            ),
        ),
        IntermediaryPage::Text => {
            ("text/plain", format!("{status} {words}: this service is not available from here\n"))
        }
        IntermediaryPage::Empty => ("text/plain", String::new()),
        IntermediaryPage::Json => ("application/json", json!({"error": "blocked by policy", "code": 17}).to_string()),
    };
    let reply = Reply::new(status, content_type, body.into_bytes()).with_header("server", "nginx");
    match status {
        407 => reply.with_header("proxy-authenticate", "Basic realm=\"proxy\""),
        429 => reply.with_header("retry-after", "1"),
        _ => reply,
    }
}

/// The response with other fields and headers. Only the headers of a body that is not JSON change.
fn altered(
    mut real: Reply,
    fields: &BTreeMap<String, Value>,
    without: &[String],
    headers: &BTreeMap<String, Option<String>>,
) -> Reply {
    if let Ok(mut value) = serde_json::from_slice::<Value>(&real.body) {
        fields.iter().for_each(|(pointer, new)| set(&mut value, pointer, new.clone()));
        without.iter().for_each(|pointer| leave_out(&mut value, pointer));
        real.body = value.to_string().into_bytes();
    }
    real.headers.retain(|(name, _)| !headers.keys().any(|known| known.eq_ignore_ascii_case(name)));
    let set = headers.iter().filter_map(|(name, value)| Some((name, value.clone()?)));
    set.fold(real, |reply, (name, value)| reply.with_header(name, value))
}

fn set(value: &mut Value, pointer: &str, new: Value) {
    if let Some(there) = value.pointer_mut(pointer) {
        *there = new;
    } else if let Some((above, key)) = pointer.rsplit_once('/') {
        match value.pointer_mut(above) {
            Some(Value::Object(fields)) => drop(fields.insert(key.to_owned(), new)),
            Some(Value::Array(items)) => items.push(new),
            _ => {}
        }
    }
}

fn leave_out(value: &mut Value, pointer: &str) {
    let Some((above, key)) = pointer.rsplit_once('/') else {
        return;
    };
    match value.pointer_mut(above) {
        Some(Value::Object(fields)) => drop(fields.shift_remove(key)),
        Some(Value::Array(items)) => {
            if let Some(index) = key.parse().ok().filter(|index| *index < items.len()) {
                items.remove(index);
            }
        }
        _ => {}
    }
}

fn page(status: u16) -> Vec<u8> {
    format!("<!DOCTYPE html>\n<html><head><title>{status}</title></head><body><h1>{status}</h1><p>gateway</p></body></html>\n").into_bytes()
}
