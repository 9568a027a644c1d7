//! What the tests share: a client of a simulated cloud, and a relay that a test can cut or poison.

use mist_client::client::Settings;
use mist_client::transport::Network;
use mist_client::{Client, Credentials, Error, Host};
use mist_simulator::{Config, Fault, FaultKind, Simulator};
use secrecy::SecretString;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// Where the account's tokens are.
pub const TOKENS: &str = "/api/v1/self/apitokens";

/// Shaped like a key of Mist, and nobody's.
pub const UNKNOWN_KEY: &str = "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGhIjKlMnOpQrStUvWxYz0123456789";

pub fn cloud() -> Simulator {
    Simulator::start(Config::default()).unwrap()
}

pub fn milliseconds(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// One second for a request, three in all for trouble.
pub fn settings(cloud: &Simulator) -> Settings {
    Settings {
        host: Host::parse(&cloud.url()).unwrap(),
        credentials: tokens(cloud.api_token()),
        network: Network {
            ca_path: Some(cloud.ca_path().to_owned()),
            timeout: Duration::from_secs(1),
            user_agent: "test/0".into(),
            ..Network::default()
        },
        max_wait: Duration::from_secs(3),
        credential_source: None,
        check_mode: false,
    }
}

pub fn client(cloud: &Simulator) -> Client {
    Client::new(&settings(cloud)).unwrap()
}

/// A client whose settings are those of `settings`, changed.
pub fn client_with(cloud: &Simulator, change: impl FnOnce(&mut Settings)) -> Client {
    let mut settings = settings(cloud);
    change(&mut settings);
    Client::new(&settings).unwrap()
}

pub fn tokens(text: &str) -> Credentials {
    Credentials::from_tokens(&secret(text)).unwrap()
}

pub fn secret(text: &str) -> SecretString {
    text.to_owned().into()
}

pub fn status(status: u16) -> FaultKind {
    answer(status, "{}")
}

pub fn answer(status: u16, body: &str) -> FaultKind {
    FaultKind::Status { status, body: body.into(), headers: BTreeMap::new() }
}

/// This goes wrong once, with the next request of this method.
pub fn once(cloud: &Simulator, method: &str, kind: FaultKind) {
    cloud.fault(Fault::new(kind).method(method).times(1));
}

/// The methods of the requests that the cloud saw.
pub fn methods(cloud: &Simulator) -> Vec<String> {
    cloud.requests().into_iter().map(|request| request.method).collect()
}

/// The ids of the account's tokens of this name.
pub fn ids_named(cloud: &Simulator, name: &str) -> Vec<String> {
    cloud.user_tokens().into_iter().filter(|token| token.name == name).map(|token| token.id).collect()
}

/// Asserts that the error says all of this, and nothing that looks like a key.
pub fn says(error: &Error, words: &[&str]) {
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "no '{word}' in: {text}");
    }
    assert!(!text.contains("AbCdEfGh"), "a key in: {text}");
}

/// Looks again until it is so; what is broken may keep it from ever being so, and half a minute is more than enough.
pub fn until(mut so: impl FnMut() -> bool) {
    for _ in 0..15_000 {
        if so() {
            return;
        }
        thread::sleep(milliseconds(2));
    }
    panic!("what was waited for did not come");
}

/// Passes connections on to a cloud, and can cut them or write nonsense to them.
pub struct Relay {
    pub address: SocketAddr,
    open: Arc<Mutex<Vec<(TcpStream, TcpStream)>>>,
}

impl Relay {
    pub fn to(cloud: &Simulator) -> Self {
        let target: SocketAddr = cloud.url().split_once("://").unwrap().1.parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let open = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&open);
        thread::spawn(move || {
            for near in listener.incoming() {
                let near = near.unwrap();
                let far = TcpStream::connect(target).unwrap();
                let pair = (near.try_clone().unwrap(), far.try_clone().unwrap());
                shared.lock().unwrap().push(pair);
                pass_both_ways(near, far);
            }
        });
        Self { address, open }
    }

    pub fn host(&self) -> Host {
        Host::parse(&format!("https://{}", self.address)).unwrap()
    }

    /// Closes every connection, as a server does with one that was idle for long.
    pub fn cut(&self) {
        for (near, far) in self.open.lock().unwrap().drain(..) {
            let _ = near.shutdown(Shutdown::Both);
            let _ = far.shutdown(Shutdown::Both);
        }
    }

    /// Nothing of what the cloud answers comes through any more.
    pub fn swallow_answers(&self) {
        for (_, far) in self.open.lock().unwrap().iter() {
            let _ = far.shutdown(Shutdown::Read);
        }
    }

    /// Writes this into every connection, in clear, towards the client.
    pub fn write(&self, bytes: &[u8]) {
        for (near, _) in self.open.lock().unwrap().iter_mut() {
            let _ = near.write_all(bytes);
        }
    }
}

/// Copies between two connections until either ends.
pub fn pass_both_ways(near: TcpStream, far: TcpStream) {
    let back = (far.try_clone().unwrap(), near.try_clone().unwrap());
    thread::spawn(move || pass(near, far, true));
    thread::spawn(move || pass(back.0, back.1, false));
}

fn pass(mut from: TcpStream, mut to: TcpStream, closes: bool) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    if closes {
        let _ = to.shutdown(Shutdown::Both);
    }
}

/// Proves every scenario, several at a time, as most of each is waiting.
pub fn each<T: Send>(scenarios: impl IntoIterator<Item = T>, prove: impl Fn(T) + Sync) {
    let rest = Mutex::new(scenarios.into_iter().collect::<Vec<_>>());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let next = rest.lock().unwrap().pop();
                    let Some(scenario) = next else { break };
                    prove(scenario);
                }
            });
        }
    });
}
