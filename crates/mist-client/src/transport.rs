//! One request and its answer over TLS: the only place that knows the HTTP library.

use crate::cryptography;
use crate::error::{
    Call, Cause, Certificate as Untrusted, CertificateFault, Error, ProxyAnswer, ProxyFault, ProxyName, Reach, Result,
    Setting, Source, StoreFault,
};
use crate::host::Host;
use crate::reached::{self, Phase};
use crate::redact;
use secrecy::{ExposeSecret, SecretString};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use ureq::http::{self, HeaderMap, Request};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Proxy, ProxyProtocol};

/// The largest answer taken.
pub const LARGEST_ANSWER: u64 = 64 * 1024 * 1024;

/// How many connections are kept: so many threads can talk at one time without a new TLS handshake each time.
pub const CONNECTIONS: usize = 4;

/// As much as one record of TLS holds; what an answer needs beyond it is added. The library's own 128 KiB, each way,
/// would be filled with zeros on every run, which took a third of its instructions.
const BUFFER: usize = 16 * 1024;

/// How the cloud is reached.
#[derive(Clone, Debug)]
pub struct Network {
    /// Whether the server's certificate is checked.
    pub validate_certs: bool,
    /// The roots to trust in place of Mozilla's, which are built in: a PEM file.
    pub ca_path: Option<PathBuf>,
    /// The host's own store, which is looked at when Mozilla's roots do not suffice.
    pub host_store: HostStore,
    /// The proxy to go through.
    pub proxy: Option<ProxySetting>,
    /// For one request, from connecting to the end of the answer.
    pub timeout: Duration,
    /// What the client calls itself, such as `mist_api_token/0.1.0`.
    pub user_agent: String,
}

impl Default for Network {
    /// Certificates checked by the built-in roots and the host's usual store, no proxy, half a minute for a request.
    fn default() -> Self {
        Self {
            validate_certs: true,
            ca_path: None,
            host_store: HostStore::default(),
            proxy: None,
            timeout: Duration::from_secs(30),
            user_agent: String::new(),
        }
    }
}

/// Where the host keeps the authorities that it trusts. Without either, in the usual places of its system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostStore {
    /// `SSL_CERT_FILE`: a PEM file.
    pub file: Option<PathBuf>,
    /// `SSL_CERT_DIR`: directories of PEM files, separated by colons.
    pub directory: Option<PathBuf>,
}

impl HostStore {
    /// As `SSL_CERT_FILE` and `SSL_CERT_DIR` say; an empty variable says nothing.
    #[must_use]
    pub fn of_environment(variable: &dyn Fn(&str) -> Option<OsString>) -> Self {
        let path = |name| variable(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self { file: path("SSL_CERT_FILE"), directory: path("SSL_CERT_DIR") }
    }
}

/// A proxy, and who says so.
#[derive(Clone, Debug)]
pub struct ProxySetting {
    /// `http://`, `https://` or `socks5://`, credentials included.
    pub url: SecretString,
    /// Where the setting came from.
    pub source: Source,
}

impl ProxySetting {
    /// A proxy that the user of this crate gives.
    #[must_use]
    pub fn given(url: SecretString) -> Self {
        Self { url, source: Source::Given }
    }
}

/// An answer as it came.
#[derive(Clone, Debug)]
pub struct RawAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body, at most [`LARGEST_ANSWER`] bytes.
    pub body: Vec<u8>,
}

impl RawAnswer {
    /// A header's value, where it is there and is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A failed attempt: how far it got and what the network said.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// How far the request got.
    pub reach: Reach,
    /// What failed.
    pub cause: Cause,
}

/// Sends requests to one cloud, keeping its connection between them.
#[derive(Clone, Debug)]
pub struct Transport {
    agent: Agent,
    proxy: Option<ProxyName>,
}

impl Transport {
    /// Sets the connection up; nothing is sent yet.
    ///
    /// # Errors
    /// [`Error::Setting`] for a `ca_path` that cannot be read or holds no certificate, and for a `proxy` that is no URL.
    pub fn new(network: &Network, _host: &Host) -> Result<Self> {
        let mut tls = TlsConfig::builder()
            .disable_verification(!network.validate_certs)
            .unversioned_rustls_crypto_provider(cryptography::provider());
        if let Some(path) = &network.ca_path {
            tls = tls.root_certs(RootCerts::Specific(Arc::new(read_roots(path)?)));
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // Redirects are decided upon in `client`, where it is known which host was asked for.
            .max_redirects(0)
            .timeout_global(Some(network.timeout))
            .timeout_connect(Some(network.timeout))
            .proxy(network.proxy.as_ref().map(read_proxy).transpose()?)
            .user_agent(network.user_agent.clone())
            .accept("application/json")
            .tls_config(tls.build())
            .max_idle_connections_per_host(CONNECTIONS)
            .input_buffer_size(BUFFER)
            .output_buffer_size(BUFFER)
            .build();
        let proxy = config.proxy().map(|proxy| ProxyName {
            url: format!("{}://{}:{}", scheme(proxy), proxy.host(), proxy.port()),
            source: network.proxy.as_ref().map(|setting| setting.source.clone()).unwrap_or_default(),
        });
        Ok(Self { agent: Agent::with_parts(config, reached::connector(), reached::Names::default()), proxy })
    }

    /// The proxy that is gone through.
    #[must_use]
    pub fn proxy(&self) -> Option<&ProxyName> {
        self.proxy.as_ref()
    }

    /// Sends one request, once, and reads the whole answer.
    ///
    /// # Errors
    /// [`Trouble`] when there is no whole answer.
    pub fn send(&self, request: Request<Option<Vec<u8>>>) -> Result<RawAnswer, Trouble> {
        reached::begin();
        let (parts, body) = request.into_parts();
        let answer = match body {
            Some(body) => self.agent.run(Request::from_parts(parts, body)),
            None => self.agent.run(Request::from_parts(parts, ())),
        };
        let (parts, body) = answer.map_err(|error| trouble(&error, reached::phase()))?.into_parts();
        let body = body
            .into_with_config()
            .limit(LARGEST_ANSWER)
            .read_to_vec()
            // Once the head of the answer is there, the request has surely been seen.
            .map_err(|error| trouble(&error, Phase::Connected))?;
        Ok(RawAnswer { status: parts.status.as_u16(), headers: parts.headers, body })
    }
}

fn read_roots(path: &Path) -> Result<Vec<Certificate<'static>>> {
    let refuse = |fault| Error::from(Setting::Roots { path: path.to_owned(), fault });
    let pem = std::fs::read(path).map_err(|error| refuse(StoreFault::Unreadable(error.to_string())))?;
    let mut roots = Vec::new();
    for item in parse_pem(&pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => roots.push(certificate),
            Ok(_) => {}
            Err(error) => return Err(refuse(StoreFault::NotPem(error.to_string()))),
        }
    }
    if roots.is_empty() {
        return Err(refuse(StoreFault::Empty));
    }
    Ok(roots)
}

fn scheme(proxy: &Proxy) -> &'static str {
    match proxy.protocol() {
        ProxyProtocol::Https => "https",
        ProxyProtocol::Socks4 | ProxyProtocol::Socks4A | ProxyProtocol::Socks5 | ProxyProtocol::Socks5h => "socks5",
        _ => "http",
    }
}

fn read_proxy(proxy: &ProxySetting) -> Result<Proxy> {
    // The value is not quoted: it may carry a password.
    let refuse = || Setting::Proxy { source: proxy.source.clone(), fault: ProxyFault::NotAUrl }.into();
    let text = proxy.url.expose_secret();
    if text.split_once("://").is_some_and(|(scheme, _)| !matches!(scheme, "http" | "https" | "socks5" | "socks5h")) {
        return Err(refuse());
    }
    Proxy::new(text).map_err(|_| refuse())
}

/// Sorts what the HTTP library reports by how far the request got.
fn trouble(error: &ureq::Error, phase: Phase) -> Trouble {
    let (reach, cause) = match phase {
        Phase::Connected => after_connecting(error),
        Phase::Resolving => while_resolving(error),
        Phase::Connecting => while_connecting(error),
    };
    Trouble { reach, cause }
}

fn while_resolving(error: &ureq::Error) -> (Reach, Cause) {
    let (reach, words) = match error {
        ureq::Error::Timeout(_) => (Reach::Unreached, "the host's name was not looked up in time".to_owned()),
        // The libraries of C say of a name server that did not answer: "Temporary failure" and "Try again".
        ureq::Error::Io(error) if ["emporary", "ry again"].iter().any(|words| error.to_string().contains(words)) => {
            (Reach::Unreached, format!("the host's name cannot be looked up now ({error})"))
        }
        ureq::Error::Io(error) => (Reach::Unreachable, format!("the host's name is not known ({error})")),
        _ => (Reach::Unreachable, "the host's name is not known".to_owned()),
    };
    (reach, Cause::Name(words))
}

/// Nothing was sent yet.
fn while_connecting(error: &ureq::Error) -> (Reach, Cause) {
    let network = |words: &str| Cause::Network(words.to_owned());
    let refused = |words: String| Cause::ProxyRefused(ProxyAnswer { status: None, words });
    match error {
        ureq::Error::Timeout(_) => (Reach::Unreached, network("no connection came about in time")),
        ureq::Error::ConnectProxyFailed(words) => {
            (Reach::Unreachable, refused(redact::without_keys(&redact::excerpt(words, 200))))
        }
        ureq::Error::Tls(words) => {
            (Reach::Unreachable, Cause::Tls(format!("no TLS connection could be made ({words})")))
        }
        ureq::Error::Rustls(error) => no_tls(error),
        ureq::Error::Io(error) => match (tls_error(error), error.kind()) {
            (Some(tls), _) => no_tls(tls),
            (None, io::ErrorKind::TimedOut) => (Reach::Unreached, network("no connection came about in time")),
            // Words, and not the system's: what the library makes of a SOCKS proxy's answer.
            (None, _) if error.get_ref().is_some() => (Reach::Unreachable, refused(error.to_string())),
            (None, _) => (Reach::Unreached, Cause::Network(format!("no connection could be made ({error})"))),
        },
        ureq::Error::HostNotFound => (Reach::Unreachable, Cause::Name("the host's name is not known".to_owned())),
        _ => (Reach::Unreached, network("no connection could be made")),
    }
}

fn no_tls(error: &rustls::Error) -> (Reach, Cause) {
    let cause = match error {
        rustls::Error::InvalidCertificate(_) => Cause::Certificate(Untrusted {
            fault: CertificateFault::Other,
            issuer: None,
            looked_at: Vec::new(),
            words: error.to_string(),
        }),
        // Not TLS at all, or no version in common.
        _ => Cause::Tls(format!("no TLS connection could be made ({error})")),
    };
    // Another attempt gives the same.
    (Reach::Unreachable, cause)
}

/// The request may have been seen, whatever it was that failed.
fn after_connecting(error: &ureq::Error) -> (Reach, Cause) {
    let (reach, words) = match error {
        ureq::Error::Timeout(_) => (Reach::TimedOut, "no whole answer came in time".to_owned()),
        ureq::Error::BodyExceedsLimit(_) => {
            (Reach::TooLarge, format!("the answer is larger than {} MiB", LARGEST_ANSWER / 1024 / 1024))
        }
        ureq::Error::Rustls(error) => (Reach::Lost, format!("the TLS connection failed ({error})")),
        ureq::Error::Io(error) => match (tls_error(error), error.kind()) {
            (Some(tls), _) => (Reach::Lost, format!("the TLS connection failed ({tls})")),
            (None, io::ErrorKind::TimedOut) => (Reach::TimedOut, "no whole answer came in time".to_owned()),
            (None, _) => (Reach::Lost, format!("the connection was lost ({error})")),
        },
        ureq::Error::Protocol(error) => (Reach::Lost, format!("the answer is not proper HTTP ({error})")),
        other => (Reach::Lost, redact::without_keys(&redact::excerpt(&other.to_string(), 200))),
    };
    (reach, Cause::Network(words))
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// Builds a request, with a JSON body where one is given. `call` is what errors name; `url` is where a redirect led, or the same.
///
/// # Errors
/// [`Error::Setting`] when a header has a character that no header can have; [`Error::Answer`] when a redirect
/// led to a `url` that is none.
pub fn request(
    call: &Call,
    url: &str,
    headers: &[(&'static str, SecretString)],
    body: Option<Vec<u8>>,
) -> Result<Request<Option<Vec<u8>>>> {
    let mut builder = Request::builder().method(call.method).uri(url);
    for (name, value) in headers {
        let mut value =
            http::HeaderValue::from_str(value.expose_secret()).map_err(|_| Error::from(Setting::Header { name }))?;
        value.set_sensitive(true);
        builder = builder.header(*name, value);
    }
    if body.is_some() {
        builder = builder.header("Content-Type", "application/json");
    }
    builder.body(body).map_err(|error| {
        if url == call.url {
            Error::Other(format!("{call}: no request can be made of this ({error})."))
        } else {
            Error::Answer { call: call.clone(), reason: "the redirect leads to what is no URL".into() }
        }
    })
}

/// Whether the name or address `host` is one that the `NO_PROXY` list exempts: exact names, domains
/// (with or without a leading dot) and `*`.
#[must_use]
pub fn bypasses_proxy(host: &Host, no_proxy: &str) -> bool {
    no_proxy.split(',').map(|entry| entry.trim().to_ascii_lowercase()).filter(|entry| !entry.is_empty()).any(|entry| {
        let domain = entry.trim_start_matches("*.").trim_start_matches('.');
        entry == "*" || host.name() == domain || (!domain.is_empty() && host.name().ends_with(&format!(".{domain}")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_exempts_names_domains_and_everything() {
        let host = Host::parse("api.eu.mist.com").unwrap();
        for (list, bypassed) in [
            ("", false),
            ("mist.com", true),
            (".mist.com", true),
            ("*.MIST.com", true),
            ("localhost, api.eu.mist.com", true),
            ("*", true),
            ("ist.com", false),
            ("api.mist.com", false),
        ] {
            assert_eq!(bypasses_proxy(&host, list), bypassed, "{list}");
        }
    }

    #[test]
    fn a_proxy_that_is_no_url_is_refused_without_quoting_it() {
        for text in ["ftp://u:geheim@proxy:1", "http://", "http://u:geheim@"] {
            let error = read_proxy(&ProxySetting::given(text.to_owned().into())).unwrap_err().to_string();
            assert!(error.starts_with("not a proxy's URL") && !error.contains("geheim"), "{error}");
        }
        assert!(read_proxy(&ProxySetting::given("socks5://u:p@127.0.0.1:1080".to_owned().into())).is_ok());
    }

    #[test]
    fn roots_that_are_none_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let empty = folder.path().join("empty.pem");
        std::fs::write(&empty, "nothing here").unwrap();
        for (path, words) in
            [(empty.as_path(), "holds no certificate"), (Path::new("/nonexistent.pem"), "cannot be read")]
        {
            let error = read_roots(path).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
