//! A conversation with one cloud: authenticated, repeated where that is safe, bounded in time, and in check mode without
//! writes.

mod attempts;
mod session;

use crate::answer::{self, Answer, Deletion, Reader, is_success};
use crate::credentials::{Authentication, CredentialSource, Credentials};
use crate::error::{Error, Result, in_words};
use crate::host::Host;
use crate::login::Session;
use crate::redact;
use crate::transport::{Network, Transport};
use attempts::{Effect, Repeat, Request};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

/// Length of the quoted part of an unexpected response to a deletion, in characters.
const QUOTED: usize = 100;

/// A shorter total is not reported.
const REPORTED_FROM: Duration = Duration::from_secs(2);

/// The time spent on failed attempts and the pauses after them. Displayed as a sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waited {
    pub total: Duration,
    /// The last failure that was waited for.
    pub reason: String,
}

impl fmt::Display for Waited {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Spent {} on failed attempts and pauses. Last failure: {}", in_words(self.total), self.reason)
    }
}

/// The settings of a client.
#[derive(Clone, Debug)]
pub struct Settings {
    pub host: Host,
    pub credentials: Credentials,
    /// Source of the credentials, for errors; `None` if unknown.
    pub credential_source: Option<CredentialSource>,
    pub network: Network,
    /// Limit for the time of all failed attempts and pauses together.
    pub max_wait: Duration,
    /// If true, the client refuses every request that is not a read.
    pub check_mode: bool,
}

/// Talks to one cloud. Can be shared between threads.
#[derive(Debug)]
pub struct Client {
    shared: Arc<Shared>,
    waited: Arc<Mutex<Waited>>,
    authentication: Arc<Authentication>,
    /// Secrets of the client that this one derives from.
    inherited: Vec<SecretString>,
}

/// The parts that all clients of one run share.
#[derive(Debug)]
struct Shared {
    host: Host,
    transport: Transport,
    max_wait: Duration,
    timeout: Duration,
    check_mode: bool,
    calls: AtomicU32,
    /// Secrets in addition to the credentials.
    hidden: Mutex<Vec<SecretString>>,
    open: Mutex<Open>,
}

/// The calls that are under way.
#[derive(Debug, Default)]
struct Open {
    count: u32,
    /// The time at which the last call began or ended.
    since: Option<Instant>,
    /// The last failure that was waited for.
    reason: String,
}

/// Observes a client from another thread, for reports about waiting.
#[derive(Clone, Debug)]
pub struct Watch(Weak<Shared>);

/// The state of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Activity {
    /// The client and its workers do not exist any more.
    Ended,
    /// No call is under way.
    Idle,
    /// A call is under way, and none began or ended for this time.
    Waiting {
        time: Duration,
        /// The last failure that was waited for; empty without one.
        reason: String,
    },
}

impl Watch {
    #[must_use]
    pub fn activity(&self) -> Activity {
        let Some(shared) = self.0.upgrade() else { return Activity::Ended };
        let open = shared.open.lock().unwrap_or_else(PoisonError::into_inner);
        match open.since {
            Some(since) if open.count > 0 => Activity::Waiting { time: since.elapsed(), reason: open.reason.clone() },
            _ => Activity::Idle,
        }
    }
}

impl Shared {
    fn begin_call(&self) -> CallGuard<'_> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.count += 1;
        open.since = Some(Instant::now());
        CallGuard(self)
    }
}

/// Ends a call when it is dropped.
struct CallGuard<'a>(&'a Shared);

impl Drop for CallGuard<'_> {
    fn drop(&mut self) {
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.count = open.count.saturating_sub(1);
        open.since = Some(Instant::now());
        open.reason.clear();
    }
}

impl Client {
    /// Makes a client. With tokens nothing is sent; with a login, the client logs in.
    ///
    /// # Errors
    /// [`Error::Setting`] for unusable settings, [`Error::Login`] for a refused login.
    pub fn new(settings: &Settings) -> Result<Self> {
        let mut client = Self::logged_out(settings)?;
        if let Credentials::Login(login) = &settings.credentials {
            client.log_in(login)?;
        }
        Ok(client)
    }

    /// Makes a client without a request. With a login, the caller calls [`Client::log_in`] next: if that fails,
    /// [`Client::api_calls`] counts its requests.
    ///
    /// # Errors
    /// [`Error::Setting`] for unusable settings.
    pub fn logged_out(settings: &Settings) -> Result<Self> {
        settings.credentials.check()?;
        let shared = Arc::new(Shared {
            host: settings.host.clone(),
            transport: Transport::new(&settings.network, &settings.host)?,
            max_wait: settings.max_wait,
            timeout: settings.network.timeout,
            check_mode: settings.check_mode,
            calls: AtomicU32::new(0),
            hidden: Mutex::default(),
            open: Mutex::default(),
        });
        let source = settings.credential_source.clone();
        let authentication = match &settings.credentials {
            Credentials::Tokens(tokens) => Authentication::by_tokens(tokens.clone(), source),
            Credentials::Login(login) => Authentication::Session(Session::new(login, source)),
        };
        Ok(Self { shared, waited: Arc::default(), authentication: Arc::new(authentication), inherited: Vec::new() })
    }

    /// A client with another token that shares connections, the count of calls and `max_wait`.
    #[must_use]
    pub fn with_token(&self, key: &SecretString) -> Self {
        let authentication = Arc::new(Authentication::by_tokens(vec![key.clone()], None));
        let inherited = self.secrets();
        Self { shared: Arc::clone(&self.shared), waited: Arc::clone(&self.waited), authentication, inherited }
    }

    /// A client for a worker thread. Its waiting time starts at the current total: workers that wait at the same time wait no
    /// longer than one alone. [`Client::count_wait_of`] takes the time over.
    #[must_use]
    pub fn worker(&self) -> Self {
        let waited = Arc::new(Mutex::new(self.waits().clone()));
        Self { waited, ..self.again() }
    }

    fn again(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            waited: Arc::clone(&self.waited),
            authentication: Arc::clone(&self.authentication),
            inherited: self.inherited.clone(),
        }
    }

    /// Keeps a text out of every error, in any encoding that a response quotes it in.
    pub fn hide(&self, secret: &str) {
        self.shared.hidden.lock().unwrap_or_else(PoisonError::into_inner).push(secret.to_owned().into());
    }

    /// A client whose errors quote none of these texts: for the many secrets of a set, one object at a time.
    #[must_use]
    pub fn hiding(&self, secrets: impl IntoIterator<Item = String>) -> Self {
        let mut client = self.again();
        client.inherited.extend(secrets.into_iter().map(SecretString::from));
        client
    }

    /// Reads. Repeated on 429, 5xx and lost connections.
    ///
    /// # Errors
    /// All variants of [`Error`].
    pub fn get(&self, path: &str) -> Result<Answer> {
        self.get_by(path, &mut answer::as_it_is)
    }

    /// Reads with a reader for the body: a large response does not have to become a [`Value`].
    ///
    /// # Errors
    /// All variants of [`Error`].
    pub(crate) fn get_by(&self, path: &str, reader: &mut Reader<'_>) -> Result<Answer> {
        let request = Request { method: "GET", path, body: None, effect: Effect::Reads };
        self.call_accepting(request, Repeat::Safe, &is_success, reader)
    }

    /// Reads by a POST that changes nothing, such as a search. Repeated like GET, and allowed in check mode: only for calls
    /// that are documented to read.
    ///
    /// # Errors
    /// All variants of [`Error`].
    pub fn search(&self, path: &str, body: &Value) -> Result<Answer> {
        let body = body.to_string();
        let request = Request { method: "POST", path, body: Some(body.as_bytes()), effect: Effect::Reads };
        self.call_accepting(request, Repeat::Safe, &is_success, &mut answer::as_it_is)
    }

    /// Creates. Repeated only if the cloud cannot have received the request.
    ///
    /// # Errors
    /// All variants of [`Error`]. After an error that [may have taken effect](Error::may_have_taken_effect), the object may exist.
    pub fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.request("POST", path, Some(body), &is_success)
    }

    /// Updates. Repeated on 429, 5xx and lost connections, and once after a response of an intermediary.
    ///
    /// # Errors
    /// All variants of [`Error`].
    pub fn put(&self, path: &str, body: &Value) -> Result<Answer> {
        self.request("PUT", path, Some(body), &is_success)
    }

    /// Deletes. Repeated on 5xx and lost connections, and once after a response that does not confirm the deletion. 404 does not
    /// prove that the object is deleted: the caller lists again.
    ///
    /// # Errors
    /// [`Error::Unconfirmed`] for a response that [`answer::confirms_deletion`] does not accept, otherwise as the other calls.
    /// After an error that [may have taken effect](Error::may_have_taken_effect), the caller lists again: only an absent
    /// object is deleted.
    pub fn delete_existing(&self, path: &str) -> Result<Deletion> {
        let takes = |status| is_success(status) || status == 404;
        let mut asked_again = false;
        loop {
            let answer = self.request("DELETE", path, None, &takes)?;
            if answer.status == 404 {
                return Ok(Deletion::NotFound);
            }
            if answer::confirms_deletion(answer.status, &answer.json) {
                return Ok(Deletion::Confirmed);
            }
            if asked_again {
                let body = redact::excerpt(&self.without_secrets(&answer.json.to_string()), QUOTED);
                return Err(Error::Unconfirmed { call: answer.call, status: answer.status, body });
            }
            asked_again = true;
        }
    }

    /// Any call. A status that `accepts` returns true for is an answer, not an error. A POST is repeated only if the cloud
    /// cannot have received it, the others on 429, 5xx and lost connections.
    ///
    /// # Errors
    /// All variants of [`Error`]; [`Error::may_have_taken_effect`] returns true if something may have changed.
    pub fn request(
        &self,
        method: &'static str,
        path: &str,
        body: Option<&Value>,
        accepts: &dyn Fn(u16) -> bool,
    ) -> Result<Answer> {
        let repeat = if method == "POST" { Repeat::IfUnseen } else { Repeat::Safe };
        let body = body.map(ToString::to_string);
        let request = Request { method, path, body: body.as_deref().map(str::as_bytes), effect: Effect::of(method) };
        self.call_accepting(request, repeat, accepts, &mut answer::as_it_is)
    }

    /// An observer for another thread.
    #[must_use]
    pub fn watch(&self) -> Watch {
        Watch(Arc::downgrade(&self.shared))
    }

    /// The number of requests sent, with repetitions.
    #[must_use]
    pub fn api_calls(&self) -> u32 {
        self.shared.calls.load(Ordering::Relaxed)
    }

    #[must_use]
    pub fn host(&self) -> &Host {
        &self.shared.host
    }

    #[must_use]
    pub fn authentication(&self) -> &Authentication {
        &self.authentication
    }

    /// The time limit of one request.
    #[must_use]
    pub fn timeout(&self) -> Duration {
        self.shared.timeout
    }

    /// The limit of all waiting together.
    #[must_use]
    pub fn max_wait(&self) -> Duration {
        self.shared.max_wait
    }

    /// The rest of `max_wait`.
    #[must_use]
    pub fn remaining_wait(&self) -> Duration {
        self.shared.max_wait.saturating_sub(self.waits().total)
    }

    /// Sleeps and counts the pause. The caller checks [`Client::remaining_wait`] first.
    pub fn pause(&self, pause: Duration, reason: &str) {
        std::thread::sleep(pause);
        self.count_wait(pause, reason);
    }

    /// The time waited, if it is long enough to report.
    #[must_use]
    pub fn waited(&self) -> Option<Waited> {
        let waited = self.waits();
        (waited.total > REPORTED_FROM).then(|| waited.clone())
    }

    /// Takes over the time that a client made by [`Client::worker`] waited. Of several workers, the longest time counts.
    pub fn count_wait_of(&self, worker: &Self) {
        let worker_waited = worker.waits().clone();
        let mut waited = self.waits();
        if worker_waited.total > waited.total {
            *waited = worker_waited;
        }
    }

    pub(super) fn count_wait(&self, wait: Duration, reason: &str) {
        let mut waited = self.waits();
        self.shared.open.lock().unwrap_or_else(PoisonError::into_inner).reason = reason.to_owned();
        waited.total += wait;
        reason.clone_into(&mut waited.reason);
    }

    fn waits(&self) -> MutexGuard<'_, Waited> {
        self.waited.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All texts that must not be printed.
    fn secrets(&self) -> Vec<SecretString> {
        let hidden = self.shared.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        self.authentication.secrets().iter().chain(&self.inherited).chain(hidden.iter()).cloned().collect()
    }

    fn without_secrets(&self, text: &str) -> String {
        redact::redact(text, self.secrets().iter().map(ExposeSecret::expose_secret))
    }
}

#[cfg(test)]
pub(crate) mod tests;
