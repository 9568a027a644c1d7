//! Everything that can go wrong between a task and the cloud, as data: what was asked, who answered, what it said, how far
//! a request got, which setting cannot be used. What a user can do about it is said by whoever knows the user's settings
//! by name; [`Display`](std::fmt::Display) states the fact and no more.

mod connection;
mod display;
mod kind;
mod login;
mod setting;

pub use connection::{Cause, Certificate, CertificateFault, ProxyAnswer, ProxyName, Reach, TrustedPlace};
pub use kind::Kind;
pub use login::LoginFault;
pub use setting::{HostFault, ProxyFault, Setting, Source, StoreFault, TokenFault};

use crate::key::MaskedKey;
use crate::suggest::Candidates;
use std::fmt;
use std::time::Duration;

/// The result of whatever can fail here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What was asked of the cloud: a method and a URL without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// `GET`, `POST`, `PUT` or `DELETE`.
    pub method: &'static str,
    /// The whole URL.
    pub url: String,
}

impl fmt::Display for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.method, self.url)
    }
}

/// As whom a request was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Identity {
    /// With an API token.
    Token {
        /// The token's mask, as the cloud lists it.
        mask: MaskedKey,
        /// Which of the tokens given it is, from 1.
        number: usize,
        /// How many tokens were given.
        of: usize,
    },
    /// Within a session.
    Session,
    /// As nobody yet: a login.
    #[default]
    Nobody,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// A setting cannot be used; nothing was sent.
    Setting(Box<Setting>),
    /// A login did not lead to a session.
    Login {
        /// What was asked.
        call: Call,
        /// What kind of failure it is.
        fault: LoginFault,
        /// The HTTP status, where there was an answer.
        status: Option<u16>,
        /// The cloud's own words.
        detail: String,
    },
    /// No answer.
    Connection {
        /// What was asked.
        call: Call,
        /// How far it got.
        reach: Reach,
        /// What failed.
        cause: Box<Cause>,
        /// The proxy that was gone through, if any.
        proxy: Option<ProxyName>,
    },
    /// The cloud refused.
    Status {
        /// What was asked.
        call: Call,
        /// The HTTP status.
        status: u16,
        /// The cloud's own words, stripped of anything shaped like a key.
        detail: String,
        /// As whom it was asked.
        identity: Identity,
    },
    /// Something answered that is not the cloud: a proxy, a gateway, a captive portal. It says nothing about what was asked.
    NotTheCloud {
        /// What was asked.
        call: Call,
        /// The HTTP status of that answer.
        status: u16,
        /// What the answer was: `an HTML page titled "Blocked"`.
        what: String,
        /// The proxy that was gone through, if any.
        proxy: Option<ProxyName>,
    },
    /// Too many calls, and no time to wait it out.
    RateLimited {
        /// What was asked.
        call: Call,
        /// The cloud's own words.
        detail: String,
        /// How long until calls are taken again.
        wait: Duration,
        /// As whom it was asked.
        identity: Identity,
    },
    /// An answer came, but not one that can be used.
    Answer {
        /// What was asked.
        call: Call,
        /// What is wrong with the answer.
        reason: String,
    },
    /// A deletion was answered with a success that does not confirm it.
    Unconfirmed {
        /// What was asked.
        call: Call,
        /// The HTTP status.
        status: u16,
        /// The beginning of the body, without secrets.
        body: String,
    },
    /// The cloud sent elsewhere, and credentials do not go elsewhere.
    Redirected {
        /// What was asked.
        call: Call,
        /// The host that it pointed to.
        to: String,
    },
    /// Nothing has this name that the credentials can see.
    NoSuchName {
        /// What has such names.
        kind: Kind,
        /// The name that was given.
        name: String,
        /// The names to show instead.
        candidates: Candidates,
    },
    /// Several have this name.
    AmbiguousName {
        /// What has such names.
        kind: Kind,
        /// The name that was given.
        name: String,
        /// The ids of all that have it.
        ids: Vec<String>,
    },
    /// What should not be, in a sentence.
    Other(String),
}

impl Error {
    /// Whether the request may have taken effect although no usable answer came.
    #[must_use]
    pub fn may_have_taken_effect(&self) -> bool {
        match self {
            Self::Connection { reach, .. } => {
                matches!(reach, Reach::Lost | Reach::TimedOut | Reach::TooLarge)
            }
            Self::Status { status, .. } => *status >= 500 || *status == 408,
            // Whatever stands in between may have passed the request on.
            Self::Answer { .. } | Self::NotTheCloud { .. } | Self::Unconfirmed { .. } => true,
            _ => false,
        }
    }

    /// Whether the request may still take effect some time from now.
    #[must_use]
    pub fn may_yet_take_effect(&self) -> bool {
        match self {
            Self::Connection { reach, .. } => *reach == Reach::TimedOut,
            // A gateway gave up waiting; what is behind it goes on.
            Self::Status { status, .. } | Self::NotTheCloud { status, .. } => {
                matches!(status, 408 | 502..=504 | 520..=599)
            }
            _ => false,
        }
    }

    /// Whether this is about one object or file alone, so that other work may well succeed. Everything else (a lost
    /// connection, refused credentials, a spent quota, a cloud in trouble) is likely to meet every call that follows.
    #[must_use]
    pub fn is_about_one_thing(&self) -> bool {
        match self {
            Self::Status { status, .. } => (400..500).contains(status) && !matches!(status, 401 | 407 | 408 | 429),
            Self::NoSuchName { .. } | Self::AmbiguousName { .. } => true,
            _ => false,
        }
    }

    /// The HTTP status, where the cloud itself gave one. What somebody in between answered is no status of the cloud's.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            Self::RateLimited { .. } => Some(429),
            Self::Login { status, .. } => *status,
            _ => None,
        }
    }

    /// The proxy that had a part in it, if one did.
    #[must_use]
    pub fn proxy(&self) -> Option<&ProxyName> {
        match self {
            Self::Connection { proxy, .. } | Self::NotTheCloud { proxy, .. } => proxy.as_ref(),
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

/// `75 s` as people say it: `1 minute 15 seconds`.
#[must_use]
pub fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    let unit = |count: u64, name: &str| match count {
        0 => None,
        1 => Some(format!("1 {name}")),
        _ => Some(format!("{count} {name}s")),
    };
    let parts: Vec<String> =
        [unit(seconds / 3600, "hour"), unit(seconds % 3600 / 60, "minute"), unit(seconds % 60, "second")]
            .into_iter()
            .flatten()
            .collect();
    if parts.is_empty() { "0 seconds".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests;
