//! Everything that can fail between a task and the cloud, as data: the request, the response, how far the request got, which
//! setting is unusable. [`Display`](std::fmt::Display) states the facts, worded in `messages`. Advice belongs to the caller,
//! who knows the names of the user's options.

mod causes;
mod messages;

pub use causes::{
    Cause, Certificate, CertificateFault, HostFault, ProxyAnswer, ProxyFault, ProxyName, Reach, Setting, Source,
    StoreFault, TokenFault, TrustedPlace,
};
pub use messages::{in_words, without_error_number};

use crate::credentials::CredentialSource;
use crate::key::MaskedKey;
use crate::suggest::Candidates;
use std::fmt;
use std::time::Duration;

/// The result of everything that can fail here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A request, without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    pub url: String,
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.url)
    }
}

/// The credentials of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Identity {
    Token {
        /// The token as the cloud lists it.
        mask: MaskedKey,
        /// Position among the tokens that were set, from 1.
        number: usize,
        /// The number of tokens that were set.
        of: usize,
        /// Source of the tokens; `None` for a token that this run created.
        source: Option<CredentialSource>,
    },
    Session {
        source: Option<CredentialSource>,
    },
    /// None: a login.
    #[default]
    Anonymous,
}

impl Identity {
    /// Returns true if another token than the first continued after that one's quota was spent.
    #[must_use]
    pub fn took_over(&self) -> bool {
        matches!(self, Self::Token { number, .. } if *number > 1)
    }
}

/// A kind of object with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Organization,
    Site,
    SiteGroup,
}

/// The reason that a login did not lead to a session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginFault {
    /// The e-mail address or the password is wrong; the cloud does not reveal which.
    Password,
    /// The code of the second factor was refused.
    Code,
    /// The account has a second factor, and no code was set.
    CodeMissing,
    /// The second factor is still missing after the login: the session has no rights yet.
    SecondFactorOpen,
    /// The account logs in through SSO: it has no password.
    SingleSignOn,
    /// Too many logins failed; the cloud accepts none for a while.
    Locked {
        /// How long, if the cloud reports it.
        wait: Option<Duration>,
    },
    /// The cloud failed (5xx). A login is not repeated.
    ServerError,
    /// The response to the login had no session cookies.
    NoSession,
}

/// A failure.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// An unusable setting; nothing was sent.
    Setting(Box<Setting>),
    /// A login that did not lead to a session.
    Login {
        call: Call,
        fault: LoginFault,
        /// The HTTP status, if there was a response.
        status: Option<u16>,
        /// The cloud's message.
        detail: String,
    },
    /// No response.
    Connection {
        call: Call,
        reach: Reach,
        cause: Box<Cause>,
        /// The proxy in use.
        proxy: Option<ProxyName>,
    },
    /// The cloud refused.
    Status {
        call: Call,
        status: u16,
        /// The cloud's message, without secrets and anything shaped like a key.
        detail: String,
        identity: Identity,
    },
    /// A proxy, a gateway or a captive portal responded instead of the cloud. The response proves nothing about the request.
    Intermediary {
        call: Call,
        /// The HTTP status of the response.
        status: u16,
        /// A description of the response: `an HTML page titled "Blocked"`.
        what: String,
        /// The proxy in use.
        proxy: Option<ProxyName>,
    },
    /// Too many calls, and `max_wait` is too short to wait.
    RateLimited {
        call: Call,
        /// The cloud's message.
        detail: String,
        /// The time until the cloud accepts calls again.
        wait: Duration,
        identity: Identity,
    },
    /// A response of the cloud that cannot be used.
    Answer { call: Call, reason: String },
    /// A deletion was answered with a success that does not confirm it.
    Unconfirmed {
        call: Call,
        status: u16,
        /// The beginning of the body, without secrets.
        body: String,
    },
    /// A redirect to another host. Credentials are not sent there.
    Redirected {
        call: Call,
        /// The host in the redirect.
        to: String,
    },
    /// A request that is not a read, by a client made for check mode. It was not sent.
    RefusedInCheckMode { call: Call },
    /// No object with this name is visible to the credentials.
    NoSuchName { kind: Kind, name: String, candidates: Candidates },
    /// Several objects have this name.
    AmbiguousName {
        kind: Kind,
        name: String,
        /// The IDs of all of them.
        ids: Vec<String>,
    },
    /// Anything else, as a sentence.
    Other(String),
}

impl Error {
    /// Returns true if the request may have taken effect without a usable response.
    #[must_use]
    pub fn may_have_taken_effect(&self) -> bool {
        match self {
            Self::Connection { reach, .. } => {
                matches!(reach, Reach::Lost | Reach::TimedOut | Reach::TooLarge)
            }
            Self::Status { status, .. } => *status >= 500 || *status == 408,
            // An intermediary may have passed the request on.
            Self::Answer { .. } | Self::Intermediary { .. } | Self::Unconfirmed { .. } => true,
            _ => false,
        }
    }

    /// Returns true if the request may take effect later than now.
    #[must_use]
    pub fn may_yet_take_effect(&self) -> bool {
        match self {
            Self::Connection { reach, .. } => *reach == Reach::TimedOut,
            // A gateway stopped waiting; the server behind it continues.
            Self::Status { status, .. } | Self::Intermediary { status, .. } => {
                matches!(status, 408 | 502..=504 | 520..=599)
            }
            _ => false,
        }
    }

    /// Returns true if only one object or file is affected, so that other work may succeed. All other failures (a lost connection,
    /// refused credentials, a spent quota, 5xx) are likely to affect every following call.
    #[must_use]
    pub fn is_about_one_thing(&self) -> bool {
        match self {
            Self::Status { status, .. } => (400..500).contains(status) && !matches!(status, 401 | 407 | 408 | 429),
            Self::NoSuchName { .. } | Self::AmbiguousName { .. } => true,
            _ => false,
        }
    }

    /// The HTTP status of the cloud's response. The status of an intermediary's response does not count.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            Self::RateLimited { .. } => Some(429),
            Self::Login { status, .. } => *status,
            _ => None,
        }
    }

    /// The request that failed.
    #[must_use]
    pub fn call(&self) -> Option<&Call> {
        match self {
            Self::Login { call, .. }
            | Self::Connection { call, .. }
            | Self::Status { call, .. }
            | Self::Intermediary { call, .. }
            | Self::RateLimited { call, .. }
            | Self::Answer { call, .. }
            | Self::Unconfirmed { call, .. }
            | Self::Redirected { call, .. }
            | Self::RefusedInCheckMode { call } => Some(call),
            _ => None,
        }
    }

    /// The proxy of the request that failed.
    #[must_use]
    pub fn proxy(&self) -> Option<&ProxyName> {
        match self {
            Self::Connection { proxy, .. } | Self::Intermediary { proxy, .. } => proxy.as_ref(),
            _ => None,
        }
    }
}

impl From<Setting> for Error {
    fn from(setting: Setting) -> Self {
        Self::Setting(Box::new(setting))
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests;
