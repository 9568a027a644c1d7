//! What can be made to go wrong, and for which requests.

use crate::message::Request;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// One thing that goes wrong with the requests that it matches.
///
/// Where several faults match a request, the one added first and not yet used up is taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The method, in capitals, or `None` for every method.
    #[serde(default)]
    pub method: Option<String>,
    /// The path: a prefix, or with a `*` (any characters, slashes too) a pattern for the whole path, or with a `$` at
    /// the end the exact path. The empty string matches everything. The query does not count.
    #[serde(default)]
    pub path: String,
    /// How many matching requests are left alone first.
    #[serde(default)]
    pub skip: usize,
    /// How many requests it then happens to, or `None` for all.
    #[serde(default)]
    pub times: Option<usize>,
    /// Whether the request is carried out before its answer is spoilt, or `None` for what the kind says of itself.
    #[serde(default)]
    pub takes_effect: Option<bool>,
    /// The fault answers at once, and the request takes effect this many milliseconds later. `Some` implies that the request takes
    /// effect. The kinds that wait themselves (`Delay`, `DelayedEffect`, `HoldRequest`, `HoldAnswer`) ignore it.
    #[serde(default)]
    pub effect_after: Option<u64>,
    /// What goes wrong.
    pub kind: FaultKind,
}

impl Fault {
    /// This kind, for every request; narrow it with the methods below.
    pub fn new(kind: FaultKind) -> Self {
        Self { method: None, path: String::new(), skip: 0, times: None, takes_effect: None, effect_after: None, kind }
    }

    /// Only for this method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_ascii_uppercase());
        self
    }

    /// Only for this path: see the field.
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// Only after this many matching requests.
    #[must_use]
    pub fn skip(mut self, requests: usize) -> Self {
        self.skip = requests;
        self
    }

    /// Only this many times.
    #[must_use]
    pub fn times(mut self, requests: usize) -> Self {
        self.times = Some(requests);
        self
    }

    /// Whether the request is carried out before its answer is spoilt. `Delay`, `DelayedEffect`, `HoldRequest`, `HoldAnswer`,
    /// `CutBefore` and `CutAfter` ignore it: their names imply it.
    #[must_use]
    pub fn takes_effect(mut self, takes_effect: bool) -> Self {
        self.takes_effect = Some(takes_effect);
        self
    }

    /// Answers at once, and carries the request out this many milliseconds later: see the field.
    /// [`Simulator::settle`](crate::Simulator::settle) waits for the effect, and
    /// [`Simulator::release`](crate::Simulator::release) brings it about.
    #[must_use]
    pub fn effect_after(mut self, milliseconds: u64) -> Self {
        self.effect_after = Some(milliseconds);
        self
    }

    fn matches(&self, request: &Request) -> bool {
        self.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&request.method))
            && path_matches(&self.path, &request.path)
    }
}

/// What goes wrong. In brackets: whether the request takes effect, unless [`Fault::takes_effect`] says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// This answer instead of the real one (no effect).
    Status {
        /// The status.
        status: u16,
        /// The body; JSON unless `headers` say otherwise.
        #[serde(default)]
        body: String,
        /// More headers.
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
    /// The real answer, later. The request takes effect after the wait, and also when the client has gone away.
    Delay {
        /// How long.
        milliseconds: u64,
    },
    /// No answer ever, and the request takes effect later, whether or not the client still waits.
    DelayedEffect {
        /// How much later. [`Simulator::settle`](crate::Simulator::settle) waits for it.
        milliseconds: u64,
    },
    /// The real answer, once the test calls [`Simulator::release`](crate::Simulator::release). The request takes effect then, and also
    /// when the client has closed the connection.
    HoldRequest,
    /// The request takes effect at once. Its answer is sent once the test calls [`Simulator::release`](crate::Simulator::release).
    HoldAnswer,
    /// The connection is cut without an answer, and the request has no effect.
    CutBefore,
    /// The connection is cut without an answer, and the request has taken effect.
    CutAfter,
    /// The headers and half of the body, then the connection is cut (effect).
    CutMidBody,
    /// Half of the body, in an answer whose `Content-Length` is that of the half: whole as HTTP, cut short as JSON (effect).
    TruncatedBody,
    /// The whole body under a `Content-Length` of half of it, on a connection that stays open, so that the rest looks like the
    /// beginning of another answer (effect).
    ShortContentLength,
    /// A page of HTML, as a gateway in between answers (no effect).
    Html {
        /// The status, such as 200 or 502.
        status: u16,
    },
    /// A page or an answer of somebody in between, a proxy or a portal (no effect).
    Page {
        /// The status, such as 200 or 407.
        status: u16,
        /// What it looks like.
        form: IntermediaryPage,
    },
    /// The real answer with other fields and headers (effect).
    Altered {
        /// Values to put there, by JSON pointer: `/key`, `/0/created_time`. What is not there yet is made.
        #[serde(default)]
        fields: BTreeMap<String, Value>,
        /// JSON pointers to what is left out.
        #[serde(default)]
        without: Vec<String>,
        /// Headers to set, or, with `null`, to leave out.
        #[serde(default)]
        headers: BTreeMap<String, Option<String>>,
    },
    /// The real response with another status, such as 206 (effect).
    OtherStatus {
        /// The status.
        status: u16,
    },
    /// The response that another query would get, for example page 1 where page 2 was asked for (effect).
    OtherQuery {
        /// The query without `?`, such as `limit=1000&page=1`.
        query: String,
    },
    /// A list where there was an object, and an object where there was something else (effect).
    WrongShape,
    /// A body of random bytes that calls itself JSON (effect).
    Garbage,
    /// Random bytes in place of an HTTP answer, then the end (effect).
    NotHttp,
    /// The real body with two bytes in it that are not UTF-8 (effect).
    NotUtf8,
    /// The real body, compressed with gzip and said so (effect).
    Compressed,
    /// A chunked body whose second chunk has a length that is not a number (effect).
    BadChunking,
    /// A body that goes on as fast as it is read until the client goes away (effect).
    Endless,
    /// A body that goes on, one space at a time, until the client goes away (effect).
    Trickle {
        /// How long between two spaces.
        milliseconds: u64,
    },
    /// The real body followed by spaces: valid JSON of 65 MiB (effect).
    Huge,
    /// A redirect (no effect).
    Redirect {
        /// The `Location`.
        to: String,
        /// The status, such as 302 or 307.
        status: u16,
    },
    /// 429 (no effect).
    RateLimit {
        /// When to come back.
        #[serde(default)]
        retry_after: RetryAfter,
    },
    /// 400 with a `detail` that quotes this text (no effect).
    LeakyError {
        /// What is quoted.
        text: String,
    },
}

/// What an answer of somebody in between looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntermediaryPage {
    /// HTML that begins with its document type.
    Html,
    /// HTML that begins with a comment and calls itself `text/html`.
    Comment,
    /// HTML that begins with white space and a tag, and calls itself JSON.
    HtmlAsJson,
    /// The page that nginx has for the status.
    Nginx,
    /// Text.
    Text,
    /// Nothing at all.
    Empty,
    /// JSON that is not the cloud's: `{"error": "blocked by policy"}`.
    Json,
}

impl IntermediaryPage {
    /// Every one.
    pub const ALL: [Self; 7] =
        [Self::Html, Self::Comment, Self::HtmlAsJson, Self::Nginx, Self::Text, Self::Empty, Self::Json];
}

/// When to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// Not said.
    #[default]
    Absent,
    /// In this many seconds.
    Seconds(u64),
    /// The date in this many seconds by the simulator's clock, which the `Date` header tells.
    Date(u64),
}

/// The faults in force.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    active: Vec<Active>,
}

#[derive(Debug)]
struct Active {
    fault: Fault,
    seen: usize,
}

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.active.push(Active { fault, seen: 0 });
    }

    pub(crate) fn clear(&mut self) {
        self.active.clear();
    }

    /// What goes wrong with this request, which is counted.
    pub(crate) fn take(&mut self, request: &Request) -> Option<Fault> {
        for active in self.active.iter_mut().filter(|active| active.fault.matches(request)) {
            let fault = &active.fault;
            let index = active.seen;
            active.seen = active.seen.saturating_add(1);
            let due = index >= fault.skip && fault.times.is_none_or(|times| index - fault.skip < times);
            if due {
                return Some(fault.clone());
            }
        }
        None
    }
}

fn path_matches(pattern: &str, path: &str) -> bool {
    if let Some(exact) = pattern.strip_suffix('$') {
        return path == exact;
    }
    let Some((start, rest)) = pattern.split_once('*') else {
        return path.starts_with(pattern);
    };
    let Some(tail) = path.strip_prefix(start) else {
        return false;
    };
    match_pieces(rest, tail)
}

/// Whether `text` consists of the pieces between the stars, each found as early as can be, the last one at the end.
fn match_pieces(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => text.ends_with(pattern),
        Some((piece, rest)) => text.find(piece).is_some_and(|at| match_pieces(rest, &text[at + piece.len()..])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: &str, path: &str) -> Request {
        Request { method: method.to_owned(), path: path.to_owned(), ..Request::default() }
    }

    #[test]
    fn a_path_is_a_prefix_or_a_pattern_or_exact() {
        let table = [
            ("", "/any", true),
            ("/api/v1/self", "/api/v1/self/apitokens", true),
            ("/api/v1/self$", "/api/v1/self/apitokens", false),
            ("/api/v1/self$", "/api/v1/self", true),
            ("*/apitokens", "/api/v1/self/apitokens", true),
            ("*/apitokens", "/api/v1/self/apitokens/1", false),
            ("/api/*/apitokens/*", "/api/v1/orgs/1/apitokens/2", true),
            ("/api/*/apitokens/*", "/api/v1/orgs/1/apitokens", false),
            ("/b*", "/api", false),
        ];
        for (pattern, path, matches) in table {
            assert_eq!(path_matches(pattern, path), matches, "{pattern} {path}");
        }
    }

    #[test]
    fn a_fault_waits_for_its_turn_and_ends() {
        let mut faults = Faults::default();
        faults.add(Fault::new(FaultKind::CutBefore).method("get").path("/a").skip(1).times(2));
        let hits: Vec<bool> = (0..5).map(|_| faults.take(&request("GET", "/a")).is_some()).collect();
        assert_eq!(hits, [false, true, true, false, false]);
        assert!(faults.take(&request("POST", "/a")).is_none());
    }

    #[test]
    fn a_second_fault_takes_over_when_the_first_is_used_up() {
        let mut faults = Faults::default();
        faults.add(Fault::new(FaultKind::CutBefore).times(1));
        faults.add(Fault::new(FaultKind::CutAfter));
        let kinds: Vec<_> = (0..3).filter_map(|_| faults.take(&request("GET", "/"))).map(|fault| fault.kind).collect();
        assert_eq!(kinds, [FaultKind::CutBefore, FaultKind::CutAfter, FaultKind::CutAfter]);
    }

    #[test]
    fn a_fault_reads_from_json() -> anyhow::Result<()> {
        let fault: Fault = serde_json::from_str(
            r#"{"method": "POST", "path": "*/apitokens", "times": 1, "kind": {"status": {"status": 503}}}"#,
        )?;
        let status = FaultKind::Status { status: 503, body: String::new(), headers: BTreeMap::new() };
        assert_eq!(fault, Fault::new(status).method("POST").path("*/apitokens").times(1));
        let fault: Fault = serde_json::from_str(r#"{"kind": {"rate_limit": {"retry_after": {"seconds": 3}}}}"#)?;
        assert_eq!(fault.kind, FaultKind::RateLimit { retry_after: RetryAfter::Seconds(3) });
        assert!(serde_json::from_str::<Fault>(r#"{"kind": "cut_before", "tims": 1}"#).is_err());
        Ok(())
    }
}
