//! Unusable settings.

use crate::key::MaskedKey;
use std::path::PathBuf;

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
