//! Everything that can go wrong between a task and the cloud, each with what a user can do about it.

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

/// How far a request got when its connection failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// No connection was made, and another attempt may make one: the cloud saw nothing.
    Unreached,
    /// No connection can be made as things stand (unknown host, untrusted certificate, proxy refusing): the cloud saw nothing.
    Unreachable,
    /// The connection was lost; the request may or may not have taken effect.
    Lost,
    /// No whole answer came in time; the request may have taken effect, or may yet.
    TimedOut,
    /// An answer came that is too large to be taken; another attempt would bring the same.
    TooLarge,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// A setting cannot be used. `option` is its name.
    Option {
        /// The setting's name, as users write it.
        option: &'static str,
        /// What is wrong with it and what to give instead.
        reason: String,
    },
    /// No answer.
    Connection {
        /// What was asked.
        call: Call,
        /// How far it got.
        reach: Reach,
        /// What the network said.
        reason: String,
    },
    /// The cloud refused.
    Status {
        /// What was asked.
        call: Call,
        /// The HTTP status.
        status: u16,
        /// The cloud's own words, stripped of anything shaped like a key.
        detail: String,
    },
    /// Too many calls, and no time to wait it out.
    RateLimited {
        /// What was asked.
        call: Call,
        /// The cloud's own words.
        detail: String,
        /// How long until calls are taken again.
        wait: Duration,
    },
    /// An answer came, but not one that can be used.
    Answer {
        /// What was asked.
        call: Call,
        /// What is wrong with the answer.
        reason: String,
    },
    /// The cloud sent elsewhere, and credentials do not go elsewhere.
    Redirected {
        /// What was asked.
        call: Call,
        /// The host that it pointed to.
        to: String,
    },
    /// A file could not be read or written, a lock not be had, a rule of this project not be kept.
    Other(String),
}

impl Error {
    /// An error about one option.
    #[must_use]
    pub fn option(option: &'static str, reason: impl Into<String>) -> Self {
        Self::Option { option, reason: reason.into() }
    }

    /// Whether the request may have taken effect although no usable answer came.
    #[must_use]
    pub fn may_have_taken_effect(&self) -> bool {
        match self {
            Self::Connection { reach, .. } => {
                matches!(reach, Reach::Lost | Reach::TimedOut | Reach::TooLarge)
            }
            Self::Status { status, .. } => *status >= 500 || *status == 408,
            Self::Answer { .. } => true,
            _ => false,
        }
    }

    /// Whether the request may still take effect some time from now.
    #[must_use]
    pub fn may_yet_take_effect(&self) -> bool {
        match self {
            Self::Connection { reach, .. } => *reach == Reach::TimedOut,
            // A gateway gave up waiting; what is behind it goes on.
            Self::Status { status, .. } => matches!(status, 408 | 502..=504 | 520..=599),
            _ => false,
        }
    }

    /// Whether this is about one object or file alone, so that other work may well succeed. Everything else (a lost
    /// connection, refused credentials, a spent quota, a cloud in trouble) is likely to meet every call that follows.
    #[must_use]
    pub fn is_about_one_thing(&self) -> bool {
        match self {
            Self::Status { status, .. } => (400..500).contains(status) && !matches!(status, 401 | 407 | 408 | 429),
            Self::Option { .. } => true,
            _ => false,
        }
    }

    /// The HTTP status, where the cloud gave one.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            Self::RateLimited { .. } => Some(429),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option { option, reason } => write!(formatter, "{option}: {reason}"),
            Self::Connection { call, reach, reason } => {
                let hint = match reach {
                    Reach::Unreached => "Check host, proxy and the network, or allow more time with max_wait.",
                    Reach::Unreachable => "Check host, ca_path and proxy.",
                    Reach::Lost => "Run the task again; more time can be allowed with max_wait.",
                    Reach::TimedOut => "Allow more time with timeout, or run the task again.",
                    Reach::TooLarge => "Check that host is a Mist API host and that no proxy answers in its place.",
                };
                write!(formatter, "{call}: {reason}. {hint}")
            }
            Self::Status { call, status, detail } => {
                write!(formatter, "{call}: the cloud answered {status}")?;
                if !detail.is_empty() {
                    write!(formatter, ": {detail}")?;
                }
                if !detail.ends_with(['.', '!', '?']) {
                    formatter.write_str(".")?;
                }
                let hint = hint(*status);
                if hint.is_empty() { Ok(()) } else { write!(formatter, " {hint}") }
            }
            Self::RateLimited { call, detail, wait } => {
                write!(formatter, "{call}: the cloud takes no more calls now (429): {detail}")?;
                if !detail.ends_with('.') {
                    formatter.write_str(".")?;
                }
                write!(
                    formatter,
                    " It takes calls again in {}; run the task then, raise max_wait above that, or use another token's quota.",
                    in_words(*wait)
                )
            }
            Self::Answer { call, reason } => {
                write!(
                    formatter,
                    "{call}: {reason}. Check that host is a Mist API host and that no proxy answers in its place."
                )
            }
            Self::Redirected { call, to } => write!(
                formatter,
                "{call}: answered with a redirect to {to}, which is not followed, so that credentials go to the host asked for and nowhere else. Set host to the cloud that your account is on."
            ),
            Self::Other(message) => formatter.write_str(message),
        }
    }
}

impl std::error::Error for Error {}

/// What a user can do about a status, in one sentence.
fn hint(status: u16) -> &'static str {
    match status {
        401 => {
            "Check that the token exists, is whole, and belongs to this cloud (host, or MIST_HOST; api.mist.com without them)."
        }
        403 => "The credentials may not do this: use a token with the role and scope that it needs.",
        404 => {
            "Check the ids and the path in this address, and host: the object may not exist, be gone already, or be on another cloud."
        }
        405 => "This cloud does not offer the call.",
        500..=599 => "The cloud has trouble of its own: run the task again later, or allow more time with max_wait.",
        _ => "",
    }
}

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
mod tests {
    use super::*;

    fn call() -> Call {
        Call { method: "GET", url: "https://api.mist.com/api/v1/self/apitokens".into() }
    }

    #[test]
    fn an_error_says_what_was_tried_what_the_cloud_said_and_what_to_do() {
        let error = Error::Status { call: call(), status: 401, detail: "Invalid token.".into() };
        assert_eq!(
            error.to_string(),
            "GET https://api.mist.com/api/v1/self/apitokens: the cloud answered 401: Invalid token. \
             Check that the token exists, is whole, and belongs to this cloud (host, or MIST_HOST; api.mist.com without them)."
        );
        let error = Error::Status { call: call(), status: 418, detail: String::new() };
        assert!(error.to_string().ends_with("the cloud answered 418."));
    }

    #[test]
    fn only_what_reached_the_cloud_may_have_taken_effect() {
        let connection = |reach| Error::Connection { call: call(), reach, reason: String::new() };
        let status = |status| Error::Status { call: call(), status, detail: String::new() };
        for (error, has, yet) in [
            (connection(Reach::Unreached), false, false),
            (connection(Reach::Unreachable), false, false),
            (connection(Reach::Lost), true, false),
            (connection(Reach::TimedOut), true, true),
            (status(400), false, false),
            (status(500), true, false),
            (status(504), true, true),
            (Error::Answer { call: call(), reason: String::new() }, true, false),
            (Error::Redirected { call: call(), to: String::new() }, false, false),
        ] {
            assert_eq!((error.may_have_taken_effect(), error.may_yet_take_effect()), (has, yet), "{error:?}");
        }
    }

    #[test]
    fn a_refusal_of_one_object_says_nothing_of_the_next_and_trouble_with_the_cloud_does() {
        let status = |status| Error::Status { call: call(), status, detail: String::new() };
        let limited = Error::RateLimited { call: call(), detail: String::new(), wait: Duration::ZERO };
        let lost = Error::Connection { call: call(), reach: Reach::Lost, reason: String::new() };
        for (error, alone) in [
            (status(400), true),
            (status(403), true),
            (status(404), true),
            (Error::option("key_file", "full"), true),
            (status(401), false),
            (status(429), false),
            (status(503), false),
            (limited, false),
            (lost, false),
            (Error::Answer { call: call(), reason: String::new() }, false),
            (Error::Other(String::new()), false),
        ] {
            assert_eq!(error.is_about_one_thing(), alone, "{error:?}");
        }
    }

    #[test]
    fn durations_read_as_people_say_them() {
        for (seconds, words) in [(0, "0 seconds"), (1, "1 second"), (75, "1 minute 15 seconds"), (7200, "2 hours")] {
            assert_eq!(in_words(Duration::from_secs(seconds)), words);
        }
    }
}
