//! One call with its repetitions: sends, reads, pauses. What follows an attempt is decided in [`retry`], [`redirects`],
//! [`Scope`] and [`answer`](crate::answer).

use super::request::Request;
use super::{Client, redirects};
use crate::answer::{self, Answer, Asked, Reader};
use crate::error::{Call, Error, Result};
use crate::interruption;
use crate::path;
use crate::retry::{self, Next, Repeat};
use crate::scope::Scope;
use crate::transport::{self, RawAnswer};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant, SystemTime};

/// How many redirects within the host asked for are followed.
const REDIRECTS: u32 = 3;

impl Client {
    pub(super) fn call_accepting(
        &self,
        method: &'static str,
        path: &str,
        body: Option<&Value>,
        repeat: Repeat,
        accepts: &dyn Fn(u16) -> bool,
        reader: &mut Reader<'_>,
    ) -> Result<Answer> {
        path::check(path)?;
        let body = body.map(|body| body.to_string().into_bytes());
        let request = Request { method, path, body: body.as_deref() };
        let scope = Scope::of(path);
        let mut token = self.authentication.token_for(&scope);
        let (mut attempt, mut repeated, mut asked_again) = (1, false, false);
        loop {
            let started = Instant::now();
            let (error, retry_after) = match self.attempt(request, token, accepts, reader) {
                Ok(answer) => return self.accept(answer, token, repeated),
                // The deletion that seemed to fail was the one that removed it.
                Err((error, _)) if error.status() == Some(404) => return Err(error),
                Err(failed) => failed,
            };
            repeated |= error.may_have_taken_effect();
            // Another token has a quota of its own.
            if error.status() == Some(429)
                && let Some(next) = self.token_after(token, &scope)
            {
                token = next;
                continue;
            }
            // What somebody in between said of a change is no word about it: the cloud is asked once more.
            if !asked_again && retry::is_worth_asking_again(method, &error) {
                asked_again = true;
                continue;
            }
            self.count_wait(started.elapsed(), &error.to_string());
            if interruption::is_requested() {
                return Err(error);
            }
            let random = fastrand::f64();
            match retry::next(&error, repeat, attempt, retry_after, self.remaining_wait(), random, SystemTime::now()) {
                Next::Pause(pause) => self.pause(pause, &error.to_string()),
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

    /// An answer that may be taken. Of a deletion, that nothing is there counts only from the token that was asked first:
    /// one that took over may not see what that does.
    fn accept(&self, answer: Answer, token: usize, repeated: bool) -> Result<Answer> {
        let identity = self.authentication.identity_of(token);
        if answer.call.method == "DELETE" && answer.status == 404 && identity.took_over() {
            let detail = answer.json["detail"].as_str().map(|detail| self.without_secrets(detail)).unwrap_or_default();
            return Err(Error::Status { call: answer.call, status: 404, detail, identity });
        }
        Ok(Answer { repeated, ..answer })
    }

    /// One attempt, with the redirects that stay within the host.
    pub(super) fn attempt(
        &self,
        request: Request<'_>,
        token: usize,
        accepts: &dyn Fn(u16) -> bool,
        reader: &mut Reader<'_>,
    ) -> Result<Answer, (Error, Option<Duration>)> {
        let plain = |error| (error, None);
        let host = &self.shared.host;
        // Every error names what was asked: where a redirect led is the cloud's text, and may hold a key.
        let call = Call { method: request.method, url: format!("{}{}", host.origin(), request.path) };
        let mut url = call.url.clone();
        for _ in 0..=REDIRECTS {
            let raw = self.send(&call, &url, token, request.body).map_err(plain)?;
            let next = redirects::next(host, &call, &raw).map_err(|error| plain(self.clean(error)))?;
            match next {
                Some(next) => url = format!("{}{next}", host.origin()),
                None => {
                    let secrets = self.secrets();
                    let asked = Asked {
                        identity: self.authentication.identity_of(token),
                        proxy: self.shared.transport.proxy(),
                        secrets: secrets.iter().map(ExposeSecret::expose_secret).collect(),
                    };
                    return answer::read_as_asked(&call, &raw, accepts, reader, &asked).map_err(|error| {
                        let in_between = matches!(error, Error::NotTheCloud { .. });
                        (error, retry::asked_pause(&raw, in_between))
                    });
                }
            }
        }
        Err(plain(Error::Answer { call, reason: "the redirects do not end".into() }))
    }

    /// Sends one request, once.
    pub(super) fn send(&self, call: &Call, url: &str, token: usize, body: Option<&[u8]>) -> Result<RawAnswer> {
        let headers = self.authentication.headers(token, call.method != "GET");
        let request = transport::request(call, url, &headers, body.map(<[u8]>::to_vec))?;
        self.shared.calls.fetch_add(1, Ordering::Relaxed);
        self.shared.transport.send(request).map_err(|trouble| Error::Connection {
            call: call.clone(),
            reach: trouble.reach,
            cause: Box::new(trouble.cause.map_words(&|words| self.without_secrets(words))),
            proxy: self.shared.transport.proxy().cloned(),
        })
    }

    fn clean(&self, error: Error) -> Error {
        match error {
            Error::Redirected { call, to } => Error::Redirected { call, to: self.without_secrets(&to) },
            other => other,
        }
    }
}
