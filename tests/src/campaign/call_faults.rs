//! The faults of a call, and the attempts that they affect.

use super::Call;
use mist_simulator::{Fault, FaultKind, RetryAfter};
use std::collections::BTreeMap;
use std::net::TcpListener;

/// The path that redirects to itself.
const ITSELF: &str = "/api/v1/self/apitokens";

/// The status codes of the pages of a proxy, a portal or a gateway.
const PAGES: [u16; 10] = [200, 201, 401, 403, 404, 407, 429, 500, 502, 503];

/// Another host. Redirects lead to it, and no request may follow them.
#[derive(Debug)]
pub struct OtherHost(TcpListener);

/// A fault that can affect any call.
#[derive(Debug, Clone)]
pub struct CallFault {
    /// The name in reports.
    pub name: String,
    pub kind: FaultKind,
    /// True if the request takes effect. `None`: as the kind documents it.
    pub takes_effect: Option<bool>,
    /// The response comes at once, and the effect this many milliseconds later.
    pub effect_after: Option<u64>,
    /// True if a task that reads, changes or deletes must succeed when the fault occurs once.
    pub passes: bool,
    /// True if the fault takes a good part of a second of a processor. Samples have fewer of these.
    pub heavy: bool,
}

/// Chooses the scenarios of a sample.
#[derive(Debug, Default)]
pub struct Sampler(BTreeMap<(String, usize), usize>);

/// The attempts to send a call that the fault affects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    First,
    /// The first attempt gets 503 and has no effect.
    Second,
    Every,
}

impl OtherHost {
    /// Another port of this machine.
    pub fn new() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        Ok(Self(listener))
    }

    pub fn port(&self) -> anyhow::Result<u16> {
        Ok(self.0.local_addr()?.port())
    }

    pub fn got_no_request(&self) -> bool {
        self.0.accept().is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }
}

impl CallFault {
    /// The fault for this call.
    pub fn at(&self, method: &str, path: &str) -> Fault {
        let fault = Fault::new(self.kind.clone()).method(method).path(path);
        let fault = Fault { effect_after: self.effect_after, ..fault };
        match self.takes_effect {
            Some(takes_effect) => fault.takes_effect(takes_effect),
            None => fault,
        }
    }

    /// Returns true if promises hold with this fault at this call. They cannot hold with a cloud that reports an existing token as
    /// deleted, or returns another list or an empty one (`null` is an empty list).
    pub fn applies_to(&self, call: &Call) -> bool {
        match &self.kind {
            // A read has no effect that could come later.
            _ if self.effect_after.is_some() => call.method != "GET",
            FaultKind::Status { status: 404, .. } => call.method != "DELETE",
            FaultKind::Status { status: 200, body, .. } if body == "null" => call.method != "GET",
            FaultKind::Redirect { to, .. } if to == ITSELF => call.method != "GET" || call.path.starts_with(ITSELF),
            _ => true,
        }
    }

    /// Returns true if the request can take effect without a response that confirms it.
    pub fn may_have_effect(&self) -> bool {
        use FaultKind::{CutBefore, Html, LeakyError, RateLimit, Redirect, Status};
        match self.kind {
            Status { .. } | Html { .. } | Redirect { .. } | RateLimit { .. } | LeakyError { .. } => {
                self.takes_effect == Some(true)
            }
            CutBefore => self.effect_after.is_some(),
            _ => self.takes_effect != Some(false),
        }
    }
}

impl Sampler {
    /// Takes one of every `share` scenarios with this fault, and of a heavy fault a third of these. Each fault starts at
    /// another scenario, so that the sample has all calls, too.
    pub fn takes(&mut self, fault: &CallFault, share: usize) -> bool {
        let others = self.0.len();
        let asked = self.0.entry((fault.name.clone(), share)).or_insert(others);
        *asked += 1;
        asked.is_multiple_of(if fault.heavy { 3 * share } else { share })
    }
}

/// All faults. Redirects lead to the port `other_host`, and responses quote `secret`.
pub fn call_faults(other_host: u16, secret: &str) -> Vec<CallFault> {
    use FaultKind::{
        BadChunking, Compressed, CutAfter, CutBefore, CutMidBody, Delay, DelayedEffect, Endless, Garbage, Html, Huge,
        LeakyError, NotHttp, NotUtf8, RateLimit, ShortContentLength, Trickle, TruncatedBody, WrongShape,
    };
    let mut all = Vec::new();
    for refusal in [400, 401, 403, 404, 405, 409, 418, 501] {
        all.push(fault(format!("{refusal}"), status(refusal, &quoting(secret))));
    }
    for failure in [408, 500, 502, 503, 504] {
        all.push(fault(format!("{failure}"), status(failure, &quoting(secret))).passing());
        all.push(fault(format!("{failure} after its effect"), status(failure, "")).with_effect(true).passing());
    }
    for (name, kind) in [
        ("a short delay", Delay { milliseconds: 200 }),
        ("cut before its effect", CutBefore),
        ("cut after its effect", CutAfter),
        ("cut in mid-body", CutMidBody),
        ("429, a second", RateLimit { retry_after: RetryAfter::Seconds(1) }),
        ("429, a date", RateLimit { retry_after: RetryAfter::Date(1) }),
    ] {
        all.push(fault(name, kind).passing());
    }
    for (name, kind) in [
        ("cut short", TruncatedBody),
        ("another shape", WrongShape),
        ("garbage", Garbage),
        ("no HTTP", NotHttp),
        ("no UTF-8", NotUtf8),
        ("compressed", Compressed),
        ("bad chunking", BadChunking),
        ("a length of the half", ShortContentLength),
        ("429 without a time", RateLimit { retry_after: RetryAfter::Absent }),
        ("429, an hour", RateLimit { retry_after: RetryAfter::Seconds(3600) }),
        ("a refusal that quotes a key", LeakyError { text: secret.to_owned() }),
    ] {
        all.push(fault(name, kind));
    }
    // A proxy answers instead of the cloud, before or after the request reached the cloud.
    for status in PAGES {
        let passes = status >= 500;
        for takes_effect in [false, true] {
            let name = format!("page of a proxy, {status}{}", if takes_effect { " after its effect" } else { "" });
            let page = fault(name, Html { status }).with_effect(takes_effect);
            all.push(if passes { page.passing() } else { page });
        }
    }
    for (name, kind) in [
        ("an empty answer", status(200, "")),
        ("null", status(200, "null")),
        ("a number", status(200, "7")),
        ("a token without a key", status(200, r#"{"id": "x", "name": "n"}"#)),
        ("no list of tokens", status(200, r#"[{"id": 7}, null, "x"]"#)),
        ("an id that is a path", status(200, r#"[{"id": "../x", "name": "n"}]"#)),
        ("deep nesting", status(200, &"[".repeat(100_000))),
    ] {
        // The request took effect, and the response is invalid.
        all.push(fault(name, kind).with_effect(true));
    }
    for (name, to) in [
        ("another port", format!("https://127.0.0.1:{other_host}/api/v1/self/apitokens")),
        ("another host", format!("https://localhost:{other_host}/")),
        ("plain http", format!("http://127.0.0.1:{other_host}/")),
        ("a host without a scheme", format!("//127.0.0.1:{other_host}/")),
        ("itself, for ever", ITSELF.to_owned()),
        ("another path of this host", "/api/v1/self".to_owned()),
        ("nowhere", String::new()),
    ] {
        for code in [302, 307] {
            all.push(fault(format!("{code} to {name}"), FaultKind::Redirect { to: to.clone(), status: code }));
        }
    }
    for (name, kind) in
        [("closed without an answer, committed later", CutBefore), ("200 {} committed later", status(200, "{}"))]
    {
        let late = CallFault { effect_after: Some(2_500), ..fault(name, kind) };
        all.push(late.with_effect(true));
    }
    for (name, kind) in [
        ("carried out late, unanswered", DelayedEffect { milliseconds: 300 }),
        ("carried out after the timeout, unanswered", DelayedEffect { milliseconds: 2600 }),
        ("answered after the timeout", Delay { milliseconds: 2600 }),
        ("a trickle", Trickle { milliseconds: 50 }),
    ] {
        all.push(fault(name, kind));
    }
    for (name, kind) in [("endless", Endless), ("65 MiB", Huge)] {
        all.push(CallFault { heavy: true, ..fault(name, kind) });
    }
    all
}

fn fault(name: impl Into<String>, kind: FaultKind) -> CallFault {
    CallFault { name: name.into(), kind, takes_effect: None, effect_after: None, passes: false, heavy: false }
}

impl CallFault {
    fn passing(self) -> Self {
        Self { passes: true, ..self }
    }

    fn with_effect(self, takes_effect: bool) -> Self {
        Self { takes_effect: Some(takes_effect), ..self }
    }
}

fn status(status: u16, body: &str) -> FaultKind {
    FaultKind::Status { status, body: body.to_owned(), headers: BTreeMap::new() }
}

fn quoting(secret: &str) -> String {
    serde_json::json!({"detail": {"token": [secret], "hint": "see above"}}).to_string()
}

#[cfg(test)]
mod tests {
    use super::super::Scenario;
    use super::super::tokens::{TokenSituation, situations};
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn a_sample_has_every_fault_and_every_call() {
        let (situations, faults) = (situations(), call_faults(1, "secret"));
        let all = Scenario::all(&situations, &faults, &[Attempt::First, Attempt::Every]);
        let calls = |scenarios: &[Scenario<TokenSituation>]| -> BTreeSet<String> {
            let call = |scenario: &Scenario<TokenSituation>| {
                scenario.fault.as_ref().map(|(call, _, attempt)| (call.name, *attempt))
            };
            scenarios.iter().map(|scenario| format!("{} {:?}", scenario.situation.name, call(scenario))).collect()
        };
        for share in [17, 23] {
            let mut sampler = Sampler::default();
            let mut chosen = all.clone();
            chosen.retain(|scenario| scenario.fault.as_ref().is_some_and(|(_, fault, _)| sampler.takes(fault, share)));
            assert_eq!(calls(&chosen), calls(&all), "{share}");
            let of = |name: &str| {
                let is_it = |scenario: &&Scenario<TokenSituation>| {
                    scenario.fault.as_ref().is_some_and(|(_, fault, _)| fault.name == name)
                };
                (chosen.iter().filter(is_it).count(), all.iter().filter(is_it).count())
            };
            for fault in &faults {
                let (chosen, all) = of(&fault.name);
                let share = if fault.heavy { 3 * share } else { share };
                assert!(
                    chosen > 0 && (all / share..=all / share + 1).contains(&chosen),
                    "{}: {chosen} of {all}",
                    fault.name
                );
            }
        }
    }
}
