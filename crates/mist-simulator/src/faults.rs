//! Faults, and the requests that they match.

use crate::message::Request;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A fault and the requests that it matches.
///
/// If several faults match a request, the oldest one that is not used up applies.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// The method in upper case. Default: every method.
    #[serde(default)]
    pub method: Option<String>,
    /// A prefix of the path. With a `*` (any characters, also slashes) it is a pattern for the whole path, with a `$`
    /// at its end the exact path. The empty string matches every path. The query does not count.
    #[serde(default)]
    pub path: String,
    /// The number of matching requests before the first one that fails.
    #[serde(default)]
    pub skip: usize,
    /// The number of requests that fail. Default: all.
    #[serde(default)]
    pub times: Option<usize>,
    /// Overrides if the request takes effect. Default: as the kind documents it.
    #[serde(default)]
    pub takes_effect: Option<bool>,
    /// The fault answers at once, and the request takes effect this many milliseconds later. `Some` implies an effect.
    /// The kinds with a wait of their own (`Delay`, `DelayedEffect`, `HoldRequest`, `HoldAnswer`) ignore it.
    #[serde(default)]
    pub effect_after: Option<u64>,
    pub kind: FaultKind,
}

impl Fault {
    /// A fault for every request. The methods below narrow it.
    pub fn new(kind: FaultKind) -> Self {
        Self { method: None, path: String::new(), skip: 0, times: None, takes_effect: None, effect_after: None, kind }
    }

    /// Limits the fault to this method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_ascii_uppercase());
        self
    }

    /// Limits the fault to this path: see the field.
    #[must_use]
    pub fn path(mut self, path: &str) -> Self {
        path.clone_into(&mut self.path);
        self
    }

    /// Skips this many matching requests.
    #[must_use]
    pub fn skip(mut self, requests: usize) -> Self {
        self.skip = requests;
        self
    }

    /// Limits the number of requests that fail.
    #[must_use]
    pub fn times(mut self, requests: usize) -> Self {
        self.times = Some(requests);
        self
    }

    /// Overrides if the request takes effect. `Delay`, `DelayedEffect`, `HoldRequest`, `HoldAnswer`, `CutBefore` and
    /// `CutAfter` ignore it, because their names imply it.
    #[must_use]
    pub fn takes_effect(mut self, takes_effect: bool) -> Self {
        self.takes_effect = Some(takes_effect);
        self
    }

    /// Answers at once, and carries the request out this many milliseconds later: see the field.
    /// [`Simulator::settle`](crate::Simulator::settle) waits for the effect, and
    /// [`Simulator::release`](crate::Simulator::release) causes it.
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

/// A kind of fault. The word in brackets is the default of [`Fault::takes_effect`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum FaultKind {
    /// This response in place of the real one (no effect).
    Status {
        status: u16,
        /// The body: JSON unless `headers` has another type.
        #[serde(default)]
        body: String,
        /// Further headers.
        #[serde(default)]
        headers: BTreeMap<String, String>,
    },
    /// The real response after a wait (effect). The request takes effect after the wait, also when the client has
    /// closed the connection.
    Delay { milliseconds: u64 },
    /// No response. The request takes effect later, also when the client has closed the connection (effect).
    DelayedEffect {
        /// The time until the effect. [`Simulator::settle`](crate::Simulator::settle) waits for it.
        milliseconds: u64,
    },
    /// The real response when the test calls [`Simulator::release`](crate::Simulator::release) (effect). The request
    /// takes effect then, also when the client has closed the connection.
    HoldRequest,
    /// The request takes effect at once. Its response is sent when the test calls
    /// [`Simulator::release`](crate::Simulator::release) (effect).
    HoldAnswer,
    /// The connection is cut without a response (no effect).
    CutBefore,
    /// The connection is cut without a response (effect).
    CutAfter,
    /// The headers and half of the body, then the connection is cut (effect).
    CutMidBody,
    /// Half of the body with the matching `Content-Length`: complete HTTP, incomplete JSON (effect).
    TruncatedBody,
    /// The whole body with a `Content-Length` of half of it, on a connection that stays open. The rest looks like the
    /// beginning of another response (effect).
    ShortContentLength,
    /// An HTML page of a gateway (no effect).
    Html {
        /// The status, such as 200 or 502.
        status: u16,
    },
    /// A page or a response of a proxy or a captive portal (no effect).
    Page {
        /// The status, such as 200 or 407.
        status: u16,
        form: IntermediaryPage,
    },
    /// The real response with other fields and headers (effect).
    Altered {
        /// Values by JSON pointer, such as `/key` or `/0/created_time`. A missing field is added.
        #[serde(default)]
        fields: BTreeMap<String, Value>,
        /// JSON pointers of the fields to remove.
        #[serde(default)]
        without: Vec<String>,
        /// Headers to set, or with `null` to remove.
        #[serde(default)]
        headers: BTreeMap<String, Option<String>>,
    },
    /// The real response with another status, such as 206 (effect).
    OtherStatus { status: u16 },
    /// The response that another query would get, for example page 1 in place of page 2 (effect).
    OtherQuery {
        /// The query without `?`, such as `limit=1000&page=1`.
        query: String,
    },
    /// A list in place of an object, and an object in place of any other value (effect).
    WrongShape,
    /// Random bytes with the content type of JSON (effect).
    Garbage,
    /// Random bytes in place of an HTTP response, then the end of the connection (effect).
    NotHttp,
    /// The real body with two bytes that are not UTF-8 (effect).
    NotUtf8,
    /// The real body, compressed with gzip and the matching header (effect).
    Compressed,
    /// A chunked body whose second chunk has an invalid length (effect).
    BadChunking,
    /// A body without end, as fast as the client reads it (effect).
    Endless,
    /// A body without end, one space at a time (effect).
    Trickle {
        /// The time between two spaces.
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
        #[serde(default)]
        retry_after: RetryAfter,
    },
    /// 400 with a `detail` that quotes this text (no effect).
    LeakyError { text: String },
}

/// The response of a proxy or a captive portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntermediaryPage {
    /// HTML that starts with its document type.
    Html,
    /// HTML that starts with a comment, as `text/html`.
    Comment,
    /// HTML that starts with white space and a tag, as JSON.
    HtmlAsJson,
    /// The page of nginx for the status.
    Nginx,
    Text,
    /// An empty body.
    Empty,
    /// JSON of the intermediary: `{"error": "blocked by policy"}`.
    Json,
}

impl IntermediaryPage {
    pub const ALL: [Self; 7] =
        [Self::Html, Self::Comment, Self::HtmlAsJson, Self::Nginx, Self::Text, Self::Empty, Self::Json];
}

/// The `Retry-After` of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// No header.
    #[default]
    Absent,
    /// This many seconds.
    Seconds(u64),
    /// The date in this many seconds by the simulator's clock, which the `Date` header shows.
    Date(u64),
}

/// The active faults.
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

    /// The fault for this request, which is counted.
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

/// Returns true if `text` consists of the parts between the stars. Each part is matched as early as possible, the last one at
/// the end.
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
