//! One request and its answer over TLS: the only place that knows the HTTP library.

mod lookup;
mod stage;
mod trouble;

pub use crate::proxy::bypasses_proxy;
pub use crate::tls::HostStore;
pub use trouble::{LARGEST_ANSWER, Trouble};

use crate::error::{Call, Error, ProxyFault, ProxyName, Result, Setting, Source};
use crate::host::Host;
use crate::tls::{self, Tls, Trust};
use lookup::{Known, Names};
use secrecy::{ExposeSecret, SecretString};
use stage::Stage;
use std::path::PathBuf;
use std::time::Duration;
use trouble::Via;
use ureq::http::{self, HeaderMap, Request};
use ureq::unversioned::transport::{ConnectProxyConnector, Connector, SocksConnector, TcpConnector};
use ureq::{Agent, Proxy, ProxyProtocol};

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
    /// What the client calls itself, such as `mist_api_token/0.2.0`.
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

/// Sends requests to one cloud, keeping its connection between them.
#[derive(Clone, Debug)]
pub struct Transport {
    agent: Agent,
    timeout: Duration,
    names: Known,
    via: Via,
    proxy: Option<ProxyName>,
}

impl Transport {
    /// Sets the connection up; nothing is sent yet. Plain http goes through no proxy.
    ///
    /// # Errors
    /// [`Error::Setting`] for roots that cannot be read, for a store of the host's that is named and missing, and for a
    /// proxy that is no URL.
    pub fn new(network: &Network, host: &Host) -> Result<Self> {
        let is_plain = host.origin().starts_with("http://");
        let proxy = network.proxy.as_ref().filter(|_| !is_plain).map(read_proxy).transpose()?;
        let trust = match &network.ca_path {
            _ if !network.validate_certs => Trust::Anybody,
            Some(path) => Trust::Only(path.clone(), tls::read_roots(path)?),
            None => {
                network.host_store.check()?;
                Trust::BuiltInAndHost(network.host_store.clone())
            }
        };
        let via = match &proxy {
            None => Via::Nobody,
            Some(proxy) if scheme(proxy) == "socks5" => Via::Socks,
            Some(_) => Via::Http,
        };
        let name = proxy.as_ref().map(|proxy| ProxyName {
            url: format!("{}://{}:{}", scheme(proxy), proxy.host(), proxy.port()),
            source: network.proxy.as_ref().map(|setting| setting.source.clone()).unwrap_or_default(),
        });
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // Redirects are decided upon in `client`, where it is known which host was asked for.
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
        let connector = stage::Begin
            .chain(SocksConnector::default())
            .chain(ConnectProxyConnector::default())
            .chain(TcpConnector::default())
            .chain(stage::Bounding)
            .chain(Tls { config: tls::config(trust)?, begins: || stage::set(Stage::Handshake(stage::peer())) })
            .chain(stage::Done);
        let names = Known::default();
        let agent = Agent::with_parts(config, connector, Names(names.clone()));
        Ok(Self { agent, timeout: network.timeout, names, via, proxy: name })
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
        stage::begin(self.timeout);
        let (parts, body) = request.into_parts();
        let answer = match body {
            Some(body) => self.agent.run(Request::from_parts(parts, body)),
            None => self.agent.run(Request::from_parts(parts, ())),
        };
        let (parts, body) = answer.map_err(|error| self.sort(&error, stage::get()))?.into_parts();
        let body = body
            .into_with_config()
            .limit(LARGEST_ANSWER)
            .read_to_vec()
            // Once the head of the answer is there, the request has surely been seen.
            .map_err(|error| self.sort(&error, Stage::Connected))?;
        Ok(RawAnswer { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    fn sort(&self, error: &ureq::Error, stage: Stage) -> Trouble {
        if matches!(stage, Stage::Connect(_)) {
            self.names.forget();
        }
        trouble::sort(error, stage, self.via)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_that_is_no_url_is_refused_without_quoting_it() {
        for text in ["ftp://u:geheim@proxy:1", "http://", "http://u:geheim@"] {
            let error = read_proxy(&ProxySetting::given(text.to_owned().into())).unwrap_err().to_string();
            assert!(error.starts_with("not a proxy's URL") && !error.contains("geheim"), "{error}");
        }
        assert!(read_proxy(&ProxySetting::given("socks5://u:p@127.0.0.1:1080".to_owned().into())).is_ok());
    }
}
