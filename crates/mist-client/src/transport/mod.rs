//! One request and its response over TLS. Only this folder and `tls` know the HTTP library. Also the proxy's URL,
//! and the hosts that do not use the proxy.

mod failure;
mod lookup;

use crate::error::{Call, Error, ProxyFault, ProxyName, Result, Setting, Source};
use crate::host::Host;
pub use crate::tls::HostStore;
use crate::tls::{self, Tls, Trust};
pub use failure::{LARGEST_ANSWER, SendFailure};
use failure::{Stage, Via};
use ipnet::IpNet;
use lookup::{Known, Names};
use secrecy::{ExposeSecret, SecretString};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;
use ureq::http::{self, HeaderMap, Request};
use ureq::unversioned::transport::{ConnectProxyConnector, Connector, SocksConnector, TcpConnector};
use ureq::{Agent, Proxy, ProxyProtocol};

/// Connections that are kept open: as many threads can send at the same time without a new TLS handshake.
pub const CONNECTIONS: usize = 4;

/// The size of one TLS record; it grows for a larger response. Filling the library's default of 128 KiB each way with zeros
/// took a third of the instructions of a run.
const BUFFER: usize = 16 * 1024;

/// Network settings.
#[derive(Clone, Debug)]
pub struct Network {
    /// If true, the server's certificate is verified.
    pub validate_certs: bool,
    /// PEM file with root certificates that replace all others.
    pub ca_path: Option<PathBuf>,
    /// The host's own store, read if Mozilla's root certificates do not suffice.
    pub host_store: HostStore,
    pub proxy: Option<ProxySetting>,
    /// Limit for one request, from connecting to the end of the response.
    pub timeout: Duration,
    /// The `User-Agent`, such as `mist_api_token/0.2.0`.
    pub user_agent: String,
}

impl Default for Network {
    /// Certificates verified by the built-in roots and the host's default store, no proxy, 30 seconds for a request.
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

/// A response as received.
#[derive(Clone, Debug)]
pub struct RawAnswer {
    pub status: u16,
    pub headers: HeaderMap,
    /// The whole body, at most [`LARGEST_ANSWER`] bytes.
    pub body: Vec<u8>,
}

impl RawAnswer {
    /// The value of a header, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Sends requests to one cloud and keeps connections open.
#[derive(Clone, Debug)]
pub struct Transport {
    agent: Agent,
    timeout: Duration,
    names: Known,
    via: Via,
    proxy: Option<ProxyName>,
}

impl Transport {
    /// Prepares the transport; nothing is sent. Plain http uses no proxy.
    ///
    /// # Errors
    /// [`Error::Setting`] for unreadable root certificates, a missing store of the host, and a malformed proxy URL.
    pub fn new(network: &Network, host: &Host) -> Result<Self> {
        let is_plain = host.origin().starts_with("http://");
        let proxy = network.proxy.as_ref().filter(|_| !is_plain).map(read_proxy).transpose()?;
        let trust = match &network.ca_path {
            _ if !network.validate_certs => Trust::All,
            Some(path) => Trust::Only(path.clone(), tls::read_roots(path)?),
            None => {
                network.host_store.check()?;
                Trust::BuiltInAndHost(network.host_store.clone())
            }
        };
        let via = match &proxy {
            None => Via::Direct,
            Some(proxy) if proxy_scheme(proxy) == "socks5" => Via::Socks,
            Some(_) => Via::Http,
        };
        let name = proxy.as_ref().map(|proxy| ProxyName {
            url: format!("{}://{}:{}", proxy_scheme(proxy), proxy.host(), proxy.port()),
            source: network.proxy.as_ref().map(|setting| setting.source.clone()).unwrap_or_default(),
        });
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // `client` decides about redirects.
            .max_redirects(0)
            .timeout_global(Some(network.timeout))
            .timeout_connect(Some(network.timeout))
            .proxy(proxy)
            .user_agent(network.user_agent.clone())
            .accept("application/json")
            .max_idle_connections_per_host(CONNECTIONS)
            .input_buffer_size(BUFFER)
            .output_buffer_size(BUFFER)
            .build();
        let connector = failure::Begin
            .chain(SocksConnector::default())
            .chain(ConnectProxyConnector::default())
            .chain(TcpConnector::default())
            .chain(failure::Bounding)
            .chain(Tls { config: tls::config(trust)?, begins: || failure::set(Stage::Handshake(failure::peer())) })
            .chain(failure::Done);
        let names = Known::default();
        let agent = Agent::with_parts(config, connector, Names(names.clone()));
        Ok(Self { agent, timeout: network.timeout, names, via, proxy: name })
    }

    /// The proxy in use.
    #[must_use]
    pub fn proxy(&self) -> Option<&ProxyName> {
        self.proxy.as_ref()
    }

    /// Sends one request once and reads the whole response.
    ///
    /// # Errors
    /// [`SendFailure`] without a complete response.
    pub fn send(&self, request: Request<Option<Vec<u8>>>) -> Result<RawAnswer, SendFailure> {
        failure::begin(self.timeout);
        let (parts, body) = request.into_parts();
        let answer = match body {
            Some(body) => self.agent.run(Request::from_parts(parts, body)),
            None => self.agent.run(Request::from_parts(parts, ())),
        };
        let (parts, body) = answer.map_err(|error| self.classify(&error, failure::get()))?.into_parts();
        let body = body
            .into_with_config()
            .limit(LARGEST_ANSWER)
            .read_to_vec()
            // After the head of the response, the request has arrived.
            .map_err(|error| self.classify(&error, Stage::Connected))?;
        Ok(RawAnswer { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    fn classify(&self, error: &ureq::Error, stage: Stage) -> SendFailure {
        if matches!(stage, Stage::Connect(_)) {
            self.names.forget();
        }
        failure::classify(error, stage, self.via)
    }
}

/// Builds a request, with an optional JSON body. Errors name `call`; `url` differs from it after a redirect.
///
/// # Errors
/// [`Error::Setting`] for a character that headers cannot contain; [`Error::Answer`] for a redirect to a malformed URL.
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
            Error::Other(format!("the request cannot be built ({error}). Request: {call}"))
        } else {
            Error::Answer { call: call.clone(), reason: "the redirect leads to a malformed URL".into() }
        }
    })
}

/// A proxy setting.
#[derive(Clone, Debug)]
pub struct ProxySetting {
    /// `http://`, `https://` or `socks5://`, with credentials.
    pub url: SecretString,
    pub source: Source,
}

impl ProxySetting {
    /// A proxy that the caller sets.
    #[must_use]
    pub fn given(url: SecretString) -> Self {
        Self { url, source: Source::Given }
    }
}

/// Parses the URL.
///
/// # Errors
/// [`Setting::Proxy`]. The URL is not quoted: it may contain a password.
fn read_proxy(proxy: &ProxySetting) -> Result<Proxy> {
    let refuse = || Setting::Proxy { source: proxy.source.clone(), fault: ProxyFault::NotAUrl }.into();
    let text = proxy.url.expose_secret();
    if text.split_once("://").is_some_and(|(scheme, _)| !matches!(scheme, "http" | "https" | "socks5" | "socks5h")) {
        return Err(refuse());
    }
    Proxy::new(text).map_err(|_| refuse())
}

fn proxy_scheme(proxy: &Proxy) -> &'static str {
    match proxy.protocol() {
        ProxyProtocol::Https => "https",
        ProxyProtocol::Socks4 | ProxyProtocol::Socks4A | ProxyProtocol::Socks5 | ProxyProtocol::Socks5h => "socks5",
        _ => "http",
    }
}

/// Returns true if the list in `NO_PROXY` contains `host`. Its entries are separated by commas or white space: `*`; names and domains
/// (`mist.com`, `.mist.com`, `*.mist.com`); addresses and networks (`10.0.0.0/8`, only for hosts that are addresses). A port
/// (`api.mist.com:8443`) restricts an entry to that port.
#[must_use]
pub fn bypasses_proxy(host: &Host, no_proxy: &str) -> bool {
    let entries = no_proxy.split(|character: char| character == ',' || character.is_whitespace());
    entries
        .map(|entry| entry.trim().to_ascii_lowercase())
        .filter(|entry| !entry.is_empty())
        .any(|entry| fits(host, &entry))
}

fn fits(host: &Host, entry: &str) -> bool {
    if entry == "*" {
        return true;
    }
    let name = host.name().trim_start_matches('[').trim_end_matches(']').trim_end_matches('.');
    let address: Option<IpAddr> = name.parse().ok();
    if let (Some(address), Ok(network)) = (address, entry.parse::<IpNet>()) {
        return network.contains(&address);
    }
    let (entry, port) = split_port(entry);
    if port.is_some_and(|port| port != host.port()) {
        return false;
    }
    if let Ok(exempt) = entry.parse::<IpAddr>() {
        return address == Some(exempt);
    }
    let domain = entry.trim_start_matches('*').trim_start_matches('.').trim_end_matches('.');
    !domain.is_empty() && (name == domain || name.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')))
}

/// Splits `name:8443` and `[::1]:8443`. An IPv6 address without brackets has no port.
fn split_port(entry: &str) -> (&str, Option<u16>) {
    if let Some(rest) = entry.strip_prefix('[') {
        let (address, port) = rest.split_once(']').unwrap_or((rest, ""));
        return (address, port.strip_prefix(':').and_then(|port| port.parse().ok()));
    }
    match entry.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') => (name, port.parse().ok()),
        _ => (entry, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_malformed_proxy_url_is_refused_without_quoting_it() {
        for text in ["ftp://u:geheim@proxy:1", "http://", "http://u:geheim@"] {
            let error = read_proxy(&ProxySetting::given(text.to_owned().into())).unwrap_err();
            assert_eq!(error, Setting::Proxy { source: Source::Given, fault: ProxyFault::NotAUrl }.into());
        }
        assert!(read_proxy(&ProxySetting::given("socks5://u:p@127.0.0.1:1080".to_owned().into())).is_ok());
    }

    #[test]
    fn no_proxy_exempts_names_domains_addresses_networks_ports_and_everything() {
        for (host, list, bypassed) in [
            ("api.eu.mist.com", "", false),
            ("api.eu.mist.com", "mist.com", true),
            ("api.eu.mist.com", ".mist.com", true),
            ("api.eu.mist.com", "*.MIST.com", true),
            ("api.eu.mist.com", "mist.com.", true),
            ("api.eu.mist.com", "localhost, api.eu.mist.com", true),
            ("api.eu.mist.com", "localhost api.eu.mist.com", true),
            ("api.eu.mist.com", "*", true),
            ("api.eu.mist.com", "ist.com", false),
            ("api.eu.mist.com", "api.mist.com", false),
            ("api.eu.mist.com", "api.eu.mist.com:443", true),
            ("api.eu.mist.com", "mist.com:8443", false),
            ("api.eu.mist.com:8443", "mist.com:8443", true),
            ("127.0.0.1:8443", "127.0.0.0/8", true),
            ("127.0.0.1:8443", "127.0.0.1", true),
            ("127.0.0.1:8443", "127.0.0.1:443", false),
            ("127.0.0.1:8443", "10.0.0.0/8", false),
            ("[::1]:8443", "::1", true),
            ("[::1]:8443", "[::1]:8443", true),
            ("[::1]:8443", "::/64", true),
            ("api.eu.mist.com", "0.0.0.0/0", false),
        ] {
            assert_eq!(bypasses_proxy(&Host::parse(host).unwrap(), list), bypassed, "{host} {list}");
        }
    }
}
