//! Settings that cannot be used.

use crate::key::MaskedKey;
use std::path::PathBuf;

/// Where a setting came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The user of this crate gave it.
    #[default]
    Given,
    /// The environment variable of this name.
    Variable(String),
}

/// A setting that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Setting {
    /// The cloud's host.
    Host {
        /// What was given; empty where it may hold a secret.
        given: String,
        /// What is wrong with it.
        fault: HostFault,
    },
    /// An API token.
    Token {
        /// What may be shown of it.
        mask: MaskedKey,
        /// Which of the tokens given it is, from 1.
        number: usize,
        /// How many there are.
        of: usize,
        /// What is wrong with it.
        fault: TokenFault,
    },
    /// The code of the second factor: it is not six digits.
    Code {
        /// How many digits it has, spaces left out; `None` where it has something else in it.
        digits: Option<usize>,
    },
    /// The file of the roots to trust in place of all others.
    Roots {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        fault: StoreFault,
    },
    /// The host's own store, which an environment variable names.
    HostStore {
        /// The variable.
        variable: String,
        /// The path in it.
        path: PathBuf,
        /// What is wrong with it.
        fault: StoreFault,
    },
    /// The proxy. It is not quoted: it may carry a password.
    Proxy {
        /// Where it was set.
        source: Source,
        /// What is wrong with it.
        fault: ProxyFault,
    },
    /// An id or a path that would mean something else in an address than it should.
    Path {
        /// What was given, shortened and without anything shaped like a key.
        given: String,
        /// What is wrong with it, in a clause.
        fault: String,
    },
    /// A header that cannot carry what was given.
    Header {
        /// The header's name.
        name: &'static str,
    },
}

/// What is wrong with a host.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HostFault {
    /// A scheme other than https and http.
    Scheme,
    /// User or password in it. What was given is not quoted.
    Credentials,
    /// A path or query that is not the API's own nor a dashboard's.
    Path,
    /// No host's name.
    NotAHost,
    /// Plain http to what is not a loopback address.
    PlainHttp {
        /// The host's name.
        name: String,
    },
}

/// What is wrong with an API token, seen before it is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenFault {
    /// It is masked (`abcd...wxyz`), as the cloud lists tokens.
    Masked,
    /// It stands in quotes.
    Quoted,
    /// A word stands before it: `Token`, `Bearer`, `MIST_API_TOKEN=`.
    Prefixed,
    /// It has a space, a line end or another character that no token has.
    Characters,
}

/// What is wrong with a file or directory of certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreFault {
    /// It is not there, or cannot be read; what the system says.
    Unreadable(String),
    /// It is no well-formed PEM; what is wrong.
    NotPem(String),
    /// No certificate is in it.
    Empty,
    /// It is larger than any store of certificates, or no regular file.
    NotAFile,
}

/// What is wrong with a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProxyFault {
    /// It is no URL of an http, https or socks5 proxy.
    NotAUrl,
}
