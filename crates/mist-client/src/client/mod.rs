//! A conversation with one cloud: authenticated, repeated where that is safe, within a bound of time.

mod attempts;
mod login;
mod redirects;
mod request;
mod takeover;
mod waited;
mod waiting;

pub use waited::Waited;

use crate::answer::{self, Answer, Reader, is_success};
use crate::credentials::{Authentication, Credentials};
use crate::deletion::{self, Deletion};
use crate::error::{Error, Identity, Result};
use crate::host::Host;
use crate::login::Session;
use crate::redact;
use crate::retry::Repeat;
use crate::transport::{Network, Transport};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How much of an unexpected response to a deletion an error quotes, in characters.
const QUOTED: usize = 100;

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
    /// What no error may quote, beside the credentials.
    hidden: Mutex<Vec<SecretString>>,
}

impl Client {
    /// Prepares to talk. With tokens nothing is sent yet; with a login, this logs in, once.
    ///
    /// # Errors
    /// [`Error::Setting`] for settings that cannot be used, and [`Error::Login`] for a login that was refused.
    pub fn new(settings: &Settings) -> Result<Self> {
        let mut client = Self::logged_out(settings)?;
        if let Credentials::Login(login) = &settings.credentials {
            client.log_in(login)?;
        }
        Ok(client)
    }

    /// Prepares to talk; nothing is sent yet. With a login, [`Client::log_in`] comes next: who asks for it apart can tell how
    /// many calls a login took that failed.
    ///
    /// # Errors
    /// [`Error::Setting`] for settings that cannot be used.
    pub fn logged_out(settings: &Settings) -> Result<Self> {
        settings.credentials.check()?;
        let shared = Arc::new(Shared {
            host: settings.host.clone(),
            transport: Transport::new(&settings.network, &settings.host)?,
            max_wait: settings.max_wait,
            timeout: settings.network.timeout,
            calls: AtomicU32::new(0),
            hidden: Mutex::default(),
        });
        let authentication = match &settings.credentials {
            Credentials::Tokens(tokens) => Authentication::by_tokens(tokens.clone()),
            Credentials::Login(login) => Authentication::Session(Session::new(login)),
        };
        Ok(Self { shared, waited: Arc::default(), authentication: Arc::new(authentication), inherited: Vec::new() })
    }

    /// The same conversation (its connection, its count of calls, its `max_wait`) as another token.
    #[must_use]
    pub fn with_token(&self, key: &SecretString) -> Self {
        let authentication = Arc::new(Authentication::by_tokens(vec![key.clone()]));
        let inherited = self.secrets();
        Self { shared: Arc::clone(&self.shared), waited: Arc::clone(&self.waited), authentication, inherited }
    }

    /// The same conversation for the thread of a worker. What it waits counts from what was waited so far: workers that wait
    /// at one time wait no longer than one that waits alone. [`Client::count_wait_of`] ends it.
    #[must_use]
    pub fn worker(&self) -> Self {
        let waited = Arc::new(Mutex::new(self.waits().clone()));
        Self { waited, ..self.again() }
    }

    /// The same conversation once more: for another thread.
    fn again(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            waited: Arc::clone(&self.waited),
            authentication: Arc::clone(&self.authentication),
            inherited: self.inherited.clone(),
        }
    }

    /// Keeps this text out of every error, in whatever encoding a refusal quotes it: a secret of a request's body.
    pub fn hide(&self, secret: &str) {
        self.shared.hidden.lock().unwrap_or_else(PoisonError::into_inner).push(secret.to_owned().into());
    }

    /// The same conversation, whose errors quote none of these: the secrets of one request's body, which are many where a
    /// set is written.
    #[must_use]
    pub fn hiding(&self, secrets: impl IntoIterator<Item = String>) -> Self {
        let mut client = self.again();
        client.inherited.extend(secrets.into_iter().map(SecretString::from));
        client
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

    /// Replaces. Repeated on trouble, and once where somebody in between answered.
    ///
    /// # Errors
    /// Whatever [`Error`] says.
    pub fn put(&self, path: &str, body: &Value) -> Result<Answer> {
        self.call("PUT", path, Some(body), Repeat::Safe)
    }

    /// Deletes. Repeated on 5xx and lost connections, and once after a response that does not confirm the deletion. 404 is
    /// success, except when another token took over: it may not see the object.
    ///
    /// # Errors
    /// [`Error::Unconfirmed`] for a response that [`deletion::is_confirmed`] does not accept, otherwise as [`Error`] says.
    /// After an error that [may have taken effect](Error::may_have_taken_effect), the caller lists again: only an absent
    /// object is deleted.
    pub fn delete(&self, path: &str) -> Result<()> {
        self.delete_existing(path).map(drop)
    }

    /// As [`Client::delete`], for an object that was listed before: 404 does not prove that it is deleted.
    ///
    /// # Errors
    /// As [`Client::delete`].
    pub fn delete_existing(&self, path: &str) -> Result<Deletion> {
        let takes = |status| is_success(status) || status == 404;
        let mut asked_again = false;
        loop {
            let answer = self.request("DELETE", path, None, &takes)?;
            if answer.status == 404 {
                return Ok(Deletion::NotFound);
            }
            if deletion::is_confirmed(answer.status, &answer.json) {
                return Ok(Deletion::Confirmed);
            }
            if asked_again {
                let body = redact::excerpt(&self.without_secrets(&answer.json.to_string()), QUOTED);
                return Err(Error::Unconfirmed { call: answer.call, status: answer.status, body });
            }
            asked_again = true;
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

    /// The bound on all waiting.
    #[must_use]
    pub fn max_wait(&self) -> Duration {
        self.shared.max_wait
    }

    /// One call, with its repetitions.
    fn call(&self, method: &'static str, path: &str, body: Option<&Value>, repeat: Repeat) -> Result<Answer> {
        self.call_accepting(method, path, body, repeat, &is_success, &mut answer::as_it_is)
    }

    /// Everything that may not be printed, of this client and of the one that it came from.
    fn secrets(&self) -> Vec<SecretString> {
        let hidden = self.shared.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        self.authentication.secrets().iter().chain(&self.inherited).chain(hidden.iter()).cloned().collect()
    }

    fn without_secrets(&self, text: &str) -> String {
        redact::redact(text, self.secrets().iter().map(ExposeSecret::expose_secret))
    }
}

impl Identity {
    /// Whether this is another token than the first, which took over when that met its quota.
    #[must_use]
    pub fn took_over(&self) -> bool {
        matches!(self, Self::Token { number, .. } if *number > 1)
    }
}

#[cfg(test)]
pub(crate) mod tests;
