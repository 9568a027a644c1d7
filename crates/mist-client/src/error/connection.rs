//! Failures of a connection.

use super::setting::{Setting, Source};
use std::path::PathBuf;

/// The progress of a request when its connection failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Not connected, but another attempt may succeed. The cloud received nothing.
    Unreached,
    /// Connecting cannot succeed (unknown host, untrusted certificate, refusing proxy). The cloud received nothing.
    Unreachable,
    /// The connection was lost. The request may have taken effect.
    Lost,
    /// The response was not complete in time. The request may have taken effect, or may do so later.
    TimedOut,
    /// The response is too large. Another attempt would give the same.
    TooLarge,
}

/// A proxy, without its credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyName {
    /// Scheme, host and port.
    pub url: String,
    pub source: Source,
}

/// The failure of a connection. Contains no secrets. The texts are clauses: `the connection was lost (connection reset)`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Cause {
    Network(String),
    /// The cloud's name could not be resolved.
    Name(String),
    /// TLS failed for another reason than the certificate.
    Tls(String),
    /// The cloud's certificate is not trusted.
    Certificate(Certificate),
    /// The certificate of an https proxy is not trusted.
    ProxyCertificate(Certificate),
    /// The host's certificate store is required and cannot be read.
    Store(Box<Setting>),
    /// The proxy cannot be reached, or its name cannot be resolved.
    ProxyUnreached(String),
    /// The proxy refused the connection.
    ProxyRefused(ProxyAnswer),
    /// The proxy did not respond in time.
    ProxySilent,
    /// Plain http to a name that does not resolve to a loopback address.
    NotLoopback {
        name: String,
    },
}

impl Cause {
    /// The same cause, with every text from outside replaced by `change`.
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

/// A proxy's refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyAnswer {
    /// The status of an HTTP proxy.
    pub status: Option<u16>,
    /// The message, shortened and without secrets.
    pub words: String,
}

/// An untrusted certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    pub fault: CertificateFault,
    /// The issuer as the certificate names it (`CN=Example Root, O=Example`), if readable.
    pub issuer: Option<String>,
    /// The trust stores that were searched.
    pub searched: Vec<TrustedPlace>,
    /// Details from the TLS library.
    pub words: String,
}

impl Certificate {
    fn map_words(self, change: &dyn Fn(&str) -> String) -> Self {
        Self { issuer: self.issuer.map(|issuer| change(&issuer)), words: change(&self.words), ..self }
    }
}

/// A trust store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TrustedPlace {
    /// Mozilla's root certificates.
    BuiltIn,
    /// The file that replaces all others.
    Given(PathBuf),
    /// A file or directory of the host.
    Host {
        path: PathBuf,
        /// The environment variable that names it, or the default location.
        source: Source,
    },
    /// The host has no store in its default locations.
    NoHostStore,
}

/// The reason that a certificate is not trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateFault {
    UnknownIssuer,
    SelfSigned,
    /// A CA certificate that is used by a server (self-signed with `CA:TRUE`).
    Authority,
    /// A signature that is not accepted any more, such as SHA-1.
    WeakSignature,
    Expired,
    /// One of the two clocks is wrong.
    NotYetValid,
    WrongName {
        /// The names that the certificate is valid for.
        names: Vec<String>,
    },
    /// Anything else, as the TLS library describes it.
    Other,
}
