//! How a connection fails.

use super::setting::{Setting, Source};
use std::fmt;
use std::path::PathBuf;

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

/// A proxy, as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyName {
    /// Scheme, host and port, without user and password.
    pub url: String,
    /// Where the setting came from.
    pub source: Source,
}

/// What failed about a connection. Nothing in here is a secret.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Cause {
    /// What the network said, in a clause: `the connection was lost (connection reset)`.
    Network(String),
    /// The cloud's name is not known, or was not looked up; a clause.
    Name(String),
    /// No TLS connection could be made, for another reason than the certificate; a clause.
    Tls(String),
    /// The cloud's certificate is not trusted.
    Certificate(Certificate),
    /// The certificate of an https proxy is not trusted.
    ProxyCertificate(Certificate),
    /// The host's own store of certificates was needed, and cannot be read.
    Store(Box<Setting>),
    /// The proxy cannot be reached, or its name is not known; a clause.
    ProxyUnreached(String),
    /// The proxy answered, and did not let through.
    ProxyRefused(ProxyAnswer),
    /// The proxy did not come to an answer in time.
    ProxySilent,
    /// Plain http, and the address that the name leads to is not a loopback one.
    NotLoopback {
        /// The name.
        name: String,
    },
}

impl Cause {
    /// The same with every text that somebody else may have written changed by `change`.
    #[must_use]
    pub(crate) fn map_words(self, change: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::Network(words) => Self::Network(change(&words)),
            Self::Name(words) => Self::Name(change(&words)),
            Self::Tls(words) => Self::Tls(change(&words)),
            Self::ProxyUnreached(words) => Self::ProxyUnreached(change(&words)),
            Self::ProxyRefused(answer) => Self::ProxyRefused(ProxyAnswer { words: change(&answer.words), ..answer }),
            Self::Certificate(certificate) => Self::Certificate(certificate.map_words(change)),
            Self::ProxyCertificate(certificate) => Self::ProxyCertificate(certificate.map_words(change)),
            other => other,
        }
    }
}

/// What a proxy said in place of letting through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyAnswer {
    /// The HTTP status, of an HTTP proxy.
    pub status: Option<u16>,
    /// Its words, shortened and without secrets.
    pub words: String,
}

/// A certificate that is not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Why.
    pub fault: CertificateFault,
    /// Who issued it, by its own words (`CN=Example Root, O=Example`), where that can be read.
    pub issuer: Option<String>,
    /// Where it was looked for somebody to trust.
    pub looked_at: Vec<TrustedPlace>,
    /// What the checking library said.
    pub words: String,
}

impl Certificate {
    fn map_words(self, change: &dyn Fn(&str) -> String) -> Self {
        Self { issuer: self.issuer.map(|issuer| change(&issuer)), words: change(&self.words), ..self }
    }
}

/// A place with authorities to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustedPlace {
    /// Mozilla's roots, built in.
    BuiltIn,
    /// The file that was given in place of all others.
    Given(PathBuf),
    /// A file or directory of the host's own store.
    Host {
        /// Where.
        path: PathBuf,
        /// The environment variable that named it, if one did.
        source: Source,
    },
    /// The host has no store where it was looked for.
    NoHostStore,
}

/// What is wrong with a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateFault {
    /// Nobody trusted vouches for it.
    UnknownIssuer,
    /// It vouches for itself alone.
    SelfSigned,
    /// It is an authority's certificate, used as a server's (self-signed with `CA:TRUE`).
    Authority,
    /// It, or one above it, is signed in a way that is not taken any more, such as with SHA-1.
    WeakSignature,
    /// It is valid no more.
    Expired,
    /// It is not valid yet: one of the two clocks is wrong.
    NotYetValid,
    /// It is for other names.
    WrongName {
        /// The names that it is for.
        names: Vec<String>,
    },
    /// Something else, in the library's words.
    Other,
}

impl fmt::Display for TrustedPlace {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn => formatter.write_str("Mozilla's roots, which are built in"),
            Self::Given(path) => write!(formatter, "'{}'", path.display()),
            Self::Host { path, source: Source::Given } => write!(formatter, "the host's '{}'", path.display()),
            Self::Host { path, source: Source::Variable(name) } => write!(formatter, "'{}' ({name})", path.display()),
            Self::NoHostStore => formatter.write_str("the host's store, which is not there"),
        }
    }
}
