//! The causes of errors: failed connections and unusable settings.

use crate::key::MaskedKey;
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

/// The source of a setting.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The caller set it.
    #[default]
    Given,
    /// The environment variable of this name.
    Variable(String),
}

/// An unusable setting.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Setting {
    Host {
        /// The text that was set; empty if it may contain a secret.
        given: String,
        fault: HostFault,
    },
    /// An API token.
    Token {
        mask: MaskedKey,
        /// Position among the tokens that were set, from 1.
        number: usize,
        /// The number of tokens that were set.
        of: usize,
        fault: TokenFault,
    },
    /// The code of the second factor does not have six digits.
    Code {
        /// The number of digits, without spaces; `None` if it contains anything else.
        digits: Option<usize>,
    },
    /// The file with the root certificates that replace all others.
    Roots { path: PathBuf, fault: StoreFault },
    /// The host's certificate store that an environment variable names.
    HostStore { variable: String, path: PathBuf, fault: StoreFault },
    /// The proxy's URL. It is not quoted: it may contain a password.
    Proxy { source: Source, fault: ProxyFault },
    /// An ID or a path that would have another meaning in a URL.
    Path {
        /// The text, shortened and without anything shaped like a key.
        given: String,
        /// The problem, as a clause.
        fault: String,
    },
    /// A value that a header cannot contain.
    Header {
        /// The header's name.
        name: &'static str,
    },
}

/// The reason that a host is unusable.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostFault {
    /// A scheme other than https and http.
    Scheme,
    /// It contains a user name or password, and is not quoted.
    Credentials,
    /// A path or query that belongs neither to the API nor to the dashboard.
    Path,
    /// Not a host name.
    NotAHost,
    /// Plain http to another address than loopback.
    PlainHttp { name: String },
}

/// The reason that a text cannot be an API token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenFault {
    /// Masked (`abcd...wxyz`), as the cloud lists tokens.
    Masked,
    /// In quotes.
    Quoted,
    /// After a word such as `Token`, `Bearer` or `MIST_API_TOKEN=`.
    Prefixed,
    /// It contains a space, a line break or another character that tokens do not have.
    Characters,
}

/// The reason that a file or directory of certificates is unusable.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreFault {
    /// It does not exist or cannot be read; the system's message.
    Unreadable(String),
    /// Malformed PEM; the parser's message.
    NotPem(String),
    /// It contains no certificate.
    Empty,
    /// Not a regular file, or too large.
    NotAFile,
}

/// The reason that a proxy's URL is unusable.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyFault {
    /// Not the URL of an http, https or socks5 proxy.
    NotAUrl,
}
