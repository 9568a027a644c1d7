//! One request and its response over TLS. Only this folder, `tls` and `proxy` know the HTTP library.

mod failure;
mod lookup;
mod stage;

pub use crate::proxy::{ProxySetting, bypasses_proxy};
pub use crate::tls::HostStore;
pub use failure::{LARGEST_ANSWER, SendFailure};

use crate::error::{Call, Error, ProxyName, Result, Setting};
use crate::host::Host;
use crate::proxy;
use crate::tls::{self, Tls, Trust};
use failure::Via;
use lookup::{Known, Names};
use secrecy::{ExposeSecret, SecretString};
use stage::Stage;
use std::path::PathBuf;
use std::time::Duration;
use ureq::Agent;
use ureq::http::{self, HeaderMap, Request};
use ureq::unversioned::transport::{ConnectProxyConnector, Connector, SocksConnector, TcpConnector};

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
        let proxy = network.proxy.as_ref().filter(|_| !is_plain).map(proxy::read).transpose()?;
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
            Some(proxy) if proxy::scheme(proxy) == "socks5" => Via::Socks,
            Some(_) => Via::Http,
        };
        let name = proxy.as_ref().map(|proxy| ProxyName {
            url: format!("{}://{}:{}", proxy::scheme(proxy), proxy.host(), proxy.port()),
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
        stage::begin(self.timeout);
        let (parts, body) = request.into_parts();
        let answer = match body {
            Some(body) => self.agent.run(Request::from_parts(parts, body)),
            None => self.agent.run(Request::from_parts(parts, ())),
        };
        let (parts, body) = answer.map_err(|error| self.classify(&error, stage::get()))?.into_parts();
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
