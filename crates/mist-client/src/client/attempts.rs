//! One call with its repetitions: send, read, pause. Other files decide, without I/O: [`retry`] (again or not),
//! [`credentials`](crate::credentials) (another token), [`answer`](crate::answer) (what the response means).

use super::Client;
use crate::answer::{self, Answer, Asked, Reader, is_success};
use crate::credentials::{Authentication, Scope};
use crate::error::{Call, Error, Result};
use crate::host::Host;
use crate::interruption;
use crate::retry::{self, Next};
use crate::transport::{self, RawAnswer};
use crate::{path, redact};
use secrecy::ExposeSecret;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

pub(super) use crate::retry::Repeat;

/// Redirects within the host that are followed for one attempt.
const REDIRECTS: u32 = 3;

/// True if a request changes anything in the cloud. Check mode refuses those that do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// GET, a POST that searches, and the requests of a session: login, second factor, logout.
    Reads,
    Writes,
}

impl Effect {
    pub(super) fn of(method: &str) -> Self {
        if method == "GET" { Self::Reads } else { Self::Writes }
    }
}

/// A request that an attempt sends.
#[derive(Clone, Copy)]
pub(super) struct Request<'a> {
    pub(super) method: &'static str,
    pub(super) path: &'a str,
    pub(super) body: Option<&'a [u8]>,
    pub(super) effect: Effect,
}

impl Client {
    pub(super) fn call_accepting(
        &self,
        request: Request<'_>,
        repeat: Repeat,
        accepts: &dyn Fn(u16) -> bool,
        reader: &mut Reader<'_>,
    ) -> Result<Answer> {
        path::check(request.path)?;
        let _open = self.shared.begin_call();
        let scope = Scope::of(request.path);
        let mut token = self.authentication.token_for(&scope);
        let (mut attempt, mut repeated, mut asked_again) = (1, false, false);
        loop {
            let started = Instant::now();
            let (error, retry_after) = match self.attempt(request, token, accepts, reader) {
                Ok(answer) => return self.accept(answer, token, repeated),
                // The repetition of a deletion: the first attempt deleted the object.
                Err((error, _)) if error.status() == Some(404) => return Err(error),
                Err(failed) => failed,
            };
            repeated |= error.may_have_taken_effect();
            if error.status() == Some(429)
                && let Some(next) = self.token_after(token, &scope)
            {
                token = next;
                continue;
            }
            // An intermediary's response proves nothing about the change: ask the cloud once more.
            if !asked_again && retry::is_worth_asking_again(request.method, &error) {
                asked_again = true;
                continue;
            }
            self.count_wait(started.elapsed(), &error.fact());
            if interruption::is_requested() {
                return Err(error);
            }
            let random = fastrand::f64();
            match retry::next(&error, repeat, attempt, retry_after, self.remaining_wait(), random, SystemTime::now()) {
                Next::Pause(pause) => self.pause(pause, &error.fact()),
                Next::GiveUp => return Err(error),
                Next::TooLong(wait) => {
                    return Err(match error {
                        Error::Status { call, detail, identity, .. } => {
                            Error::RateLimited { call, detail, wait, identity }
                        }
                        other => other,
                    });
                }
            }
            attempt += 1;
        }
    }

    /// Accepts an answer, except a 404 to the deletion by another token than the first: it possibly cannot see the object.
    fn accept(&self, answer: Answer, token: usize, repeated: bool) -> Result<Answer> {
        let identity = self.authentication.identity_of(token);
        if answer.call.method == "DELETE" && answer.status == 404 && identity.took_over() {
            let detail = answer.json["detail"].as_str().map(|detail| self.without_secrets(detail)).unwrap_or_default();
            return Err(Error::Status { call: answer.call, status: 404, detail, identity });
        }
        Ok(Answer { repeated, ..answer })
    }

    /// One attempt, with the redirects within the host.
    pub(super) fn attempt(
        &self,
        request: Request<'_>,
        token: usize,
        accepts: &dyn Fn(u16) -> bool,
        reader: &mut Reader<'_>,
    ) -> Result<Answer, (Error, Option<Duration>)> {
        let plain = |error| (error, None);
        let host = &self.shared.host;
        // Errors name the original request: the target of a redirect is the server's text and may contain a key.
        let call = Call { method: request.method, url: format!("{}{}", host.origin(), request.path) };
        let mut url = call.url.clone();
        for _ in 0..=REDIRECTS {
            let raw = self.send(&call, &url, token, request.body, request.effect).map_err(plain)?;
            match next_location(host, &call, &raw).map_err(|error| plain(self.clean(error)))? {
                Some(next) => url = format!("{}{next}", host.origin()),
                None => {
                    let secrets = self.secrets();
                    let asked = Asked {
                        identity: self.authentication.identity_of(token),
                        proxy: self.shared.transport.proxy(),
                        secrets: secrets.iter().map(ExposeSecret::expose_secret).collect(),
                    };
                    return answer::read_as_asked(&call, &raw, accepts, reader, &asked).map_err(|error| {
                        let from_intermediary = matches!(error, Error::Intermediary { .. });
                        (error, retry::asked_pause(&raw, from_intermediary))
                    });
                }
            }
        }
        Err(plain(Error::Answer { call, reason: "endless redirects".into() }))
    }

    /// Sends one request once. All requests pass this function, so that it is the gate of check mode.
    pub(super) fn send(
        &self,
        call: &Call,
        url: &str,
        token: usize,
        body: Option<&[u8]>,
        effect: Effect,
    ) -> Result<RawAnswer> {
        if self.shared.check_mode && effect == Effect::Writes {
            return Err(Error::RefusedInCheckMode { call: call.clone() });
        }
        let headers = self.authentication.headers(token, call.method != "GET");
        let request = transport::request(call, url, &headers, body.map(<[u8]>::to_vec))?;
        self.shared.calls.fetch_add(1, Ordering::Relaxed);
        self.shared.transport.send(request).map_err(|failure| Error::Connection {
            call: call.clone(),
            reach: failure.reach,
            cause: Box::new(failure.cause.map_words(&|words| self.without_secrets(words))),
            proxy: self.shared.transport.proxy().cloned(),
        })
    }

    /// The token that continues when the quota of `token` is spent: the next one that belongs to the same scope.
    fn token_after(&self, token: usize, scope: &Scope) -> Option<usize> {
        let Authentication::Tokens { pool, .. } = &*self.authentication else { return None };
        let path = scope.membership_path()?;
        (token + 1..pool.tokens().len()).find(|next| {
            if pool.is_member(*next, scope) {
                return true;
            }
            let request = Request { method: "GET", path: &path, body: None, effect: Effect::Reads };
            let response = self.attempt(request, *next, &is_success, &mut answer::as_it_is);
            let belongs = response.is_ok_and(|answer| scope.is_shown_by(&answer.json));
            if belongs {
                pool.add_member(*next, scope);
            }
            belongs
        })
    }

    fn clean(&self, error: Error) -> Error {
        match error {
            Error::Redirected { call, to } => Error::Redirected { call, to: self.without_secrets(&to) },
            other => other,
        }
    }
}

/// The path of a redirect; `None` if the response is not one. Only a GET within the same origin is followed.
///
/// # Errors
/// [`Error::Redirected`] where credentials must not be sent.
pub(super) fn next_location(host: &Host, call: &Call, raw: &RawAnswer) -> Result<Option<String>> {
    if !matches!(raw.status, 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let location = raw.header("location").unwrap_or_default();
    match host.same_origin(location) {
        Some(path) if call.method == "GET" => Ok(Some(path)),
        _ => Err(Error::Redirected { call: call.clone(), to: host_of(location) }),
    }
}

/// The host of a location. Its path and query are not shown: they may contain a key.
fn host_of(location: &str) -> String {
    let host = location.split_once("://").map_or(location, |(_, rest)| rest);
    let host = host.split(['/', '?', '#']).next().unwrap_or_default().rsplit('@').next().unwrap_or_default();
    if host.is_empty() { "another path".to_owned() } else { format!("'{}'", redact::excerpt(host, 100)) }
}
