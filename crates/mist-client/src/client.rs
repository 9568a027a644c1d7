//! A conversation with one cloud: authenticated, repeated where that is safe, within a bound of time.

use crate::answer::{self, Answer, Asked, Reader, is_success};
use crate::credentials::{Authentication, Credentials};
use crate::error::{self, Call, Error, Identity, Result};
use crate::host::Host;
use crate::interruption;
use crate::redact;
use crate::retry::{self, Next, Repeat};
use crate::session::{self, Login, Session};
use crate::transport::{self, Network, RawAnswer, Transport};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

/// How many redirects within the host asked for are followed.
const REDIRECTS: u32 = 3;

/// A wait of more than this is told afterwards.
const TOLD_FROM: Duration = Duration::from_secs(2);

/// Everything a client needs to know.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Which cloud.
    pub host: Host,
    /// As whom.
    pub credentials: Credentials,
    /// How it is reached.
    pub network: Network,
    /// How long may be spent, in all, on attempts that failed and on pauses after them.
    pub max_wait: Duration,
}

/// Talks to one cloud. Can be shared between threads.
#[derive(Debug)]
pub struct Client {
    shared: Arc<Shared>,
    waited: Arc<Mutex<Waited>>,
    authentication: Arc<Authentication>,
    /// What the client that this one came from may not print.
    inherited: Vec<SecretString>,
}

/// What one run has once, as whomever it speaks.
#[derive(Debug)]
struct Shared {
    host: Host,
    transport: Transport,
    max_wait: Duration,
    timeout: Duration,
    calls: AtomicU32,
}

/// What was spent of `max_wait`, and on what last.
#[derive(Clone, Debug, Default)]
struct Waited {
    total: Duration,
    reason: String,
}

impl Client {
    /// Prepares to talk. With tokens nothing is sent yet; with a login, this logs in, once.
    ///
    /// # Errors
    /// [`Error::Setting`] for settings that cannot be used, and [`Error::Login`] for a login that was refused.
    pub fn new(settings: &Settings) -> Result<Self> {
        let shared = Arc::new(Shared {
            host: settings.host.clone(),
            transport: Transport::new(&settings.network)?,
            max_wait: settings.max_wait,
            timeout: settings.network.timeout,
            calls: AtomicU32::new(0),
        });
        let (authentication, login) = match &settings.credentials {
            Credentials::Tokens(tokens) => (Authentication::by_tokens(tokens.clone()), None),
            Credentials::Login(login) => (Authentication::Session(Session::new(login)), Some(login)),
        };
        let mut client =
            Self { shared, waited: Arc::default(), authentication: Arc::new(authentication), inherited: Vec::new() };
        if let Some(login) = login {
            client.log_in(login)?;
        }
        Ok(client)
    }

    /// Logs in: once, as the cloud locks an account after three failures.
    fn log_in(&mut self, login: &Login) -> Result<()> {
        let (call, raw) = self.login_step(session::LOGIN, &login.body(), login)?;
        let answer = answer::read(&call, &raw).map_or(Value::Null, |answer| answer.json);
        if session::awaits_two_factor(&answer) {
            let Some(code) = &login.two_factor else {
                self.log_out();
                return Err(session::two_factor_missing(&call));
            };
            let code = json!({ "two_factor": code.expose_secret() });
            if let Err(error) = self.login_step(session::TWO_FACTOR, &code, login) {
                self.log_out();
                return Err(error);
            }
        }
        match &*self.authentication {
            Authentication::Session(session) if session.is_open() => {
                let parting = self.parting();
                interruption::set_farewell(Some(Box::new(move || parting.end_session())));
                Ok(())
            }
            _ => Err(session::no_session(&call)),
        }
    }

    fn login_step(&mut self, path: &str, body: &Value, login: &Login) -> Result<(Call, RawAnswer)> {
        let call = Call { method: "POST", url: format!("{}{path}", self.shared.host.origin()) };
        let raw = self.send(&call, Some(body.to_string().as_bytes()))?;
        self.redirected(&call, &raw)?;
        if !(200..300).contains(&raw.status) {
            return Err(session::refused(&call, &raw, login));
        }
        if let Some(Authentication::Session(session)) = Arc::get_mut(&mut self.authentication) {
            session.take_cookies(&raw);
        }
        Ok((call, raw))
    }

    /// Ends the session, if this client has one. A session that cannot be ended ends by itself, so that a
    /// failure here is no failure of the task.
    pub fn log_out(&self) {
        interruption::set_farewell(None);
        self.end_session();
    }

    /// The same conversation for the thread that ends the run early.
    fn parting(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            waited: Arc::clone(&self.waited),
            authentication: Arc::clone(&self.authentication),
            inherited: Vec::new(),
        }
    }

    fn end_session(&self) {
        if matches!(&*self.authentication, Authentication::Session(session) if session.is_open()) {
            let _ = self.call("POST", session::LOGOUT, Some(&json!({})), Repeat::Never);
        }
    }

    /// The same conversation (its connection, its count of calls, its `max_wait`) as another token.
    #[must_use]
    pub fn with_token(&self, key: &SecretString) -> Self {
        let authentication = Arc::new(Authentication::by_tokens(vec![key.clone()]));
        let inherited = self.secrets().into_iter().map(SecretString::from).collect();
        Self { shared: Arc::clone(&self.shared), waited: Arc::clone(&self.waited), authentication, inherited }
    }

    /// The same conversation for a thread that works beside this one. What it waits counts from what was waited so far:
    /// threads that wait at one time wait no longer than one that waits alone. [`Client::rejoin`] ends it.
    #[must_use]
    pub fn beside(&self) -> Self {
        let waited = Arc::new(Mutex::new(self.waited().clone()));
        Self {
            shared: Arc::clone(&self.shared),
            waited,
            authentication: Arc::clone(&self.authentication),
            inherited: self.inherited.clone(),
        }
    }

    /// Counts what a client made by [`Client::beside`] waited; of several, that of the one that waited longest.
    pub fn rejoin(&self, other: &Self) {
        let theirs = other.waited().clone();
        let mut ours = self.waited();
        if theirs.total > ours.total {
            *ours = theirs;
        }
    }

    /// Reads. Repeated on trouble.
    ///
    /// # Errors
    /// Whatever [`Error`] says.
    pub fn get(&self, path: &str) -> Result<Answer> {
        self.call("GET", path, None, Repeat::Safe)
    }

    /// Reads, with a reader of the body's own: what is large need not become a [`Value`] first.
    ///
    /// # Errors
    /// Whatever [`Error`] says.
    pub(crate) fn get_by(&self, path: &str, reader: &mut Reader<'_>) -> Result<Answer> {
        self.call_accepting("GET", path, None, Repeat::Safe, &is_success, reader)
    }

    /// Creates. Repeated only while the cloud surely saw nothing.
    ///
    /// # Errors
    /// Whatever [`Error`] says; [`Error::may_have_taken_effect`] tells whether something may be there now.
    pub fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.call("POST", path, Some(body), Repeat::IfUnseen)
    }

    /// Replaces. Repeated on trouble.
    ///
    /// # Errors
    /// Whatever [`Error`] says.
    pub fn put(&self, path: &str, body: &Value) -> Result<Answer> {
        self.call("PUT", path, Some(body), Repeat::Safe)
    }

    /// Deletes. Repeated on trouble; that it is gone already is success.
    ///
    /// # Errors
    /// Whatever [`Error`] says.
    pub fn delete(&self, path: &str) -> Result<()> {
        let delete = || self.call("DELETE", path, None, Repeat::Safe);
        let outcome = match delete() {
            // A page that is not the cloud's also comes with success: asked again, the cloud says that it is gone.
            Err(Error::Answer { .. }) => delete(),
            outcome => outcome,
        };
        match outcome {
            Err(Error::Status { status: 404, .. }) | Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Any call; a status that `accepts` takes is an answer and no error. Repeated as the method allows: POST only while
    /// the cloud surely saw nothing, the others on trouble.
    ///
    /// # Errors
    /// Whatever [`Error`] says; [`Error::may_have_taken_effect`] tells whether something may have changed.
    pub fn request(
        &self,
        method: &'static str,
        path: &str,
        body: Option<&Value>,
        accepts: &dyn Fn(u16) -> bool,
    ) -> Result<Answer> {
        let repeat = if method == "POST" { Repeat::IfUnseen } else { Repeat::Safe };
        self.call_accepting(method, path, body, repeat, accepts, &mut answer::as_it_is)
    }

    /// How many requests were sent, repetitions included.
    #[must_use]
    pub fn api_calls(&self) -> u32 {
        self.shared.calls.load(Ordering::Relaxed)
    }

    /// Which cloud this is.
    #[must_use]
    pub fn host(&self) -> &Host {
        &self.shared.host
    }

    /// How this client authenticates.
    #[must_use]
    pub fn authentication(&self) -> &Authentication {
        &self.authentication
    }

    /// The bound on one request.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.shared.timeout
    }

    /// What is left of `max_wait`.
    #[must_use]
    pub fn remaining_wait(&self) -> Duration {
        self.shared.max_wait.saturating_sub(self.waited().total)
    }

    /// Waits, and counts it. The caller has seen to it that it may.
    pub fn pause(&self, pause: Duration, reason: &str) {
        std::thread::sleep(pause);
        self.count_wait(pause, reason);
    }

    /// One sentence about a long wait, for the user to be told afterwards.
    #[must_use]
    pub fn told_wait(&self) -> Option<String> {
        let waited = self.waited();
        (waited.total > TOLD_FROM).then(|| {
            format!(
                "Spent {} on attempts that failed and pauses after them; the last reason: {}",
                error::in_words(waited.total),
                waited.reason
            )
        })
    }

    fn waited(&self) -> MutexGuard<'_, Waited> {
        self.waited.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count_wait(&self, wait: Duration, reason: &str) {
        let mut waited = self.waited();
        waited.total += wait;
        reason.clone_into(&mut waited.reason);
    }

    /// One call, with its repetitions.
    fn call(&self, method: &'static str, path: &str, body: Option<&Value>, repeat: Repeat) -> Result<Answer> {
        self.call_accepting(method, path, body, repeat, &is_success, &mut answer::as_it_is)
    }

    fn call_accepting(
        &self,
        method: &'static str,
        path: &str,
        body: Option<&Value>,
        repeat: Repeat,
        accepts: &dyn Fn(u16) -> bool,
        reader: &mut Reader<'_>,
    ) -> Result<Answer> {
        let body = body.map(|body| body.to_string().into_bytes());
        let (mut attempt, mut repeated) = (1, false);
        loop {
            let started = Instant::now();
            let token_in_use = self.authentication.token_in_use();
            let (error, retry_after) = match self.attempt(method, path, body.as_deref(), accepts, reader) {
                Ok(answer) => return Ok(Answer { repeated, ..answer }),
                // The deletion that seemed to fail was the one that removed it.
                Err((error, _)) if error.status() == Some(404) => return Err(error),
                Err(failed) => failed,
            };
            repeated |= error.may_have_taken_effect();
            // Another token has a quota of its own.
            if error.status() == Some(429) && self.authentication.use_token_after(token_in_use) {
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

    /// One attempt, with the redirects that stay within the host.
    fn attempt(
        &self,
        method: &'static str,
        path: &str,
        body: Option<&[u8]>,
        accepts: &dyn Fn(u16) -> bool,
        reader: &mut Reader<'_>,
    ) -> Result<Answer, (Error, Option<Duration>)> {
        let plain = |error| (error, None);
        // Every error names what was asked: where a redirect led is the cloud's text, and may hold a key.
        let call = Call { method, url: format!("{}{path}", self.shared.host.origin()) };
        let mut url = call.url.clone();
        for _ in 0..=REDIRECTS {
            let raw = self.send_to(&call, &url, body).map_err(plain)?;
            match self.redirected(&call, &raw).map_err(plain)? {
                Some(next) => url = format!("{}{next}", self.shared.host.origin()),
                None => {
                    let asked = Asked { identity: self.identity(), secrets: self.secrets() };
                    return answer::read_accepted_without(&call, &raw, accepts, reader, &asked)
                        .map_err(|error| (error, retry::asked_pause(&raw)));
                }
            }
        }
        Err(plain(Error::Answer { call, reason: "the redirects do not end".into() }))
    }

    fn send(&self, call: &Call, body: Option<&[u8]>) -> Result<RawAnswer> {
        self.send_to(call, &call.url, body)
    }

    fn send_to(&self, call: &Call, url: &str, body: Option<&[u8]>) -> Result<RawAnswer> {
        let headers = self.authentication.headers(call.method != "GET");
        let request = transport::request(call, url, &headers, body.map(<[u8]>::to_vec))?;
        self.shared.calls.fetch_add(1, Ordering::Relaxed);
        self.shared.transport.send(request).map_err(|trouble| Error::Connection {
            call: call.clone(),
            reach: trouble.reach,
            cause: Box::new(trouble.cause.map_words(&|words| self.without_secrets(words))),
            proxy: self.shared.transport.proxy().cloned(),
        })
    }

    /// Where a redirect leads: to a path of this very host for a GET; anything else is an error.
    fn redirected(&self, call: &Call, raw: &RawAnswer) -> Result<Option<String>> {
        if !matches!(raw.status, 301 | 302 | 303 | 307 | 308) {
            return Ok(None);
        }
        let location = raw.header("location").unwrap_or_default();
        match self.shared.host.same_origin(location) {
            Some(path) if call.method == "GET" => Ok(Some(path)),
            _ => {
                // Its host only: paths and queries of elsewhere are not ours to print.
                let host = location.split_once("://").map_or(location, |(_, rest)| rest);
                let host =
                    host.split(['/', '?', '#']).next().unwrap_or_default().rsplit('@').next().unwrap_or_default();
                let to = if host.is_empty() {
                    "another path".to_owned()
                } else {
                    format!("'{}'", redact::excerpt(host, 100))
                };
                Err(Error::Redirected { call: call.clone(), to: self.without_secrets(&to) })
            }
        }
    }

    /// As whom the next request is sent.
    fn identity(&self) -> Identity {
        self.authentication.identity()
    }

    /// Everything that may not be printed, of this client and of the one that it came from.
    fn secrets(&self) -> Vec<&str> {
        self.authentication.secrets().iter().chain(&self.inherited).map(ExposeSecret::expose_secret).collect()
    }

    fn without_secrets(&self, text: &str) -> String {
        redact::redact(text, self.secrets())
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
pub(crate) mod tests;
