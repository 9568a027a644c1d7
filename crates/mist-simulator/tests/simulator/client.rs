//! The clients of the tests: one for whole responses, one for bytes on the wire.

use mist_simulator::{Behavior, Config, Simulator};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// A response, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub text: String,
}

impl Answer {
    /// The body as JSON, or null.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The status and the `detail`.
    pub fn error(&self) -> (u16, String) {
        (self.status, self.json()["detail"].as_str().unwrap_or_default().to_owned())
    }

    /// The value of a cookie in the response.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let cookies = self.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
        cookies
            .filter_map(|cookie| cookie.split(';').next()?.split_once('='))
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.to_owned())
    }
}

/// A client with its own headers.
pub struct Client {
    agent: ureq::Agent,
    url: String,
    pub headers: Vec<(String, String)>,
}

impl Client {
    /// A client that trusts this simulator and sends no credentials.
    pub fn anonymous(simulator: &Simulator) -> Self {
        Self::by_way_of(simulator, None)
    }

    /// An anonymous client that uses a proxy.
    pub fn through(simulator: &Simulator, proxy: &str) -> Self {
        Self::by_way_of(simulator, Some(ureq::Proxy::new(proxy).unwrap()))
    }

    fn by_way_of(simulator: &Simulator, proxy: Option<ureq::Proxy>) -> Self {
        let pem = std::fs::read(simulator.ca_path()).unwrap();
        let roots = RootCerts::new_with_certs(&[Certificate::from_pem(&pem).unwrap()]);
        let agent = ureq::Agent::config_builder()
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .allow_non_standard_methods(true)
            .timeout_global(Some(Duration::from_secs(60)))
            .proxy(proxy)
            .build();
        Self { agent: agent.into(), url: simulator.url(), headers: Vec::new() }
    }

    /// A client with a token.
    pub fn with_key(simulator: &Simulator, key: &str) -> Self {
        Self::anonymous(simulator).header("Authorization", &format!("Token {key}"))
    }

    /// A client with the account's first token.
    pub fn of(simulator: &Simulator) -> Self {
        Self::with_key(simulator, simulator.api_token())
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, None)
    }

    pub fn post(&self, path: &str, body: Value) -> Answer {
        self.ask("POST", path, Some(body))
    }

    pub fn put(&self, path: &str, body: Value) -> Answer {
        self.ask("PUT", path, Some(body))
    }

    pub fn delete(&self, path: &str) -> Answer {
        self.ask("DELETE", path, None)
    }

    pub fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        self.try_ask(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// `path` is below `/api/v1/`, unless it begins with a slash.
    pub fn try_ask(&self, method: &str, path: &str, body: Option<Value>) -> Result<Answer, ureq::Error> {
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/api/v1/{path}") };
        let body = body.map(|body| body.to_string());
        let mut request = ureq::http::Request::builder().method(method).uri(format!("{}{path}", self.url));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if body.is_some() {
            request = request.header("Content-Type", "application/json");
        }
        let mut response = self.agent.run(request.body(body.unwrap_or_default()).unwrap())?;
        Ok(Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.body_mut().with_config().limit(100 << 20).read_to_string()?,
        })
    }
}

/// A TLS connection whose bytes a test can see.
pub struct Wire {
    stream: StreamOwned<ClientConnection, TcpStream>,
}

/// The end of reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The server sent close_notify.
    Closed,
    /// The connection ended without close_notify.
    Cut,
    /// The requested number of bytes was read.
    Enough,
}

impl Wire {
    pub fn open(simulator: &Simulator) -> Self {
        let pem = std::fs::read(simulator.ca_path()).unwrap();
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(&pem).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("127.0.0.1").unwrap();
        let socket = TcpStream::connect(simulator.url().trim_start_matches("https://")).unwrap();
        Self { stream: StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), socket) }
    }

    /// Sends a request with a token.
    pub fn send(&mut self, method: &str, path: &str, key: &str, body: &str) {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Token {key}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        self.stream.write_all(request.as_bytes()).unwrap();
        self.stream.flush().unwrap();
    }

    /// Reads to the end, or until this many bytes were read.
    pub fn read(&mut self, enough: usize) -> (Vec<u8>, End) {
        let mut bytes = Vec::new();
        let mut buffer = [0; 16 << 10];
        loop {
            if bytes.len() >= enough {
                return (bytes, End::Enough);
            }
            match self.stream.read(&mut buffer) {
                Ok(0) => return (bytes, End::Closed),
                Ok(read) => bytes.extend_from_slice(&buffer[..read]),
                Err(_) => return (bytes, End::Cut),
            }
        }
    }
}

/// A cloud with the default configuration.
pub fn start() -> Simulator {
    Simulator::start(Config::default()).unwrap()
}

/// A cloud without sites, and the path of its organization.
pub fn empty_cloud(behavior: Behavior) -> (Simulator, Client, String) {
    let simulator = Simulator::start(Config { behavior, sites: 0, sitegroups: 0, ..Config::default() }).unwrap();
    let (client, org) = (Client::of(&simulator), format!("orgs/{}", simulator.org_id()));
    (simulator, client, org)
}

/// The names of the objects in a list.
pub fn names(answer: &Answer) -> Vec<String> {
    answer.json().as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
}
