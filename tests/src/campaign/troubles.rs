//! What goes wrong with a call, and when.

use super::Called;
use mist_simulator::{Fault, FaultKind, RetryAfter};
use std::collections::BTreeMap;
use std::net::TcpListener;

/// The path that redirects to itself for ever.
const ITSELF: &str = "/api/v1/self/apitokens";

/// In which a proxy, a portal or a gateway answers with a page of its own.
const PAGES: [u16; 10] = [200, 201, 401, 403, 404, 407, 429, 500, 502, 503];

/// Another host, to which redirects lead and to which nothing may ever go.
#[derive(Debug)]
pub struct Elsewhere(TcpListener);

/// One thing that goes wrong.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// What the report calls it.
    pub name: String,
    /// What the cloud does.
    pub kind: FaultKind,
    /// Whether the request is carried out all the same, or `None` for what the kind says of itself.
    pub takes_effect: Option<bool>,
    /// The answer comes at once, and the effect this many milliseconds later.
    pub effect_after: Option<u64>,
    /// Met once, it may not make a task fail that reads, changes or deletes.
    pub passes: bool,
    /// It takes a good part of a second of a processor: at fewer calls than others where not all have their turn.
    pub heavy: bool,
}

/// Whose turn it is where not every trouble befalls every call.
#[derive(Debug, Default)]
pub struct Turns(BTreeMap<(String, usize), usize>);

/// Which of the attempts to make the call it befalls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// The first.
    First,
    /// The second, after a first one that was answered with 503 and had no effect.
    Second,
    /// All.
    Every,
}

impl Elsewhere {
    /// Another port of this machine.
    ///
    /// # Errors
    ///
    /// The system gives no port.
    pub fn new() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        Ok(Self(listener))
    }

    /// Where it is.
    ///
    /// # Errors
    ///
    /// The system does not say.
    pub fn port(&self) -> anyhow::Result<u16> {
        Ok(self.0.local_addr()?.port())
    }

    /// Whether nobody ever came.
    pub fn was_left_alone(&self) -> bool {
        self.0.accept().is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }
}

impl Trouble {
    /// The fault, for this call.
    pub fn fault(&self, method: &str, path: &str) -> Fault {
        let fault = Fault::new(self.kind.clone()).method(method).path(path);
        let fault = Fault { effect_after: self.effect_after, ..fault };
        match self.takes_effect {
            Some(takes_effect) => fault.takes_effect(takes_effect),
            None => fault,
        }
    }

    /// Whether it is a trouble with this call. Of a cloud that lies nothing can be promised: one that calls a token gone
    /// which is there, or one list where it is asked for another, or an empty list (as which `null` counts) of what it has.
    pub fn befalls(&self, called: &Called) -> bool {
        match &self.kind {
            // A read has no effect that could come later.
            _ if self.effect_after.is_some() => called.method != "GET",
            FaultKind::Status { status: 404, .. } => called.method != "DELETE",
            FaultKind::Status { status: 200, body, .. } if body == "null" => called.method != "GET",
            FaultKind::Redirect { to, .. } if to == ITSELF => called.method != "GET" || called.path.starts_with(ITSELF),
            _ => true,
        }
    }

    /// Whether the request may have been carried out without the client's knowing.
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

impl Turns {
    /// Whether it is the turn of this trouble: every `share`th time that it is asked for, of one that is heavy every third
    /// time of these. No two begin at the same, so that all calls have their turn as well.
    pub fn takes(&mut self, trouble: &Trouble, share: usize) -> bool {
        let others = self.0.len();
        let asked = self.0.entry((trouble.name.clone(), share)).or_insert(others);
        *asked += 1;
        asked.is_multiple_of(if trouble.heavy { 3 * share } else { share })
    }
}

/// Everything that goes wrong. `elsewhere` is a port that redirects lead to, `secret` what answers quote.
pub fn troubles(elsewhere: u16, secret: &str) -> Vec<Trouble> {
    use FaultKind::{
        BadChunking, Compressed, CutAfter, CutBefore, CutMidBody, Delay, DelayedEffect, Endless, Garbage, Html, Huge,
        LeakyError, NotHttp, NotUtf8, RateLimit, ShortContentLength, Trickle, TruncatedBody, WrongShape,
    };
    let mut all = Vec::new();
    for refusal in [400, 401, 403, 404, 405, 409, 418, 501] {
        all.push(trouble(format!("{refusal}"), status(refusal, &quoting(secret))));
    }
    for failure in [408, 500, 502, 503, 504] {
        all.push(trouble(format!("{failure}"), status(failure, &quoting(secret))).passing());
        all.push(trouble(format!("{failure} after its effect"), status(failure, "")).with_effect(true).passing());
    }
    for (name, kind) in [
        ("a short delay", Delay { milliseconds: 200 }),
        ("cut before its effect", CutBefore),
        ("cut after its effect", CutAfter),
        ("cut in mid-body", CutMidBody),
        ("429, a second", RateLimit { retry_after: RetryAfter::Seconds(1) }),
        ("429, a date", RateLimit { retry_after: RetryAfter::Date(1) }),
    ] {
        all.push(trouble(name, kind).passing());
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
        all.push(trouble(name, kind));
    }
    // Somebody in between answers in the cloud's place, whether or not the request had come to the cloud.
    for status in PAGES {
        let passes = status >= 500;
        for takes_effect in [false, true] {
            let name = format!("somebody else's page, {status}{}", if takes_effect { " after its effect" } else { "" });
            let page = trouble(name, Html { status }).with_effect(takes_effect);
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
        // The cloud did what it was asked, and says odd things about it.
        all.push(trouble(name, kind).with_effect(true));
    }
    for (name, to) in [
        ("another port", format!("https://127.0.0.1:{elsewhere}/api/v1/self/apitokens")),
        ("another host", format!("https://localhost:{elsewhere}/")),
        ("plain http", format!("http://127.0.0.1:{elsewhere}/")),
        ("a host without a scheme", format!("//127.0.0.1:{elsewhere}/")),
        ("itself, for ever", ITSELF.to_owned()),
        ("another path of this host", "/api/v1/self".to_owned()),
        ("nowhere", String::new()),
    ] {
        for code in [302, 307] {
            all.push(trouble(format!("{code} to {name}"), FaultKind::Redirect { to: to.clone(), status: code }));
        }
    }
    for (name, kind) in
        [("closed without an answer, committed later", CutBefore), ("200 {} committed later", status(200, "{}"))]
    {
        let late = Trouble { effect_after: Some(2_500), ..trouble(name, kind) };
        all.push(late.with_effect(true));
    }
    for (name, kind) in [
        ("carried out late, unanswered", DelayedEffect { milliseconds: 300 }),
        ("carried out after the timeout, unanswered", DelayedEffect { milliseconds: 2600 }),
        ("answered after the timeout", Delay { milliseconds: 2600 }),
        ("a trickle", Trickle { milliseconds: 50 }),
    ] {
        all.push(trouble(name, kind));
    }
    for (name, kind) in [("endless", Endless), ("65 MiB", Huge)] {
        all.push(Trouble { heavy: true, ..trouble(name, kind) });
    }
    all
}

fn trouble(name: impl Into<String>, kind: FaultKind) -> Trouble {
    Trouble { name: name.into(), kind, takes_effect: None, effect_after: None, passes: false, heavy: false }
}

impl Trouble {
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
    use super::super::{Scenario, situations};
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn where_not_all_have_their_turn_every_trouble_and_every_call_has() {
        let (situations, troubles) = (situations(), troubles(1, "secret"));
        let all = Scenario::all(&situations, &troubles, &[When::First, When::Every]);
        let calls = |scenarios: &[Scenario]| -> BTreeSet<String> {
            let call = |scenario: &Scenario| scenario.trouble.as_ref().map(|(called, _, when)| (called.name, *when));
            scenarios.iter().map(|scenario| format!("{} {:?}", scenario.situation.name, call(scenario))).collect()
        };
        for share in [17, 23] {
            let mut turns = Turns::default();
            let mut chosen = all.clone();
            chosen.retain(|scenario| {
                scenario.trouble.as_ref().is_some_and(|(_, trouble, _)| turns.takes(trouble, share))
            });
            assert_eq!(calls(&chosen), calls(&all), "{share}");
            let of = |name: &str| {
                let is_it = |scenario: &&Scenario| {
                    scenario.trouble.as_ref().is_some_and(|(_, trouble, _)| trouble.name == name)
                };
                (chosen.iter().filter(is_it).count(), all.iter().filter(is_it).count())
            };
            for trouble in &troubles {
                let (chosen, all) = of(&trouble.name);
                let share = if trouble.heavy { 3 * share } else { share };
                assert!(
                    chosen > 0 && (all / share..=all / share + 1).contains(&chosen),
                    "{}: {chosen} of {all}",
                    trouble.name
                );
            }
        }
    }
}
